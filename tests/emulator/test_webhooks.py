"""Webhooks of workflow rules: what they send, when they fail, what the lists of them show."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from .api import SCOPES, Api, Item
from .receiver import Received, Receiver

HOOKS = "settings/automation/webhooks"
FAILURES = "settings/automation/webhook_failures"


def make_hook(api: Api, url: str, **values: Any) -> str:
    """Create a webhook, and a rule that calls it for every new lead; return the webhook's id."""
    hook = {"name": "Hook", "module": {"api_name": "Leads"}, "url": url, "http_method": "POST"}
    answer = api.post(HOOKS, {"webhooks": [{**hook, **values}]})
    hook_id = str(answer.json["webhooks"][0]["details"]["id"])
    rule = {
        "name": "Call the hook",
        "module": {"api_name": "Leads"},
        "execute_when": {"type": "create", "details": {}},
        "conditions": [
            {"instant_actions": {"actions": [{"type": "webhooks", "id": hook_id, "name": "Hook"}]}}
        ],
    }
    answer = api.post("settings/automation/workflow_rules", {"workflow_rules": [rule]})
    assert answer.status_code == 201, answer.text
    return hook_id


def call_hook(api: Api, receiver: Receiver, **lead: Any) -> list[Received]:
    api.create("Leads", **{"Last_Name": "Wong", **lead})
    api.caller.emulator.zoho.callbacks.wait()
    return receiver.requests


def test_webhook_sends_its_parameters(v8: Api, receiver: Receiver) -> None:
    parameters = {
        "custom_parameters": [{"name": "fixed", "value": "a b"}],
        "module_parameters": [
            {"name": "lead", "value": "${Leads.Last_Name}"},
            {"name": "owner", "value": "Owner"},
        ],
        "user_defined_parameter": {"name": "text", "value": "Hello ${!Leads.First_Name}"},
    }
    make_hook(
        v8,
        f"{receiver.url}&who=${{Leads.Email}}",
        url_parameters=parameters,
        headers={"custom_parameters": [{"name": "X-Source", "value": "crm"}]},
        body={"type": "form_data", "form_data_content": parameters},
    )
    (sent,) = call_hook(v8, receiver, First_Name="Zoë", Email="a+b@x.example")
    owner = next(iter(v8.org.users.values())).full_name
    expected = {"fixed": ["a b"], "lead": ["Wong"], "owner": [owner], "text": ["Hello Zoë"]}
    query = parse_qs(urlsplit(sent.path).query)
    assert query == {**expected, "secret": ["s 1"], "who": ["a+b@x.example"]}
    assert (sent.method, parse_qs(sent.text)) == ("POST", expected)
    assert sent.headers["X-Source"] == "crm"
    assert sent.headers["Content-Type"].startswith("application/x-www-form-urlencoded")


def test_webhook_of_a_record_that_is_rolled_back_is_not_sent(v8: Api, receiver: Receiver) -> None:
    make_hook(v8, receiver.url)
    v8.caller.connect(f"{SCOPES},ZohoCRM.composite_requests.CUSTOM")
    parts = [
        {"method": "POST", "uri": "/crm/v8/Leads", "body": {"data": [lead]}}
        for lead in ({"Last_Name": "Wong"}, {"City": "Bern"})
    ]
    body = {"__composite_requests": parts, "rollback_on_fail": True}

    assert v8.post("__composite_requests", body).status_code == 400

    v8.caller.emulator.zoho.callbacks.wait()
    assert receiver.requests == []


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_webhook_uses_its_method(v8: Api, receiver: Receiver, method: str) -> None:
    make_hook(v8, receiver.url, http_method=method)
    (sent,) = call_hook(v8, receiver)
    assert sent.method == method


def test_raw_body_merges_values_into_json(v8: Api, receiver: Receiver) -> None:
    raw = '{"name": "${Leads.Last_Name}", "id": "${Leads.Lead Id}", "other": "${Deals.Stage}"}'
    body = {"type": "raw", "format": "JSON", "raw_data_content": raw}
    make_hook(v8, receiver.url, body=body)
    call_hook(v8, receiver, Last_Name='A "quoted"\nname')
    lead = v8.first_id("Leads")
    assert receiver.bodies == [{"name": 'A "quoted"\nname', "id": lead, "other": "${Deals.Stage}"}]


