"""Notifications: what channels report, and the callbacks that really arrive."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.core.callbacks import is_loopback
from django_zcrm.emulator.state.clock import Clock
from tests.cases import check_each
from tests.emulator.caller import Caller, make_caller
from tests.emulator.receiver import Receiver

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WATCH = "/crm/v8/actions/watch"


@pytest.fixture
def caller() -> Caller:
    return make_caller(clock=Clock(NOW))


def watch(
    caller: Caller,
    url: str = "http://127.0.0.1:9/",
    *,
    channel_id: str = "1000",
    version: str = "v8",
    **more: Any,
) -> Any:
    item = {"channel_id": channel_id, "events": ["Leads.all"], "notify_url": url, **more}
    return caller.post(f"/crm/{version}/actions/watch", {"watch": [item]})


def create_leads(caller: Caller, *names: str) -> list[str]:
    answer = caller.post(
        "/crm/v8/Leads", {"data": [{"Last_Name": name, "Company": "Acme"} for name in names]}
    )
    return [item["details"]["id"] for item in answer.json["data"]]


def expiry_of(answer: Any) -> datetime:
    return datetime.fromisoformat(answer.json["watch"][0]["details"]["events"][0]["channel_expiry"])


def test_callback_reports_several_records_at_once(caller: Caller, receiver: Receiver) -> None:
    watch(caller, receiver.url, token="t" * 20)
    ids = create_leads(caller, "One", "Two")
    caller.emulator.zoho.callbacks.wait()
    [body] = receiver.bodies
    assert body["ids"] == ids
    assert body["operation"] == "insert"
    assert (body["module"], body["channel_id"], body["token"]) == ("Leads", "1000", "t" * 20)
    assert body["query_params"] == {"secret": "s 1"}
    assert body["server_time"] == int(NOW.timestamp() * 1000)


def test_callback_of_an_update_has_fields_and_of_a_deletion_the_id(
    caller: Caller, receiver: Receiver
) -> None:
    [lead] = create_leads(caller, "One")
    watch(caller, receiver.url, return_affected_field_values=True)
    caller.request("PUT", f"/crm/v8/Leads/{lead}", json={"data": [{"Company": "Zeta"}]})
    caller.request("DELETE", f"/crm/v8/Leads/{lead}")
    caller.emulator.zoho.callbacks.wait()
    updated, deleted = receiver.bodies
    assert updated["operation"] == "update"
    assert updated["affected_fields"] == [{lead: ["Company"]}]
    assert updated["affected_values"] == [{"record_id": lead, "values": {"Company": "Zeta"}}]
    assert (deleted["operation"], deleted["ids"]) == ("delete", [lead])


def test_callback_reports_the_chosen_fields_only(caller: Caller, receiver: Receiver) -> None:
    [lead] = create_leads(caller, "One")
    watch(
        caller,
        receiver.url,
        events=["Leads.edit"],
        notification_condition=[
            {
                "type": "field_selection",
                "module": {"api_name": "Leads"},
                "field_selection": {
                    "group_operator": "or",
                    "group": [{"field": {"api_name": "Email"}}, {"field": {"api_name": "Phone"}}],
                },
            }
        ],
    )
    for change in ({"Company": "Zeta"}, {"Phone": "123"}):
        caller.request("PUT", f"/crm/v8/Leads/{lead}", json={"data": [change]})
    caller.emulator.zoho.callbacks.wait()
    assert [body["affected_fields"] for body in receiver.bodies] == [[{lead: ["Phone"]}]]


@pytest.mark.parametrize(
    ("version", "requested", "granted"),
    [
        ("v8", timedelta(days=7), timedelta(days=7)),
        ("v8", timedelta(days=7, seconds=1), timedelta(hours=1)),
        ("v3", timedelta(days=1), timedelta(days=1)),
        ("v3", timedelta(days=2), timedelta(hours=1)),
        ("v8", timedelta(seconds=-1), timedelta(hours=1)),
        ("v8", None, timedelta(hours=1)),
    ],
)
def test_expiry_too_far_away_is_silently_an_hour(
    caller: Caller, version: str, requested: timedelta | None, granted: timedelta
) -> None:
    more = {} if requested is None else {"channel_expiry": (NOW + requested).isoformat()}
    answer = watch(caller, version=version, **more)
    assert answer.status_code == 201
    assert expiry_of(answer) == NOW + granted


def test_expired_channel_gets_no_callback_and_is_unknown(
    caller: Caller, receiver: Receiver
) -> None:
    watch(caller, receiver.url)
    caller.emulator.zoho.clock.advance(timedelta(hours=2))
    tokens = caller.connect()
    assert tokens
    create_leads(caller, "One")
    caller.emulator.zoho.callbacks.wait()
    assert receiver.bodies == []
    assert caller.get(WATCH).status_code == 204
    answer = caller.request("DELETE", f"{WATCH}?channel_ids=1000")
    assert answer.json["watch"][0]["code"] == "NOT_SUBSCRIBED"


def test_channels_are_listed_changed_and_closed(caller: Caller) -> None:
    watch(caller, events=["Leads.create", "Contacts.delete"], token="one")
    rows = caller.get(WATCH).json["watch"]
    assert [(row["resource_name"], row["events"]) for row in rows] == [
        ("Leads", ["Leads.create"]),
        ("Contacts", ["Contacts.delete"]),
    ]
    assert caller.get(f"{WATCH}?module=Contacts").json["info"]["count"] == 1
    changed = caller.request(
        "PATCH",
        WATCH,
        json={
            "watch": [
                {"channel_id": "1000", "channel_expiry": (NOW + timedelta(days=2)).isoformat()}
            ]
        },
    )
    assert expiry_of(changed) == NOW + timedelta(days=2)
    assert caller.get(WATCH).json["watch"][0]["token"] == "one"
    caller.request(
        "PATCH",
        WATCH,
        json={
            "watch": [{"channel_id": "1000", "events": ["Contacts.delete"], "_delete_events": True}]
        },
    )
    assert [row["resource_name"] for row in caller.get(WATCH).json["watch"]] == ["Leads"]
    assert caller.request("DELETE", f"{WATCH}?channel_ids=1000").status_code == 200
    assert caller.get(WATCH).status_code == 204


@pytest.mark.parametrize("events", [5, "Leads.all"])
def test_removal_of_events_that_are_no_list_is_refused(caller: Caller, events: Any) -> None:
    watch(caller, events=["Leads.all"])
    body = {"watch": [{"channel_id": "1000", "events": events, "_delete_events": True}]}

    answer = caller.request("PATCH", WATCH, json=body)

    assert answer.status_code == 400
    assert answer.json["watch"][0]["details"]["api_name"] == "events"
    assert caller.get(WATCH).json["watch"][0]["events"] == ["Leads.all"]


def select_fields(count: int) -> list[dict[str, Any]]:
    """A condition that selects so many fields."""
    group = [{"field": {"api_name": f"F{number}"}} for number in range(count)]
    selection = {"group_operator": "or", "group": group}
    return [{"module": {"api_name": "Leads"}, "field_selection": selection}]


@check_each(
    ("change", "code", "name"),
    [
        ({"notify_url": ""}, "MANDATORY_NOT_FOUND", "notify_url"),
        ({"notify_url": "ftp://127.0.0.1/"}, "INVALID_DATA", "notify_url"),
        ({"notify_url": "http://[127.0.0.1/"}, "INVALID_DATA", "notify_url"),
        ({"events": ["Nothing.all"]}, "INVALID_DATA", "events"),
        ({"events": ["Leads.explode"]}, "INVALID_DATA", "events"),
        ({"token": "x" * 257}, "INVALID_DATA", "token"),
        ({"channel_expiry": "tomorrow"}, "INVALID_DATA", "channel_expiry"),
        ({"notification_condition": 5}, "INVALID_DATA", "notification_condition"),
        ({"notification_condition": [{}]}, "INVALID_DATA", "notification_condition"),
        ({"notification_condition": select_fields(11)}, "INVALID_DATA", "notification_condition"),
    ],
)
def test_invalid_channel_error_names_the_key(
    caller: Caller, change: dict[str, Any], code: str, name: str
) -> None:
    answer = watch(caller, **change)
    item = answer.json["watch"][0]
    assert (answer.status_code, item["code"]) == (400, code)
    assert item["details"]["api_name"] == name


def test_duplicate_channel_id_fails_and_the_others_succeed(caller: Caller) -> None:
    watch(caller)
    answer = caller.post(
        WATCH,
        {
            "watch": [
                {"channel_id": 1000, "events": ["Leads.all"], "notify_url": "http://127.0.0.1/"},
                {"channel_id": 1001, "events": ["Leads.all"], "notify_url": "http://127.0.0.1/"},
            ]
        },
    )
    assert answer.status_code == 207
    assert [item["status"] for item in answer.json["watch"]] == ["error", "success"]
    assert watch(caller, version="v2").status_code == 202


def test_no_callback_leaves_the_machine() -> None:
    caller = make_caller()
    watch(caller, "http://192.0.2.1/hook")
    create_leads(caller, "One")
    caller.emulator.zoho.callbacks.wait()
    [sent] = caller.emulator.zoho.callbacks.posted_callbacks
    assert sent.error.startswith("not sent")
    assert [
        is_loopback(url)
        for url in (
            "http://localhost:8000/",
            "http://[::1]/",
            "http://127.8.9.1/",
            "http://example.com/",
        )
    ] == [True, True, True, False]


def test_callback_response_without_http_is_recorded(caller: Caller) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        watch(caller, f"http://127.0.0.1:{listening.getsockname()[1]}/hook")
        create_leads(caller, "One")
        connection, _ = listening.accept()
        with connection:
            connection.recv(10_000)
            connection.sendall(b"220 mail.example ESMTP\r\n")
        caller.emulator.zoho.callbacks.wait()
    [sent] = caller.emulator.zoho.callbacks.posted_callbacks
    assert sent.status == 0
    assert "220 mail.example" in sent.error


def test_reset_forgets_channels(caller: Caller) -> None:
    watch(caller)
    emulator: Emulator = caller.emulator
    emulator.reset()
    assert emulator.zoho.organisation.channels == {}
