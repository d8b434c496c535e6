"""The roles of contacts, and of the contacts of deals."""

from __future__ import annotations

from .api import Api


def test_role_of_a_contact_is_set_on_a_deal(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        roles = api.get("Contacts/roles").json["contact_roles"]
        role = {"name": roles[0]["name"], "id": roles[0]["id"]}
        deal, contact = api.first_id("Deals"), api.first_id("Contacts")
        value = role["name"] if api.is_v2 else {"id": role["id"]}
        path = f"Deals/{deal}/Contact_Roles"
        api.put(f"{path}/{contact}", {"data": [{"Contact_Role": value}]})
        row = api.rows(path, "Full_Name")[0]
        assert row["id"] == contact
        assert row["Contact_Role"] == (role["name"] if api.is_v2 else role)
        bad = api.put(f"{path}/{contact}", {"data": [{"Contact_Role": "Onlooker"}]})
        assert bad.json["data"][0]["code"] == "INVALID_DATA"


def test_contact_roles_are_created_changed_and_listed(v8: Api) -> None:
    made = v8.post("Contacts/roles", {"contact_roles": [{"name": "Sponsor"}, {}]})
    assert made.status_code == 207
    assert made.json["contact_roles"][0]["message"] == "contact role added"
    role = made.json["contact_roles"][0]["details"]["id"]
    v8.put(f"Contacts/roles/{role}", {"contact_roles": [{"name": "Patron"}]})
    v8.put("Contacts/roles", {"contact_roles": [{"id": role, "sequence_number": 0}]})
    first = v8.get("Contacts/roles").json["contact_roles"][0]
    assert first == {"id": role, "name": "Patron", "sequence_number": 0}
    assert v8.get(f"Contacts/roles/{role}").json["contact_roles"] == [first]
    assert v8.delete(f"Contacts/roles/{role}").status_code == 200
    assert v8.get(f"Contacts/roles/{role}").status_code == 204
    assert v8.delete("Contacts/roles", ids=role).status_code == 400