def test_failed_webhook_is_repeated_and_listed(v8: Api, receiver: Receiver) -> None:
    receiver.status = 500
    hook = make_hook(v8, receiver.url)
    assert len(call_hook(v8, receiver)) == 2
    answer = v8.get(FAILURES, module="Leads", webhook_id=hook).json
    (failure,) = answer["webhook_failures"]
    assert failure["webhook"] == {"name": "Hook", "id": hook}
    assert failure["workflow_rule"]["name"] == "Call the hook"
    assert failure["entity_details"]["id"] == v8.first_id("Leads")
    assert failure["failure_reason"] == "HTTP status 500"
    assert answer["info"]["count"] == 1
    long_ago: Item = {"from": "2001-01-01", "to": "2001-01-02"}
    assert v8.get(FAILURES, **long_ago).json == {
        "webhook_failures": [],
        "info": {**answer["info"], "count": 0},
    }
    receiver.status = 200
    assert len(call_hook(v8, receiver)) == 3
    (use,) = v8.get(f"{HOOKS}/actions/usage_reports", group_by="date").json["data_usage"]
    expected: Item = {"resource": {"name": "Hook", "id": hook}, "count": 2, "type": "webhooks"}
    assert use == {"date": v8.org.clock.now().date().isoformat(), **expected}
    assert len(v8.get(FAILURES).json["webhook_failures"]) == 1


def test_webhook_to_another_machine_is_not_sent(v8: Api, receiver: Receiver) -> None:
    make_hook(v8, "https://shop.example/hook")
    assert call_hook(v8, receiver) == []
    (failure,) = v8.get(FAILURES).json["webhook_failures"]
    assert "not on this machine" in failure["failure_reason"]


def test_webhook_to_half_an_address_is_listed_as_failed(v8: Api, receiver: Receiver) -> None:
    make_hook(v8, "http://[localhost/hook")
    assert call_hook(v8, receiver) == []
    (failure,) = v8.get(FAILURES).json["webhook_failures"]
    assert "not on this machine" in failure["failure_reason"]


@pytest.mark.parametrize(
    "values",
    [
        {"url_parameters": {"custom_parameters": "none"}},
        {"headers": {"user_defined_parameter": {"name": 1, "value": "x"}}},
        {"body": {"type": "form_data", "form_data_content": {"module_parameters": [7]}}},
        {"body": {"type": "raw", "raw_data_content": 7}},
    ],
)
def test_webhook_with_parameters_of_another_type_is_refused(v8: Api, values: Item) -> None:
    hook = {
        "name": "Hook",
        "module": {"api_name": "Leads"},
        "url": "http://127.0.0.1/hook",
        "http_method": "POST",
    }
    answer = v8.post(HOOKS, {"webhooks": [{**hook, **values}]})
    assert answer.json["webhooks"][0]["code"] == "INVALID_DATA"


def test_redirect_of_a_webhook_is_not_followed(v8: Api, receiver: Receiver) -> None:
    receiver.status, receiver.location = 302, receiver.url
    make_hook(v8, receiver.url)
    assert {sent.method for sent in call_hook(v8, receiver)} == {"POST"}
    (failure,) = v8.get(FAILURES).json["webhook_failures"]
    assert failure["failure_reason"] == "HTTP status 302"


def test_webhooks_by_module_without_calls(v8: Api) -> None:
    modules = v8.get(f"{HOOKS}/actions/associated_modules").json["associated_modules"]
    assert [module["api_name"] for module in modules] == ["Deals"]
    report = v8.get(f"{HOOKS}/actions/usage_reports", group_by="date").json
    assert (report["data_usage"], report["info"]["more_records"]) == ([], False)
    wrong: tuple[Item, ...] = {"group_by": "x"}, {"group_by": "date", "from": "yesterday"}
    for params in wrong:
        answer = v8.get(f"{HOOKS}/actions/usage_reports", **params)
        assert answer.json["code"] == "INVALID_DATA"
    assert v8.get(FAILURES, module="Deals").json["webhook_failures"] == []
    assert v8.get(FAILURES, webhook_id="9").json["details"] == {"param_name": "webhook_id"}


class RemoteSocket:
    """A connection to another machine; it records what was sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def getpeername(self) -> tuple[str, int]:
        return "192.0.2.1", 80

    def sendall(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("url", ["http://evil.localhost/", "http://evil.example%2f.localhost/"])
def test_nothing_is_sent_to_a_name_that_resolves_to_another_machine(
    v8: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    remote = RemoteSocket()
    monkeypatch.setattr(HTTPConnection, "connect", lambda self: setattr(self, "sock", remote))
    make_hook(v8, url)
    assert not call_hook(v8, receiver)
    assert not remote.sent
    (failure,) = v8.get(FAILURES).json["webhook_failures"]
    assert "not on this machine" in failure["failure_reason"]
