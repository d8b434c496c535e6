"""Who sees whose records: defaults, rules, and the groups that they name."""

from __future__ import annotations

from typing import Any

import pytest

from .api import SCOPES, Api

SHARING = "settings/data_sharing"


Item = dict[str, Any]


def first(api: Api, collection: str, number: int = 0) -> Item:
    return list(api.org.settings.items(collection).values())[number]


GROUPS = "settings/user_groups"


def test_modules_are_shared_by_default(v8: Api) -> None:
    def shares() -> dict[str, str]:
        rows = v8.get(SHARING).json["data_sharing"]
        return {row["module"]["api_name"]: row["share_type"] for row in rows}

    assert shares()["Leads"] == "public"
    leads = v8.org.metadata.modules["Leads"].id
    change = {"module": {"id": leads}, "share_type": "private"}
    assert v8.put(SHARING, {"data_sharing": [change]}).status_code == 200
    assert shares()["Leads"] == "private"
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
    assert [shown_rule["id"] for shown_rule in found] == [rule]
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
def test_sharing_rules_with_invalid_filters_are_refused(v8: Api, filters: Any) -> None:
    answer = v8.post(f"{SHARING}/rules/search", {"filters": filters}, module="Leads")
    assert answer.status_code == 400


def test_sharing_rule_without_sharers_is_refused(v8: Api) -> None:
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


def test_group_has_the_people_of_its_sources(v8: Api) -> None:
    floor, crew = (group["id"] for group in v8.org.settings.items("user_groups").values())
    query = {"feature": "user_groups", "related_entity_id": crew}
    inside = v8.post(f"{GROUPS}/actions/get_assigned", {"get_assigned": query}).json
    people = [user["id"] for user in inside["get_assigned"]]
    assert people == list(v8.org.users)[2:4]
    outside = v8.post(f"{GROUPS}/actions/get_unassigned", {"get_unassigned": query}).json
    assert {user["id"] for user in outside["get_unassigned"]} == set(v8.org.users) - set(people)
    page = v8.post(f"{GROUPS}/actions/get_assigned", {"get_assigned": query | {"per_page": 1}})
    assert page.json["info"]["more_records"] is True
    of_user = v8.get(f"users/{people[0]}/actions/associated_groups").json["user_groups"]
    assert crew in [group["id"] for group in of_user]
    counts = v8.get(f"{GROUPS}/{crew}/associated_users/actions/grouped_counts", group_by="status")
    assert counts.json["grouped_counts"] == [{"status": "active", "count": 2}]
    sources = v8.get(f"{GROUPS}/{crew}/sources", type="users").json["sources"]
    assert [source["source"]["id"] for source in sources] == people
    assert v8.get(f"{GROUPS}/{crew}/sources", type="x").json["code"] == "INVALID_DATA"
    count = v8.get(f"{GROUPS}/{floor}/actions/sources_count").json["sources_count"][0]
    assert count["roles"] == 1


def test_user_groups_in_a_circle_are_handled(v8: Api) -> None:
    floor, crew = (group["id"] for group in v8.org.settings.items("user_groups").values())
    for group, other in ((floor, crew), (crew, floor)):
        sources = [
            {"type": "groups", "source": {"id": other}},
            {"type": "users", "source": {"id": next(iter(v8.org.users))}},
        ]
        answer = v8.put(f"{GROUPS}/{group}", {"user_groups": [{"sources": sources}]})
        assert answer.status_code == 200, answer.text
    body = {"get_assigned": {"feature": "user_groups", "related_entity_id": floor}}
    assert len(v8.post(f"{GROUPS}/actions/get_assigned", body).json["get_assigned"]) == 1


def test_user_group_associations_are_listed(v8: Api) -> None:
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
    associations = v8.get(f"{GROUPS}/{crew}/actions/associations").json["associations"]
    assert associations[0]["resource"]["name"] == "For the crew"


@pytest.mark.parametrize(
    "query", [None, [], {}, {"feature": "x", "related_entity_id": "9"}, {"feature": "user_groups"}]
)
def test_invalid_request_for_members_is_refused(v8: Api, query: Any) -> None:
    answer = v8.post(f"{GROUPS}/actions/get_assigned", {"get_assigned": query})
    assert answer.status_code == 400


@pytest.fixture
def people(v8: Api) -> dict[str, Item]:
    """A chief, a manager and a seller with a lead of each, in a module that is private."""
    people: dict[str, Item] = {}
    for user in v8.org.users.values():
        if user.status == "active" and user.confirmed:
            role = v8.org.roles[user.role_id]["name"]
            name = role if role not in people else f"Other {role}"
            lead = v8.create("Leads", Last_Name="Shared", City=name, Owner={"id": user.id})
            people[name] = {
                "id": user.id,
                "email": user.email,
                "lead": lead,
                "role": user.role_id,
            }
    share(v8, "private")
    return people


def share(api: Api, share_type: str) -> None:
    leads = {"id": api.org.metadata.modules["Leads"].id}
    change = {"module": leads, "share_type": share_type}
    assert api.put(SHARING, {"data_sharing": [change]}).status_code == 200


def list_visible(api: Api, person: Item) -> set[str]:
    """Whose leads a person sees: by list, by query, and each by its id."""
    api.caller.connect(SCOPES, email=person["email"])
    rows = api.rows("Leads", fields="City,Last_Name", per_page=200)
    listed = {row["City"] for row in rows if row["Last_Name"] == "Shared"}
    text = "select City from Leads where Last_Name = 'Shared'"
    answer = api.post("coql", {"select_query": text})
    queried = {row["City"] for row in answer.json["data"]} if answer.json else set()
    assert queried == listed
    ids = [row["id"] for row in rows]
    assert all(api.get(f"Leads/{lead}").status_code == 200 for lead in ids[:3])
    return listed


