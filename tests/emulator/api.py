"""A caller of one API version, so that tests can make a request in one line."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from django_zcrm.emulator.state.organisation import Organisation

from .caller import ALL_SCOPES, Caller

Item = dict[str, Any]

SCOPES = ALL_SCOPES + (
    ",ZohoCRM.mass_update.ALL,ZohoCRM.mass_delete.ALL,ZohoCRM.change_owner.ALL,"
    "ZohoCRM.mass_convert.leads.ALL,ZohoCRM.templates.ALL,ZohoCRM.zia.ALL,ZohoCRM.apis.READ,"
    "ZohoCRM.features.READ,ZohoCRM.send_mail.ALL,ZohoCRM.share.ALL,ZohoCRM.signals.ALL"
)


class Reply:
    """A response, with its JSON already parsed, if it has any."""

    def __init__(self, response: TestResponse) -> None:
        self.status_code = response.status_code
        self.headers = response.headers
        self.content_type = response.content_type
        self.data = response.data
        self.text = response.data.decode("utf-8", "replace")
        self.json: Any = response.json if response.is_json else None


class Api:
    """Talks to a fresh demo organisation in one version of the API."""

    def __init__(self, version: str, **options: Any) -> None:
        self.caller = Caller(**{"data": "demo", **options})
        self.caller.connect(SCOPES)
        self.version = version
        self.is_v2 = version == "v2"

    @property
    def org(self) -> Organisation:
        return self.caller.emulator.zoho.organisation

    def get(self, path: str, *, headers: dict[str, str] | None = None, **params: Any) -> Reply:
        return self._ask("GET", path, query_string=params or None, headers=headers or {})

    def post(self, path: str, data: Any = None, **params: Any) -> Reply:
        return self._ask("POST", path, json=data, query_string=params or None)

    def post_bytes(self, path: str, body: bytes) -> Reply:
        return self._ask("POST", path, data=body)

    def put(
        self, path: str, data: Any = None, *, headers: dict[str, str] | None = None, **params: Any
    ) -> Reply:
        return self._ask("PUT", path, json=data, query_string=params or None, headers=headers or {})

    def delete(self, path: str, **params: Any) -> Reply:
        return self._ask("DELETE", path, query_string=params or None)

    def upload(
        self, path: str, *files: tuple[str, bytes], field: str = "file", **params: Any
    ) -> Reply:
        parts = [FileStorage(BytesIO(content), name, field) for name, content in files]
        boundary, body = encode_multipart({field: parts})
        return self._ask(
            "POST",
            path,
            data=body,
            query_string=params or None,
            content_type=f"multipart/form-data; boundary={boundary}",
        )

    def send(self, method: str, path: str, data: Any = None, **params: Any) -> Reply:
        return self._ask(method, path, json=data, query_string=params or None)

    def _ask(self, method: str, path: str, **more: Any) -> Reply:
        if not path.startswith("/crm/"):
            path = f"/crm/{self.version}/{path}"
        return Reply(self.caller.request(method, path, **more))

    def rows(self, path: str, fields: str = "id", **params: Any) -> list[Item]:
        """The rows of a list; empty when the answer is 204."""
        answer = self.get(path, fields=fields, **params)
        if answer.status_code == 204:
            return []
        assert answer.status_code == 200, answer.text
        rows: list[Item] = answer.json["data"]
        return rows

    def first_id(self, module: str) -> str:
        """The id of the newest record of a module."""
        return str(self.rows(module, per_page=1)[0]["id"])

    def record(self, module: str, record_id: str) -> Item:
        """One record, in full."""
        answer = self.get(f"{module}/{record_id}")
        assert answer.status_code == 200, answer.text
        row: Item = answer.json["data"][0]
        return row

    def create(self, module: str, **values: Any) -> str:
        """Insert one record and return its id."""
        answer = self.post(module, {"data": [values]})
        assert answer.status_code == 201, answer.text
        return str(answer.json["data"][0]["details"]["id"])

    def refused(self, module: str, **values: Any) -> Item:
        """Try to insert one record and return why it was refused."""
        answer = self.post(module, {"data": [values]})
        assert answer.status_code == (202 if self.is_v2 else 400), answer.text
        item: Item = answer.json["data"][0]
        assert item["status"] == "error"
        return item

    def lookup(self, record_id: str) -> Any:
        """A lookup value in the simplest form that this version accepts."""
        return record_id if self.is_v2 else {"id": record_id}
