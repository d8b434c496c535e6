"""Several organisations in one emulator: what is in one cannot be seen from another."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.state.organisation import Organisation

from .caller import CALLBACK, Caller, callback_of


def consent_again(caller: Caller, org: Organisation) -> Caller:
    """Another caller, with whom the organisation's first user agreed on the consent page."""
    user = next(iter(org.users.values()))
    scope = "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.coql.READ"
    back = callback_of(caller.consent(scope=scope, account=f"{org.id}:{user.email}"))
    other = Caller(caller.emulator)
    other.token = other.exchange(back["code"], redirect_uri=CALLBACK)["access_token"]
    return other


def ids_in(org: Organisation, emulator: Emulator) -> set[str]:
    """Everything that looks like an id in the state of an organisation, but for its own."""
    state: dict[str, Any] = json.loads(emulator.dump())
    ids = set(re.findall(r"\b\d{19}\b", json.dumps(state["organisations"][org.id])))
    return ids - {org.id, org.info["zgid"]}


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(environments=("production", "sandbox"), data_centers=("us", "eu"))


@pytest.mark.slow
def test_organisations_share_no_id(emulator: Emulator) -> None:
    assert Caller(emulator).post("/emulator/organisations", {}).status_code == 200
    organisations = list(emulator.zoho.organisations.values())
    assert len(organisations) == 5
    found = [ids_in(org, emulator) for org in organisations]
    assert all(len(ids) > 300 for ids in found)
    for first, other in combinations(found, 2):
        assert not first & other
    for org, ids in zip(organisations, found, strict=True):
        assert {id_[:7] for id_ in ids} == {str(org.id_prefix)}


def test_record_of_one_organisation_is_not_found_in_another() -> None:
    caller = Caller(data="demo", environments=("production", "sandbox"))
    here, there = (
        consent_again(caller, org) for org in caller.emulator.zoho.organisations.values()
    )
    path = "/crm/v8/Leads?fields=Last_Name&per_page=1"
    [lead] = here.get(path).json["data"]
    assert here.get(f"/crm/v8/Leads/{lead['id']}").json["data"][0]["id"] == lead["id"]
    assert there.get(f"/crm/v8/Leads/{lead['id']}").status_code == 204
    change = {"data": [{"id": lead["id"], "Last_Name": "Taken"}]}
    [outcome] = there.request("PUT", "/crm/v8/Leads", json=change).json["data"]
    assert outcome["code"] == "INVALID_DATA"
    assert here.get(path).json["data"] == [lead]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("settings/modules", "modules"),
        ("settings/fields?module=Leads", "fields"),
        ("settings/layouts?module=Leads", "layouts"),
        ("settings/custom_views?module=Leads", "custom_views"),
        ("Contacts/roles", "contact_roles"),
        ("settings/global_picklists", "global_picklists"),
        ("settings/automation/workflow_rules", "workflow_rules"),
    ],
)
def test_metadata_and_settings_of_organisations_share_no_id(path: str, key: str) -> None:
    caller = Caller(data="demo", environments=("production", "sandbox"))
    seen = [
        {item["id"] for item in consent_again(caller, org).get(f"/crm/v8/{path}").json[key]}
        for org in caller.emulator.zoho.organisations.values()
    ]
    assert len(seen[0]) == len(seen[1]) > 0
    assert not seen[0] & seen[1]


def test_transition_of_one_organisation_is_unknown_in_another() -> None:
    caller = Caller(data="demo", environments=("production", "sandbox"))
    blueprints = []
    for org in caller.emulator.zoho.organisations.values():
        grant = consent_again(caller, org)
        project = next(
            row for row in org.records.table("Projects").rows.values() if row["Status"] == "Planned"
        )
        path = f"/crm/v8/Projects/{project['id']}/actions/blueprint"
        blueprints.append((grant, path, grant.get(path).json["blueprint"]))
    (_, _, first), (grant, path, second) = blueprints
    assert first["process_info"]["id"] != second["process_info"]["id"]
    body = {
        "blueprint": [
            {
                "transition_id": first["transitions"][0]["id"],
                "data": {"Kick_Off": "2030-01-01T09:00:00+00:00"},
            }
        ]
    }
    assert grant.request("PUT", path, json=body).json["code"] == "INVALID_DATA"
    body["blueprint"][0]["transition_id"] = second["transitions"][0]["id"]
    answer = grant.request("PUT", path, json=body)
    assert answer.status_code == 200, answer.text


def test_organisation_added_later_is_complete() -> None:
    caller = Caller(data="demo")
    caller.post("/emulator/organisations", {"name": "Second"})
    first, second = caller.emulator.zoho.organisations.values()
    assert second.records.counts() == first.records.counts()
    assert {name: len(items) for name, items in second.settings.collections.items()} == {
        name.replace(first.ids.seed_id(0)[:7], second.ids.seed_id(0)[:7]): len(items)
        for name, items in first.settings.collections.items()
    }


def test_ids_repeat_after_a_reset() -> None:
    emulator = Emulator(environments=("production", "sandbox"), seed=1)
    before = [ids_in(org, emulator) for org in emulator.zoho.organisations.values()]
    emulator.reset()
    assert before == [ids_in(org, emulator) for org in emulator.zoho.organisations.values()]


@pytest.mark.slow
def test_organisations_keep_their_ids_in_a_state_file(emulator: Emulator) -> None:
    again = Emulator(data="empty")
    again.load(emulator.dump())
    assert again.dump() == emulator.dump()
    for org in again.zoho.organisations.values():
        assert org.ids.next().startswith(str(org.id_prefix))
