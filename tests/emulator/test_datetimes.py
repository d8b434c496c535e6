"""The ways in which a datetime may be written, in bodies, parameters, headers and queries."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from email.utils import formatdate

import pytest

from .api import Api

#: The demo company's zone is Europe/Berlin, two hours before UTC in June.
SAME_MOMENT = (
    "2030-06-01T10:00:00Z",
    "2030-06-01T10:00:00+0000",
    "2030-06-01T12:00:00+02:00",
    "2030-06-01T12:00:00",
)
MILLISECONDS = ("2030-06-01T10:00:00.000Z", "2030-06-01T12:00:00.000+02:00")
QUERY = "select id from Leads where Demo_Scheduled_At = '%s'"


@pytest.mark.parametrize("written", SAME_MOMENT)
def test_record_accepts_every_offset_and_none(api: Api, written: str) -> None:
    lead = api.create("Leads", Last_Name="Wong", Demo_Scheduled_At=written)

    value = api.record("Leads", lead)["Demo_Scheduled_At"]

    assert value == "2030-06-01T12:00:00+02:00"


@pytest.mark.parametrize("written", MILLISECONDS)
def test_record_refuses_milliseconds(api: Api, written: str) -> None:
    refused = api.refused("Leads", Last_Name="Wong", Demo_Scheduled_At=written)

    assert refused["code"] == "INVALID_DATA"
    assert refused["details"]["expected_data_type"] == "datetime"


@pytest.mark.parametrize("suffix", ["Z", "+0000", "+00:00"])
def test_if_modified_since_accepts_every_offset(api: Api, suffix: str) -> None:
    moment = api.org.clock.now().replace(microsecond=0, tzinfo=None)

    def status(at: datetime) -> int:
        header = {"If-Modified-Since": f"{at.isoformat()}{suffix}"}
        return api.get("Leads", fields="id", headers=header).status_code

    assert status(moment + timedelta(days=1)) == 304
    assert status(moment - timedelta(days=4000)) == 200


def test_http_date_does_not_depend_on_the_machines_zone(
    v8: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    v8.create("Leads", Last_Name="Just now")
    in_an_hour = formatdate(v8.org.clock.time() + 3600)
    assert in_an_hour.endswith("-0000")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        answer = v8.get("Leads", fields="id", headers={"If-Modified-Since": in_an_hour})
    time.tzset()

    assert answer.status_code == 304


def test_if_modified_since_without_an_offset_is_in_the_organisations_zone(v8: Api) -> None:
    v8.create("Leads", Last_Name="Just now")
    half_an_hour_ago = v8.org.clock.now() - timedelta(minutes=30)
    local = datetime.fromisoformat(v8.org.clock.iso("Europe/Berlin", at=half_an_hour_ago))

    def status(text: str) -> int:
        return v8.get("Leads", fields="id", headers={"If-Modified-Since": text}).status_code

    assert status(local.replace(tzinfo=None).isoformat()) == 200
    later = local.replace(tzinfo=None) + timedelta(hours=3)
    assert status(later.isoformat()) == 304


@pytest.mark.parametrize("text", MILLISECONDS)
def test_if_modified_since_refuses_milliseconds(v8: Api, text: str) -> None:
    refused = v8.get("Leads", fields="id", headers={"If-Modified-Since": text})

    assert refused.status_code == 400
    assert refused.json["details"]["expected_data_type"] == "datetime"


@pytest.mark.parametrize("written", SAME_MOMENT)
def test_query_accepts_every_offset_and_none(v8: Api, written: str) -> None:
    lead = v8.create("Leads", Last_Name="Wong", Demo_Scheduled_At=SAME_MOMENT[0])

    response = v8.post("coql", {"select_query": QUERY % written})
    searched = v8.get("Leads/search", criteria=f"(Demo_Scheduled_At:equals:{written})")

    assert [row["id"] for row in response.json["data"]] == [lead]
    assert [row["id"] for row in searched.json["data"]] == [lead]


def test_query_with_milliseconds_is_invalid_value(v8: Api) -> None:
    refused = v8.post("coql", {"select_query": QUERY % MILLISECONDS[0]})

    assert refused.status_code == 400
    assert refused.json["code"] == "INVALID_QUERY"
    assert refused.json["message"] == "value given seems to be invalid for the column"