CHIEF, MANAGER, SELLER, OTHER = (
    "CEO",
    "Sales Manager",
    "Sales Representative",
    "Other Sales Representative",
)


def rule(api: Api, **values: Any) -> str:
    """Share Leads by a rule and return its id."""
    for old in list(api.org.settings.items("sharing_rules")):
        del api.org.settings.items("sharing_rules")[old]
    made = {"name": "r", "type": "Record_Owner_Based", "permission_type": "read", **values}
    answer = api.post(f"{SHARING}/rules", {"sharing_rules": [made]}, module="Leads")
    assert answer.status_code == 201, answer.text
    return str(answer.json["sharing_rules"][0]["details"]["id"])


def test_records_of_a_private_module_are_visible_to_owners_and_superiors(
    v8: Api, people: dict[str, Item]
) -> None:
    v8.org.settings.items("sharing_rules").clear()
    assert list_visible(v8, people[CHIEF]) == {CHIEF, MANAGER, SELLER, OTHER}
    assert list_visible(v8, people[MANAGER]) == {MANAGER, SELLER, OTHER}
    assert list_visible(v8, people[SELLER]) == {SELLER}
    hidden = people[OTHER]["lead"]
    assert v8.get(f"Leads/{hidden}").status_code == 204
    assert v8.put("Leads", {"data": [{"id": hidden, "City": "x"}]}).status_code == 400
    assert v8.delete("Leads", ids=hidden).json["data"][0]["code"] == "INVALID_DATA"
    share_type = "public_read_only"
    v8.caller.connect(SCOPES)
    share(v8, share_type)
    assert list_visible(v8, people[SELLER]) == {CHIEF, MANAGER, SELLER, OTHER}
    (refused,) = v8.put("Leads", {"data": [{"id": hidden, "City": "x"}]}).json["data"]
    assert (refused["code"], refused["details"]["action"]) == ("NO_PERMISSION", "update")
    assert v8.delete("Leads", ids=hidden).json["data"][0]["code"] == "NO_PERMISSION"
    ids = {"ids": [hidden]}
    for action, body in (
        ("change_owner", {**ids, "owner": {"id": people[SELLER]["id"]}}),
        ("mass_delete", ids),
        ("add_tags", {**ids, "tags": [{"name": "x"}]}),
    ):
        (refused,) = v8.post(f"Leads/actions/{action}", body).json["data"]
        assert refused["code"] == "NO_PERMISSION"
    converted = v8.post(f"Leads/{hidden}/actions/convert", {"data": [{}]})
    assert converted.json["code"] == "NO_PERMISSION"
    merge = {"merge": [{"data": [{"id": hidden}]}]}
    merged = v8.post(f"Leads/{people[SELLER]['lead']}/actions/merge", merge)
    assert merged.json["merge"][0]["code"] == "NO_PERMISSION"
    assert v8.put(f"Leads/{people[SELLER]['lead']}", {"data": [{"State": "x"}]}).status_code == 200


def test_sharing_rule_by_owner_shares_their_records(v8: Api, people: dict[str, Item]) -> None:
    managers = {"type": "roles", "resource": {"id": people[MANAGER]["role"]}}
    sellers = {"type": "roles", "resource": {"id": people[SELLER]["role"]}}
    rule_id = rule(v8, shared_from=managers, shared_to=sellers, permission_type="read_write")
    assert list_visible(v8, people[SELLER]) == {SELLER, MANAGER}
    theirs = people[MANAGER]["lead"]
    assert v8.put(f"Leads/{theirs}", {"data": [{"State": "x"}]}).status_code == 200
    assert v8.delete(f"Leads/{theirs}").json["data"][0]["code"] == "NO_PERMISSION"

    v8.caller.connect(SCOPES)
    v8.delete(f"{SHARING}/rules/{rule_id}/actions/activate", module="Leads")
    assert list_visible(v8, people[SELLER]) == {SELLER}


def test_sharing_rule_by_criteria_shares_matching_records(v8: Api, people: dict[str, Item]) -> None:
    criteria = {"field": {"api_name": "City"}, "comparator": "equal", "value": CHIEF}
    group = {"name": "g", "sources": [{"type": "users", "source": {"id": people[OTHER]["id"]}}]}
    made = v8.post(GROUPS, {"user_groups": [group]}).json["user_groups"][0]["details"]["id"]
    party = {"type": "groups", "resource": {"id": made}}
    rule(
        v8,
        type="Criteria_Based",
        criteria=criteria,
        shared_from={"type": "all_users"},
        shared_to=party,
        superiors_allowed=True,
    )
    assert list_visible(v8, people[OTHER]) == {OTHER, CHIEF}
    assert list_visible(v8, people[SELLER]) == {SELLER}
    assert CHIEF in list_visible(v8, people[MANAGER])


def test_record_is_shared_with_a_role(v8: Api, people: dict[str, Item]) -> None:
    v8.org.settings.items("sharing_rules").clear()
    role = {"id": people[SELLER]["role"], "type": "roles"}
    shared = {"share": [{"shared_with": role, "permission": "read_only"}]}
    answer = v8.post(f"Leads/{people[CHIEF]['lead']}/actions/share", shared)
    assert answer.json["share"][0]["code"] == "SUCCESS", answer.text
    assert list_visible(v8, people[SELLER]) == {SELLER, CHIEF}
