"""One request as handlers see it: path, version, parameters, body, caller."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from django_zcrm.emulator.core.datacenters import Arrival
from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.json_text import read_json

if TYPE_CHECKING:
    from django_zcrm.emulator.core.response import Answer
    from django_zcrm.emulator.state.grants import AccessToken
    from django_zcrm.emulator.state.organisation import User

VERSIONS: dict[str, float] = {
    "v2": 2,
    "v2.1": 2.1,
    "v3": 3,
    "v4": 4,
    "v5": 5,
    "v6": 6,
    "v7": 7,
    "v8": 8,
}


@dataclass(frozen=True)
class UploadedFile:
    """One file part of a multipart body."""

    field: str
    filename: str
    content_type: str
    content: bytes


class Headers(Mapping[str, str]):
    """Request headers by case-insensitive name."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values = {name.lower(): value for name, value in pairs}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


_WHOLE = re.compile(r"\d{1,18}", re.ASCII)


class Params(Mapping[str, str]):
    """Parameters: ``params["a"]`` and ``.get`` return the first value, ``.all`` every one."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = list(pairs)
        self._first: dict[str, str] = {}
        for name, value in self.pairs:
            self._first.setdefault(name, value)

    def __getitem__(self, name: str) -> str:
        return self._first[name]

    def __iter__(self) -> Any:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def all(self, name: str) -> list[str]:
        """Every value given under ``name``, in order."""
        return [value for key, value in self.pairs if key == name]

    def listed(self, name: str) -> list[str]:
        """The comma-separated values of ``name`` (repeats joined), blanks dropped."""
        return [
            part.strip() for value in self.all(name) for part in value.split(",") if part.strip()
        ]

    def flag(self, name: str, default: bool = False) -> bool:
        """A ``true``/``false`` parameter. Raises Problem INVALID_DATA for anything else."""
        value = self.get(name)
        if value is None:
            return default
        if value.lower() not in ("true", "false"):
            raise Problem(
                "INVALID_DATA",
                "invalid data",
                details={"param_name": name, "expected_data_type": "boolean"},
            )
        return value.lower() == "true"

    def integer(
        self, name: str, default: int, *, lowest: int = 1, highest: int | None = None
    ) -> int:
        """An integer parameter. Raises Problem INVALID_DATA when it is not one or out of range."""
        value = self.get(name)
        if value is None:
            return default
        if (
            not _WHOLE.fullmatch(value)
            or int(value) < lowest
            or (highest is not None and int(value) > highest)
        ):
            raise Problem(
                "INVALID_DATA",
                "invalid data",
                details={"param_name": name, "expected_data_type": "integer"},
            )
        return int(value)


class Call:
    """A request. ``version`` is a comparable number (2, 2.1, 3 ... 8), 0 outside the CRM API.

    ``user``, ``token`` and ``perform`` (which answers another call on the caller's behalf) are set
    once the access token has been accepted.
    """

    user: User
    token: AccessToken
    perform: Callable[[Call], Answer]

    def __init__(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Headers | None = None,
        body: bytes = b"",
        base_url: str = "",
        arrival: Arrival | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers or Headers(())
        self.body = body
        self.size = len(body)
        #: Where it arrived; empty for a part of a composite request.
        self.arrival = arrival or Arrival("", base_url)
        self.base_url = self.arrival.base_url
        segments = path.split("/", 4)
        self.version: float = next((VERSIONS[s] for s in segments[2:4] if s in VERSIONS), 0)

    def drop_body(self) -> None:
        """Release a large body, with the form fields and files parsed from it."""
        self.body = b""
        for parsed in ("_parsed", "json"):
            self.__dict__.pop(parsed, None)

    @property
    def version_name(self) -> str:
        """The version as paths spell it, such as ``v2.1``."""
        return f"v{self.version:g}"

    @property
    def bearer(self) -> str | None:
        """The access token in the Authorization header, if it is in the form that CRM expects."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if kind.lower() == "zoho-oauthtoken" and token else None

    @cached_property
    def params(self) -> Params:
        """The query parameters."""
        return Params(parse_qsl(self.query, keep_blank_values=True))

    @cached_property
    def content_type(self) -> str:
        """The media type of the body, lower case, without parameters; empty if not given."""
        return parse_options_header(self.headers.get("content-type", ""))[0].lower()

    @property
    def is_form(self) -> bool:
        """Whether the body is a form, url-encoded or multipart."""
        return self.content_type in ("application/x-www-form-urlencoded", "multipart/form-data")

    @cached_property
    def json(self) -> Any:
        """The JSON body (no Content-Type needed). Raises Problem when it cannot be parsed."""
        try:
            return read_json(self.body)
        except ValueError:
            raise Problem(
                "JSON_PARSE_ERROR",
                "either the request body or parameters is in wrong format",
            ) from None

    def json_object(self) -> dict[str, Any]:
        """The JSON body, which must be an object. Raises Problem otherwise."""
        body = self.json
        if not isinstance(body, dict):
            raise Problem(
                "INVALID_DATA",
                "invalid data",
                details={"expected_data_type": "jsonobject", "json_path": "$"},
            )
        return body

    def items(self, key: str = "data", *, limit: int = 100) -> list[dict[str, Any]]:
        """The objects of a batch body, ``{key: [{...}]}``. Raises Problem for any other shape."""
        body = self.json_object()
        if key not in body:
            raise Problem(
                "MANDATORY_NOT_FOUND",
                "required field not found",
                details={"api_name": key, "json_path": f"$.{key}"},
            )
        items = body[key]
        if not isinstance(items, list) or not items:
            raise Problem(
                "INVALID_DATA",
                "invalid data",
                details={
                    "api_name": key,
                    "expected_data_type": "jsonarray",
                    "json_path": f"$.{key}",
                },
            )
        if len(items) > limit:
            raise Problem(
                "INVALID_DATA",
                "invalid data",
                details={"api_name": key, "maximum_length": limit, "json_path": f"$.{key}"},
            )
        for index, item in enumerate(items):
            if not isinstance(item, dict):
                raise Problem(
                    "INVALID_DATA",
                    "invalid data",
                    details={"expected_data_type": "jsonobject", "json_path": f"$.{key}[{index}]"},
                )
        return items

    @cached_property
    def _parsed(self) -> tuple[Params, list[UploadedFile]]:
        if self.content_type == "application/x-www-form-urlencoded":
            pairs = parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)
            return Params(pairs), []
        if self.content_type != "multipart/form-data":
            return Params(()), []
        _, options = parse_options_header(self.headers["content-type"])
        # The whole body is in memory already, so its parts need no temporary files.
        parser = FormDataParser(stream_factory=_in_memory, silent=False)
        try:
            _, form, files = parser.parse(
                BytesIO(self.body), "multipart/form-data", len(self.body), options
            )
        except ValueError:
            raise Problem(
                "INVALID_REQUEST",
                "unable to process your request. please verify "
                "whether you have entered proper method name, parameter and parameter "
                "values.",
            ) from None
        uploads = []
        for name, part in files.items(multi=True):
            # Large parts are temporary files.
            with part.stream as stream:
                uploads.append(
                    UploadedFile(name, part.filename or "", part.mimetype, stream.read())
                )
        return Params(form.items(multi=True)), uploads

    @property
    def form(self) -> Params:
        """The fields of a form body, url-encoded or multipart."""
        return self._parsed[0]

    @property
    def files(self) -> list[UploadedFile]:
        """The file parts of a multipart body, in order."""
        return self._parsed[1]

    def file(self, field: str = "file") -> UploadedFile | None:
        """The first file part under ``field``, if any."""
        return next((upload for upload in self.files if upload.field == field), None)


def _in_memory(
    total_content_length: int | None,
    content_type: str | None,
    filename: str | None,
    content_length: int | None = None,
) -> BytesIO:
    return BytesIO()
