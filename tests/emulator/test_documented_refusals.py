"""Refusals with the codes and messages of Zoho's pages and OpenAPI descriptions."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api, Item, Reply

UNKNOWN = "3652397000009999999"


def refusal(reply: Reply) -> Item:
    """Return the error of a response, as a whole or in its only item."""
    assert reply.status_code == 400, reply.text
    body: Item = reply.json
    (item,) = next(iter(body.values())) if len(body) == 1 else ([body])
    return dict(item)


@pytest.mark.parametrize("action", ["mass_update", "mass_delete"])
def test_mass_action_without_ids_is_mandatory_not_found(v8: Api, action: str) -> None:
    error = refusal(v8.post(f"Leads/actions/{action}", {"data": [{"City": "Bonn"}]}))
    assert (error["code"], error["message"]) == ("MANDATORY_NOT_FOUND", "required field not found")


def test_mass_update_of_no_field_is_refused(v8: Api) -> None:
    body = {"data": [{}], "ids": [v8.first_id("Leads")]}
    assert refusal(v8.post("Leads/actions/mass_update", body))["code"] == "MANDATORY_NOT_FOUND"


@pytest.mark.parametrize("related", ["Attachments", "Notes", "Products", "__timeline"])
def test_unknown_parent_is_an_invalid_related_id(v8: Api, related: str) -> None:
    error = refusal(v8.get(f"Leads/{UNKNOWN}/{related}", fields="id"))
    assert error["message"] == "the related id given seems to be invalid"
    assert error["details"] == {"resource_path_index": 1}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select City, City from Leads where City is not null", "DUPLICATE_DATA"),
        ("select City as '' from Leads where City is not null", "INVALID_ALIAS"),
    ],
)
def test_column_twice_and_empty_alias_are_refused(v8: Api, query: str, code: str) -> None:
    assert refusal(v8.post("coql", {"select_query": query}))["code"] == code


@pytest.mark.parametrize("meta", [["rows"], "fields", ["fields", "rows"]])
def test_unknown_meta_of_a_query_is_refused(v8: Api, meta: Any) -> None:
    query = "select City from Leads where City is not null"
    error = refusal(v8.post("coql", {"select_query": query, "include_meta": meta}))
    assert (error["code"], error["details"]["api_name"]) == ("INVALID_DATA", "include_meta")


def test_sharing_an_unknown_record_is_refused(v8: Api) -> None:
    for record in (UNKNOWN, "x"):
        assert refusal(v8.get(f"Leads/{record}/actions/share"))["code"] == "ENTITY_ID_INVALID"


def test_status_that_a_user_has_already_is_refused(v8: Api) -> None:
    user = list(v8.org.users)[1]

    def set_status(status: str) -> Reply:
        return v8.put(f"users/{user}", {"users": [{"status": status}]})

    assert refusal(set_status("active"))["code"] == "ID_ALREADY_ACTIVE"
    assert set_status("inactive").status_code == 200
    assert refusal(set_status("inactive"))["code"] == "ID_ALREADY_DEACTIVATED"


def test_name_of_another_contact_role_is_refused(v8: Api) -> None:
    first, second = v8.get("Contacts/roles").json["contact_roles"][:2]
    again = {"contact_roles": [{"name": first["name"].upper()}]}
    error = refusal(v8.post("Contacts/roles", again))
    assert (error["code"], error["details"]["id"]) == ("DUPLICATE_DATA", first["id"])
    assert refusal(v8.put(f"Contacts/roles/{second['id']}", again))["code"] == "DUPLICATE_DATA"
    same = v8.put(f"Contacts/roles/{first['id']}", again)
    assert same.status_code == 200


def test_unknown_type_of_deleted_records_is_refused(v8: Api) -> None:
    error = refusal(v8.get("Leads/deleted", type="x"))
    assert (error["code"], error["details"]) == ("PATTERN_NOT_MATCHED", {"param_name": "type"})


def test_ids_that_are_none_are_refused(v8: Api) -> None:
    for reply in (v8.get("Leads", fields="id", ids="abc"), v8.delete("Leads", ids="abc")):
        assert refusal(reply)["code"] == "UNABLE_TO_PARSE_DATA_TYPE"


def test_eleven_tags_are_refused(v8: Api) -> None:
    tags = [{"name": f"Tag {number}"} for number in range(11)]
    assert v8.refused("Leads", Last_Name="Wong", Tag=tags)["code"] == "LIMIT_EXCEEDED"
    lead = v8.create("Leads", Last_Name="Wong", Tag=tags[:10])
    body = {"tags": tags[10:]}
    answer = v8.post(f"Leads/{lead}/actions/add_tags", body)
    assert answer.json["data"][0]["code"] == "LIMIT_EXCEEDED"
    assert len(v8.record("Leads", lead)["Tag"]) == 10


def test_clone_with_the_same_unique_value_is_refused(v8: Api) -> None:
    product = v8.create("Products", Product_Name="Box", Product_Code="B-1")
    error = refusal(v8.post(f"Products/{product}/actions/clone"))
    assert (error["code"], error["details"]["api_name"]) == ("DUPLICATE_DATA", "Product_Code")
    changes = {"data": [{"Product_Code": "B-2"}]}
    assert v8.post(f"Products/{product}/actions/clone", changes).status_code == 201


@pytest.mark.parametrize(
    ("features", "code"),
    [
        ([{}], "MANDATORY_NOT_FOUND"),
        ([{"name": "gravity"}], "INVALID_DATA"),
        ({}, "INVALID_DATA"),
        ([{"name": "cadences"}], None),
    ],
)
def test_features_to_skip_are_checked(v8: Api, features: Any, code: str | None) -> None:
    body = {"data": [{"Last_Name": "Wong"}], "skip_feature_execution": features}
    answer = v8.post("Leads", body)
    assert answer.status_code == (400 if code else 201)
    assert answer.json.get("code") == code


def test_role_name_with_a_hash_is_refused(v8: Api) -> None:
    superior = next(iter(v8.org.roles))
    role = {"name": "Sales #1", "reporting_to": {"id": superior}}
    error = refusal(v8.post("settings/roles", {"roles": [role]}))
    assert (error["code"], error["details"]["api_name"]) == ("INVALID_DATA", "name")


@pytest.mark.parametrize("name", ["rollback_on_fail", "parallel_execution"])
def test_switch_of_a_composite_request_must_be_boolean(v8: Api, name: str) -> None:
    v8.caller.connect("ZohoCRM.composite_requests.CUSTOM")
    error = refusal(v8.post("__composite_requests", {name: "maybe"}))
    assert error["details"]["expected_data_type"] == "boolean"
    assert error["details"]["api_name"] == name


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "x" * 51}, "INVALID_DATA"),
        ({"type": None}, "DEPENDENT_FIELD_MISSING"),
        ({"module": {"api_name": "Leads", "id": UNKNOWN}}, "AMBIGUITY_DURING_PROCESSING"),
    ],
)
def test_invalid_channel_is_refused(v8: Api, changes: Item, code: str) -> None:
    condition: Item = {
        "type": "field_selection",
        "module": {"api_name": "Leads"},
        "field_selection": {"field": {"api_name": "City"}},
    }
    token = {"token": changes["token"]} if "token" in changes else {}
    channel = {
        "channel_id": "1",
        "events": ["Leads.edit"],
        "notify_url": "http://127.0.0.1:1/hook",
        "notification_condition": [{**condition, **changes}],
        **token,
    }
    assert refusal(v8.post("actions/watch", {"watch": [channel]}))["code"] == code


def test_wrong_date_names_its_length_too(v8: Api) -> None:
    details = v8.refused("Leads", Last_Name="Wong", Follow_Up_Date="today")["details"]
    assert (details["maximum_length"], details["expected_data_type"]) == (20, "date")


def test_wrong_owner_has_another_message_in_v2(api: Api) -> None:
    error = api.refused("Leads", Last_Name="Wong", Owner={"id": UNKNOWN})
    assert error["message"] == ("invalid data" if api.is_v2 else "the id given seems to be invalid")
