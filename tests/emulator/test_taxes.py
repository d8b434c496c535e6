"""Taxes of the organisation, as Zoho's SDKs read and write them."""

from __future__ import annotations

import pytest

from .api import Api, Item


def taxes(api: Api) -> list[Item]:
    body = api.get("org/taxes").json
    taxes: list[Item] = (body if api.is_v2 else body["org_taxes"])["taxes"]
    return taxes


def test_taxes_of_a_new_organisation_are_listed(api: Api) -> None:
    first, *_ = taxes(api)

    assert set(first) == {"id", "name", "value", "display_label", "sequence_number"}
    tax = api.get(f"org/taxes/{first['id']}").json
    assert (tax if api.is_v2 else tax["org_taxes"])["taxes"] == [first]
    assert api.get("org/taxes/3652397000009999999").status_code == 204


def test_taxes_in_v2_are_written_one_by_one(v2: Api) -> None:
    made = v2.post("org/taxes", {"taxes": [{"name": "Luxury", "value": 21.5}, {"name": "None"}]})
    added, refused = made.json["taxes"]
    assert (added["message"], refused["code"]) == ("tax added", "MANDATORY_NOT_FOUND")
    tax_id = added["details"]["id"]

    v2.put("org/taxes", {"taxes": [{"id": tax_id, "value": 22}]})
    assert [tax["value"] for tax in taxes(v2) if tax["id"] == tax_id] == [22.0]

    assert v2.delete("org/taxes", ids=tax_id).json["taxes"][0]["message"] == "tax deleted"
    assert tax_id not in [tax["id"] for tax in taxes(v2)]


def test_taxes_in_one_body_change_all_or_none(v8: Api) -> None:
    vat, other = taxes(v8)
    tax_body = {
        "taxes": [{"id": vat["id"], "value": 20}, {"id": other["id"], "_delete": True}],
        "preference": {"auto_populate_tax": True},
    }
    assert v8.put("org/taxes", {"org_taxes": tax_body}).json["org_taxes"]["code"] == "SUCCESS"
    [left] = taxes(v8)
    assert (left["id"], left["value"]) == (vat["id"], 20.0)
    assert v8.get("org/taxes").json["org_taxes"]["preference"]["auto_populate_tax"] is True

    half_wrong = {"taxes": [{"id": vat["id"], "value": 1}, {"name": "Both", "value": 101}]}
    assert v8.put("org/taxes", {"org_taxes": half_wrong}).status_code == 400
    assert taxes(v8) == [left]


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_operation_of_sdks_only_returns_501_with_its_name(v8: Api, method: str) -> None:
    path = "/crm/email/v8/settings/compose/configuration_options"
    answer = v8.caller.request(method, path, json={})

    assert answer.status_code == 501
    assert "configuration_options" in answer.json["details"]["operation"]


@pytest.mark.parametrize(
    ("version", "method", "path"),
    [("v5", "GET", "settings/webforms"), ("v8", "POST", "org/taxes")],
)
def test_path_in_an_older_version_is_unknown(version: str, method: str, path: str) -> None:
    assert Api(version).send(method, path, {}).status_code in (400, 404)


def test_calls_of_older_sdks_are_served(v2: Api) -> None:
    v7 = Api("v7")
    lead = v7.create("Leads", Last_Name="Gone")
    v7.delete(f"Leads/{lead}")
    assert lead in [row["id"] for row in v7.get("settings/recycle_bin").json["recycle_bin"]]

    renamed = v2.put("settings/modules/Leads", {"modules": [{"plural_label": "Prospects"}]})
    assert renamed.json["modules"][0]["code"] == "SUCCESS"
    assert v2.send("PATCH", "actions/watch", {"watch": [{"channel_id": "1"}]}).status_code != 404
