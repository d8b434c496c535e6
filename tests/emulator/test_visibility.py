"""What a caller does not get to see: records hidden from them, and what lags behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import inf
from typing import Any

import pytest

from tests.cases import check_each

from .api import Api
from .receiver import Receiver

QUERY = {"select_query": "select id from Leads where Last_Name = 'Fresh'"}


def list_ids(api: Api, **params: str) -> set[str]:
    """The ids of the leads in a list."""
    return {row["id"] for row in api.rows("Leads", per_page="200", **params)}


def query_ids(api: Api) -> list[str]:
    """The ids of the leads that a query finds."""
    answer = api.post("coql", QUERY)
    return [row["id"] for row in answer.json["data"]] if answer.status_code == 200 else []


def search_ids(api: Api, **params: Any) -> list[str]:
    """The ids of the leads that a search finds."""
    answer = api.get("Leads/search", **params)
    return [row["id"] for row in answer.json["data"]] if answer.status_code == 200 else []


@pytest.mark.parametrize(
    "way",
    [{"word": "Fresh"}, {"email": "fresh@lag.example"}, {"criteria": "(Last_Name:equals:Fresh)"}],
)
def test_search_lag_delays_searches_but_not_queries(way: dict[str, str]) -> None:
    api = Api("v8", search_lag=60)
    lead = api.create("Leads", Last_Name="Fresh", Email="fresh@lag.example")

    assert search_ids(api, **way) == []
    assert query_ids(api) == [lead]
    assert lead in list_ids(api)

    api.org.clock.advance(61)
    assert search_ids(api, **way) == [lead]


def test_row_lag_delays_lists_and_queries() -> None:
    api = Api("v8", row_lag=30)
    lead = api.create("Leads", Last_Name="Fresh")
    before = api.get("Leads/actions/count").json["count"]

    assert api.record("Leads", lead)["Last_Name"] == "Fresh"
    assert lead not in list_ids(api)
    assert query_ids(api) == []

    api.org.clock.advance(31)
    assert lead in list_ids(api)
    assert query_ids(api) == [lead]
    assert api.get("Leads/actions/count").json["count"] == before + 1


def test_record_can_be_hidden_from_a_user(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="Fresh")
    email = next(iter(v8.org.users.values())).email

    def hide(*ids: str) -> int:
        body = {"email": email, "ids": list(ids)}
        return int(v8.caller.post("/emulator/hidden-records", body).status_code)

    assert hide(lead) == 200
    assert lead not in list_ids(v8)
    assert query_ids(v8) == []
    assert search_ids(v8, word="Fresh") == []
    assert v8.get(f"Leads/{lead}").status_code == 204
    assert v8.put(f"Leads/{lead}", {"data": [{"City": "Bern"}]}).status_code == 400

    assert hide() == 200
    assert query_ids(v8) == [lead]
    assert hide("123") == 400


def hide(api: Api, *ids: str) -> None:
    """Hide records from the user who calls."""
    body = {"email": next(iter(api.org.users.values())).email, "ids": list(ids)}
    assert api.caller.post("/emulator/hidden-records", body).status_code == 200


def test_hidden_record_is_missing_in_full_and_related_data(v8: Api) -> None:
    account = v8.create("Accounts", Account_Name="X")
    contact = v8.create("Contacts", Last_Name="Fresh", Account_Name={"id": account})
    hide(v8, contact)

    full = v8.get("Contacts/actions/fetch_full_data", ids=contact)
    related = v8.get(f"Accounts/{account}/Contacts/{contact}")
    counted = v8.post(
        f"Accounts/{account}/actions/get_related_records_count",
        {"get_related_records_count": [{"related_list": {"api_name": "Contacts"}}]},
    )

    assert (full.status_code, related.status_code) == (204, 204)
    assert counted.json["get_related_records_count"][0]["count"] == 0


@check_each(
    ("path", "body"),
    [
        ("change_owner", {"owner": {}}),
        ("mass_update", {"data": [{"City": "Bern"}]}),
        ("mass_delete", {}),
        ("add_tags", {"tags": [{"name": "x"}]}),
    ],
)
def test_hidden_record_is_unknown_to_actions(path: str, body: dict[str, Any], v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="Fresh")
    hide(v8, lead)
    if "owner" in body:
        body = {"owner": {"id": next(iter(v8.org.users))}}

    answer = v8.post(f"Leads/actions/{path}", {**body, "ids": [lead]})

    assert answer.json["data"][0]["code"] == "INVALID_DATA"


def test_hidden_record_is_not_merged_into_another(v8: Api) -> None:
    master = v8.first_id("Leads")
    lead = v8.create("Leads", Last_Name="Fresh")
    hide(v8, lead)

    merged = v8.post(f"Leads/{master}/actions/merge", {"merge": [{"data": [{"id": lead}]}]})

    assert merged.json["merge"][0]["code"] == "INVALID_DATA"


def test_hidden_record_is_neither_linked_nor_unlinked(v8: Api) -> None:
    campaign, lead = v8.first_id("Campaigns"), v8.create("Leads", Last_Name="Fresh")
    path = f"Campaigns/{campaign}/Leads"
    assert v8.put(f"{path}/{lead}", {"data": [{}]}).status_code == 200
    hide(v8, lead)

    linked = v8.put(path, {"data": [{"id": lead}]})
    unlinked = v8.delete(path, ids=lead)

    for answer in (linked, unlinked):
        assert answer.json["data"][0]["code"] == "INVALID_DATA"
    hide(v8)
    assert lead in [row["id"] for row in v8.rows(path)]


def test_lead_is_not_converted_into_a_hidden_record(v8: Api) -> None:
    lead, contact = v8.first_id("Leads"), v8.first_id("Contacts")
    hide(v8, contact)

    body = {"data": [{"Contacts": {"id": contact}}]}
    answer = v8.post(f"Leads/{lead}/actions/convert", body)

    assert (answer.status_code, answer.json["data"][0]["code"]) == (400, "INVALID_DATA")


def test_hidden_task_is_missing_in_activities(v2: Api) -> None:
    lead = v2.first_id("Leads")
    task = v2.create("Tasks", Subject="Call", What_Id=lead)
    hide(v2, task)

    assert task not in {row["id"] for row in v2.rows("Activities")}
    assert task not in {row["id"] for row in v2.rows(f"Leads/{lead}/Activities")}


def test_hidden_from_one_user_is_not_hidden_from_another(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="Fresh")
    other = list(v8.org.users.values())[1].email
    v8.caller.post("/emulator/hidden-records", {"email": other, "ids": [lead]})

    assert query_ids(v8) == [lead]


def test_hidden_record_of_an_unknown_user_is_refused(v8: Api) -> None:
    refused = v8.caller.post("/emulator/hidden-records", {"email": "nobody@x.example", "ids": []})

    assert refused.status_code == 400
    assert "email" in refused.json["message"]


def list_deliveries(api: Api, receiver: Receiver, *fates: str | None) -> list[str]:
    """Create a lead under each of the faults; return which leads were posted, in order."""
    channel = {"channel_id": "9", "events": ["Leads.create"], "notify_url": receiver.url}
    assert api.post("actions/watch", {"watch": [channel]}).status_code == 201
    names = {}
    for number, fate in enumerate(fates):
        if fate is not None:
            fault = {"operation": "records.create", "notices": fate}
            assert api.caller.post("/emulator/faults", fault).status_code == 200
        names[api.create("Leads", Last_Name=f"Lead {number}")] = str(number)
    api.caller.emulator.zoho.callbacks.wait()
    return [names[body["ids"][0]] for body in receiver.bodies]


@pytest.mark.parametrize(
    ("fates", "expected"),
    [
        ((None, None), ["0", "1"]),
        (("lost", None), ["1"]),
        (("doubled", None), ["0", "0", "1"]),
        (("late", None, None), ["1", "0", "2"]),
    ],
)
def test_notices_are_lost_doubled_or_late(
    v8: Api, receiver: Receiver, fates: tuple[str | None, ...], expected: list[str]
) -> None:
    assert list_deliveries(v8, receiver, *fates) == expected


@pytest.mark.slow
def test_notice_can_be_posted_some_time_later(v8: Api, receiver: Receiver) -> None:
    channel = {"channel_id": "9", "events": ["Leads.create"], "notify_url": receiver.url}
    v8.post("actions/watch", {"watch": [channel]})
    v8.caller.post("/emulator/faults", {"operation": "records.create", "notices_delay_s": 1})
    late = v8.create("Leads", Last_Name="Late")
    v8.caller.emulator.zoho.callbacks.wait()
    assert receiver.bodies == []

    assert receiver.arrived.wait(60)
    assert receiver.bodies[0]["ids"] == [late]


def test_notice_of_before_a_reset_is_not_posted(v8: Api, receiver: Receiver) -> None:
    channel = {"channel_id": "9", "events": ["Leads.create"], "notify_url": receiver.url}
    v8.post("actions/watch", {"watch": [channel]})
    v8.caller.post("/emulator/faults", {"operation": "records.create", "notices_delay_s": 0.2})
    v8.create("Leads", Last_Name="Late")

    v8.caller.post("/emulator/reset")

    assert not receiver.arrived.wait(0.5)


def test_rows_can_appear_in_the_past(v8: Api) -> None:
    before = v8.create("Leads", Last_Name="Before")
    changed = v8.create("Leads", Last_Name="Changed")
    v8.org.clock.advance(200)
    v8.caller.post(
        "/emulator/faults", {"path": "/crm/v8/Leads*", "backdate_s": 90, "times": 3, "skip": 1}
    )

    now = v8.create("Leads", Last_Name="Now")
    past = v8.create("Leads", Last_Name="Fresh")
    v8.put(f"Leads/{changed}", {"data": [{"City": "Bern"}]})
    v8.delete(f"Leads/{before}")
    later = v8.create("Leads", Last_Name="Later")

    def moment(lead: str, name: str = "Modified_Time") -> datetime:
        return datetime.fromisoformat(v8.record("Leads", lead)[name])

    assert query_ids(v8) == [past]
    for earlier in (moment(past), moment(past, "Created_Time"), moment(changed)):
        assert timedelta(seconds=88) < moment(later) - earlier <= timedelta(seconds=91)
    assert moment(later) - moment(now) < timedelta(seconds=2)
    (deleted,) = (row for row in v8.get("Leads/deleted").json["data"] if row["id"] == before)
    gone = datetime.fromisoformat(deleted["deleted_time"])
    assert timedelta(seconds=88) < moment(later) - gone <= timedelta(seconds=91)


@pytest.mark.parametrize("seconds", [1e12, 1e300, inf])
def test_lag_beyond_all_times_delays_everything(seconds: float) -> None:
    api = Api("v8", search_lag=seconds, row_lag=seconds)
    assert api.get("Leads", fields="Last_Name").status_code == 204
    assert api.get("Leads/search", word="Wong").status_code == 204


def test_lag_can_be_changed(v8: Api) -> None:
    assert v8.caller.post("/emulator/lag", {"rows": 60}).json == {"search": 0, "rows": 60}
    assert v8.caller.post("/emulator/lag", {"search": 30}).json == {"search": 30, "rows": 60}
    lead = v8.create("Leads", Last_Name="Fresh")
    assert query_ids(v8) == []

    v8.caller.post("/emulator/lag", {"rows": 0})
    assert query_ids(v8) == [lead]
    assert search_ids(v8, word="Fresh") == []
    assert v8.caller.post("/emulator/lag", {"rows": -1}).status_code == 400


def test_fault_with_an_unknown_fate_is_refused(v8: Api) -> None:
    refused = v8.caller.post("/emulator/faults", {"notices": "eaten"})

    assert refused.status_code == 400
    assert "lost, doubled, late" in refused.json["message"]
