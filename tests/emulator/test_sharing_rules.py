"""Who sees whose records: defaults, rules, and the groups that they name."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api

SHARING = "settings/data_sharing"


Item = dict[str, Any]


def first(api: Api, collection: str, number: int = 0) -> Item:
    return list(api.org.settings.items(collection).values())[number]


GROUPS = "settings/user_groups"


def test_modules_are_shared_by_default(v8: Api) -> None:
    def shares() -> dict[str, str]:
        rows = v8.get(SHARING).json["data_sharing"]
        return {row["module"]["api_name"]: row["share_type"] for row in rows}

    assert shares()["Leads"] == "private"
    leads = v8.org.metadata.modules["Leads"].id
    change = {"module": {"id": leads}, "share_type": "public"}
    assert v8.put(SHARING, {"data_sharing": [change]}).status_code == 200
    assert shares()["Leads"] == "public"
    wrong = v8.put(SHARING, {"data_sharing": [change | {"share_type": "some"}]})
    assert wrong.json["data_sharing"][0]["code"] == "INVALID_DATA"
    missing = v8.put(SHARING, {"data_sharing": [{"share_type": "public"}]})
    assert missing.json["data_sharing"][0]["code"] == "MANDATORY_NOT_FOUND"


def test_sharing_rules_are_switched_found_and_counted(v8: Api) -> None:
    rule = first(v8, "sharing_rules")["id"]
    path = f"{SHARING}/rules/{rule}/actions/activate"
    assert v8.put(path, module="Leads").json["code"] == "ID_ALREADY_ACTIVE"
    assert v8.delete(path, module="Leads").status_code == 200
    assert v8.delete(path, module="Leads").json["code"] == "ID_ALREADY_DEACTIVATED"
    filters = {
        "filters": [
            {
                "group_operator": "and",
                "group": [
                    {"field": {"api_name": "status"}, "comparator": "equal", "value": "inactive"},
                    {"field": {"api_name": "name"}, "comparator": "like", "value": "%leads%"},
                ],
            }
        ]
    }
    found = v8.post(f"{SHARING}/rules/search", filters, module="Leads").json["sharing_rules"]
    assert [one["id"] for one in found] == [rule]
    summary = v8.post(f"{SHARING}/rules/actions/summary", filters, module="Leads").json
    assert summary["sharing_rules_summary"][0]["rule_count"] == 1
    assert (
        v8.get(f"{SHARING}/rules/actions/summary").json["sharing_rules_summary"][0]["rule_count"]
        == 1
    )
    run = v8.post(f"{SHARING}/rules/actions/run", module="Leads").json["sharing_rules"][0]
    assert run["code"] == "SCHEDULED"
    assert v8.post(f"{SHARING}/rules/actions/run", module="Deals").status_code == 204


@pytest.mark.parametrize(
    "filters",
    [
        None,
        {},
        [{"comparator": "equal"}],
        [{"field": {"api_name": "name"}, "comparator": "between", "value": 1}],
        [{"group_operator": "xor", "group": []}],
    ],
)
def test_filters_of_sharing_rules_that_do_not_fit(v8: Api, filters: Any) -> None:
    answer = v8.post(f"{SHARING}/rules/search", {"filters": filters}, module="Leads")
    assert answer.status_code == 400


def test_a_sharing_rule_names_who_shares(v8: Api) -> None:
    rule = {
        "name": "new",
        "type": "Criteria_Based",
        "permission_type": "read",
        "shared_from": {"type": "all_users"},
        "shared_to": {"type": "roles"},
    }

    def refused(**changes: Any) -> Item:
        answer = v8.post(
            f"{SHARING}/rules", {"sharing_rules": [{**rule, **changes}]}, module="Leads"
        )
        error: Item = answer.json["sharing_rules"][0]
        return error

    assert refused()["code"] == "DEPENDENT_FIELD_MISSING"
    unknown = {"type": "groups", "resource": {"id": "9"}}
    assert refused(shared_to=unknown)["code"] == "INVALID_DATA"
    assert refused(shared_to={"type": "all_users"})["details"]["api_name"] == "criteria"


def test_a_group_has_the_people_of_its_sources(v8: Api) -> None:
    floor, crew = (one["id"] for one in v8.org.settings.items("user_groups").values())
    asked = {"feature": "user_groups", "related_entity_id": crew}
    inside = v8.post(f"{GROUPS}/actions/get_assigned", {"get_assigned": asked}).json
    people = [one["id"] for one in inside["get_assigned"]]
    assert people == list(v8.org.users)[2:4]
    outside = v8.post(f"{GROUPS}/actions/get_unassigned", {"get_unassigned": asked}).json
    assert {one["id"] for one in outside["get_unassigned"]} == set(v8.org.users) - set(people)
    page = v8.post(f"{GROUPS}/actions/get_assigned", {"get_assigned": asked | {"per_page": 1}})
    assert page.json["info"]["more_records"] is True
    of_user = v8.get(f"users/{people[0]}/actions/associated_groups").json["user_groups"]
    assert crew in [one["id"] for one in of_user]
    counts = v8.get(f"{GROUPS}/{crew}/associated_users/actions/grouped_counts", group_by="status")
    assert counts.json["grouped_counts"] == [{"status": "active", "count": 2}]
    sources = v8.get(f"{GROUPS}/{crew}/sources", type="users").json["sources"]
    assert [one["source"]["id"] for one in sources] == people
    assert v8.get(f"{GROUPS}/{crew}/sources", type="x").json["code"] == "INVALID_DATA"
    count = v8.get(f"{GROUPS}/{floor}/actions/sources_count").json["sources_count"][0]
    assert count["roles"] == 1


def test_groups_of_groups_that_hold_each_other(v8: Api) -> None:
    floor, crew = (one["id"] for one in v8.org.settings.items("user_groups").values())
    for group, other in ((floor, crew), (crew, floor)):
        sources = [
            {"type": "groups", "source": {"id": other}},
            {"type": "users", "source": {"id": next(iter(v8.org.users))}},
        ]
        answer = v8.put(f"{GROUPS}/{group}", {"user_groups": [{"sources": sources}]})
        assert answer.status_code == 200, answer.text
    asked = {"get_assigned": {"feature": "user_groups", "related_entity_id": floor}}
    assert len(v8.post(f"{GROUPS}/actions/get_assigned", asked).json["get_assigned"]) == 1


def test_where_a_group_is_used(v8: Api) -> None:
    crew = first(v8, "user_groups", 1)["id"]
    assert v8.get(f"{GROUPS}/{crew}/actions/associations").status_code == 204
    rule = {
        "name": "For the crew",
        "type": "Record_Owner_Based",
        "permission_type": "read",
        "shared_from": {"type": "all_users"},
        "shared_to": {"type": "groups", "resource": {"id": crew}},
    }
    v8.post(f"{SHARING}/rules", {"sharing_rules": [rule]}, module="Leads")
    found = v8.get(f"{GROUPS}/{crew}/actions/associations").json["associations"]
    assert found[0]["resource"]["name"] == "For the crew"


@pytest.mark.parametrize(
    "asked", [None, [], {}, {"feature": "x", "related_entity_id": "9"}, {"feature": "user_groups"}]
)
def test_askings_for_members_that_do_not_fit(v8: Api, asked: Any) -> None:
    answer = v8.post(f"{GROUPS}/actions/get_assigned", {"get_assigned": asked})
    assert answer.status_code == 400
