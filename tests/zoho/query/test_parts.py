"""More fields than one request takes: read in parts, joined by id, whatever changes in between."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from django_zcrm.zoho.errors import TooManyRecords
from django_zcrm.zoho.http.messages import ZohoRequest, ZohoResponse
from django_zcrm.zoho.query.read import listing
from django_zcrm.zoho.query.read import plans as reading
from tests.zoho.fakes import client, make_response

NAMES = [f"Field_{number}" for number in range(60)]
FIELDS = {"fields": [{"api_name": name, "data_type": "text"} for name in NAMES]}


class Zoho:
    """Answers lists and COQL; the second part is requested after the records have changed."""

    def __init__(self, before: list[int], after: list[int], size: int = 100) -> None:
        self.before, self.after, self.size = before, after, size
        self.queries: list[str] = []

    def __call__(self, request: ZohoRequest) -> ZohoResponse:
        params = dict(request.params)
        if request.path.endswith("/settings/fields"):
            return make_response(FIELDS)
        if request.path.endswith("/coql"):
            return self._query(json.loads(request.body or b"")["select_query"])
        fields = params["fields"].split(",")
        if ids := params.get("ids"):
            self.queries.append(f"ids {ids}")
            return self._rows(
                fields, [record_id for record_id in self.after if str(record_id) in ids.split(",")]
            )
        self.queries.append(f"list {params.get('page_token') or params.get('page', '')}".strip())
        records = self.before if "Field_0" in fields else self.after
        start = int((params.get("page_token") or "0").removeprefix("Field_0-").removeprefix("-"))
        part = fields[0] if "Field_0" in fields else ""
        page = records[start : start + self.size]
        more = start + self.size < len(records)
        info = {"more_records": more, "next_page_token": f"{part}-{start + self.size}"}
        return self._rows(fields, page, info)

    def _query(self, text: str) -> ZohoResponse:
        match = re.match(r"select (.*) from Leads where (.*) order by id asc limit (\d+)", text)
        assert match is not None
        fields = match[1].split(", ")
        self.queries.append(match[2])
        if ids := re.findall(r"'(\d+)'", match[2]):
            return self._rows(
                fields, [record_id for record_id in self.after if str(record_id) in ids]
            )
        return self._rows(fields, self.before if "Field_0" in fields else self.after)

    @staticmethod
    def _rows(fields: list[str], ids: list[int], info: Any = None) -> ZohoResponse:
        if not ids:
            return make_response(None, 204)
        rows = [
            {
                "id": str(record_id),
                **{name: f"{name} of {record_id}" for name in fields if name != "id"},
            }
            for record_id in ids
        ]
        return make_response({"data": rows, "info": info or {"more_records": False}})


def whole(number: int) -> dict[str, str]:
    return {"id": str(number), **{name: f"{name} of {number}" for name in NAMES}}


def test_parts_of_a_query_are_joined_by_id() -> None:
    zoho = Zoho(before=[1, 2, 3, 4], after=[2, 3, 5])
    crm, _ = client(zoho, version="v6")
    rows = list(crm.objects("Leads"))
    assert rows == [whole(2), whole(3)]
    assert zoho.queries == ["id is not null", "id is not null", "id in ('1', '4')"]


def test_parts_of_a_list_are_joined_by_id() -> None:
    zoho = Zoho(before=[4, 3, 2, 1], after=[6, 5, 4, 3, 2], size=2)
    crm, _ = client(zoho)
    rows = list(crm.objects("Leads").order_by("-id").iterator(via="list", chunk_size=2))
    assert rows == [whole(4), whole(3), whole(2)]
    # Each part continues with its own token.
    assert zoho.queries == ["list", "list", "ids 4,3", "list Field_0-2", "list -2", "ids 2,1"]


def test_a_part_that_ends_before_the_others_is_read_by_ids() -> None:
    zoho = Zoho(before=[4, 3, 2, 1], after=[4], size=2)
    crm, _ = client(zoho)
    rows = list(crm.objects("Leads").order_by("-id").iterator(via="list", chunk_size=2))
    assert rows == [whole(4)]
    assert zoho.queries == ["list", "list", "ids 3", "list Field_0-2", "ids 2,1"]


def test_ids_are_read_in_parts() -> None:
    zoho = Zoho(before=[], after=[7, 8, 9])
    crm, _ = client(zoho)
    rows = crm.objects("Leads").filter(id__in=[9, 7, 1]).iterator(via="list")
    assert list(rows) == [whole(7), whole(9)]
    assert zoho.queries == ["ids 1,7,9", "ids 1,7,9"]


def test_lists_end_where_zoho_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "REACH", 4)
    monkeypatch.setattr(reading, "PAGE", 2)
    crm, _ = client(Zoho(before=list(range(9, 0, -1)), after=[], size=2))
    records = crm.objects("Leads").only("Field_0").order_by("-id")
    with pytest.raises(TooManyRecords, match=r"Lists return at most 4 records of Leads"):
        list(records.iterator(via="list", chunk_size=2))
    assert len(list(records[:4].iterator(via="list", chunk_size=2))) == 4
