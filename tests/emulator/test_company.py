"""Currencies, the photo, territories and their users."""

from __future__ import annotations

from .api import Api

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def test_the_demo_organisation_has_several_currencies(api: Api) -> None:
    currencies = api.get("org/currencies").json["currencies"]
    assert [one["iso_code"] for one in currencies if one["is_base"]] == ["EUR"]
    assert api.get("org").json["org"][0]["mc_status"] is True


def test_currencies_are_switched_on_by_the_base_one() -> None:
    api = Api("v8", data="empty")
    assert api.get("org/currencies").status_code == 204
    early = api.post(
        "org/currencies", {"currencies": [{"iso_code": "USD", "exchange_rate": "1.1"}]}
    )
    assert early.json["currencies"][0]["code"] == "NOT_ALLOWED"
    body = {"base_currency": {"iso_code": "CHF", "exchange_rate": "1.0"}}
    enabled = api.post("org/currencies/actions/enable", body)
    assert enabled.status_code == 200, enabled.text
    base_id = enabled.json["base_currency"]["details"]["id"]
    base = api.get(f"org/currencies/{base_id}").json["currencies"][0]
    assert (base["is_base"], base["name"], base["exchange_rate"]) == (
        True,
        "Swiss Franc - CHF",
        "1.000000000",
    )
    assert api.get("org").json["org"][0]["iso_code"] == "CHF"
    again = api.post("org/currencies/actions/enable", body)
    assert again.json["base_currency"]["code"] == "ALREADY_ENABLED"
    offered = api.get("org/currencies/actions/available_currencies").json
    assert "CHF" not in [one["iso_code"] for one in offered["available_currencies"]]


def test_the_base_currency_stays_active_at_the_rate_one(v8: Api) -> None:
    base = v8.get("org/currencies").json["currencies"][0]["id"]
    for change, code in (
        ({"is_active": False}, "NOT_ALLOWED"),
        ({"exchange_rate": "2.0"}, "INVALID_DATA"),
        ({"iso_code": "JPY"}, "NOT_ALLOWED"),
    ):
        answer = v8.put(f"org/currencies/{base}", {"currencies": [change]})
        assert answer.json["currencies"][0]["code"] == code
    looks = {"id": base, "symbol": "EUR", "prefix_symbol": False}
    changed = v8.put("org/currencies/actions/enable", {"base_currency": looks})
    assert changed.status_code == 200, changed.text
    assert v8.get("org").json["org"][0]["currency_symbol"] == "EUR"


def test_unknown_currencies_are_refused(v8: Api) -> None:
    body = {"currencies": [{"iso_code": "XYZ", "exchange_rate": "1.0"}]}
    error = v8.post("org/currencies", body).json["currencies"][0]
    assert error["details"] == {"api_name": "iso_code", "json_path": "$.currencies[0].iso_code"}


def test_the_photo_of_the_organisation(v8: Api) -> None:
    assert v8.get("org/photo").status_code == 204
    assert v8.post("org/photo").json["code"] == "REQUIRED_PARAM_MISSING"
    assert v8.upload("org/photo", ("a.txt", b"text")).json["code"] == "INVALID_DATA"
    answer = v8.upload("org/photo", ("logo.png", PNG))
    assert (answer.status_code, answer.json["message"]) == (200, "photo uploaded successfully")
    assert v8.get("org").json["org"][0]["photo_id"]
    photo = v8.get("org/photo")
    assert (photo.data, photo.content_type) == (PNG, "image/png")
    assert v8.delete("org/photo").status_code == 200
    assert v8.get("org/photo").status_code == 204


def territory(api: Api, name: str) -> str:
    rows = api.get("settings/territories").json["territories"]
    return str(next(row["id"] for row in rows if row["name"] == name))


def test_the_tree_of_territories(v8: Api) -> None:
    europe = territory(v8, "Europe")
    children = v8.get(f"settings/territories/{europe}/__child_territories").json
    assert [one["name"] for one in children["territories"]] == ["Germany", "France"]
    assert children["info"]["count"] == 2
    leaf = territory(v8, "France")
    assert v8.get(f"settings/territories/{leaf}/__child_territories").status_code == 204
    one = v8.get(f"settings/territories/{leaf}").json["territories"][0]
    assert one["reporting_to"] == {"name": "Europe", "id": europe}
    assert "lead_rule_criteria" in one


def test_territories_are_made_moved_and_deleted(v8: Api) -> None:
    europe, overseas = territory(v8, "Europe"), territory(v8, "Overseas")
    body = {
        "name": "Austria",
        "reporting_to": {"id": europe},
        "permission_type": "read_only",
    }
    answer = v8.post("settings/territories", {"territories": [body]})
    assert answer.status_code == 201, answer.text
    new = answer.json["territories"][0]["details"]["id"]
    circle = v8.put(
        f"settings/territories/{europe}", {"territories": [{"reporting_to": {"id": new}}]}
    )
    assert circle.json["territories"][0]["code"] == "INVALID_DATA"
    assert v8.delete(f"settings/territories/{europe}").json["code"] == "NOT_ALLOWED"
    gone = v8.post(
        f"settings/territories/{europe}/actions/transfer_and_delete",
        {"territories": [{"transfer_to_id": overseas}]},
    )
    assert gone.status_code == 200, gone.text
    assert v8.get(f"settings/territories/{europe}").status_code == 204
    moved = v8.get(f"settings/territories/{new}").json["territories"][0]
    assert moved["reporting_to"]["name"] == "Overseas"
    deleted = v8.get("settings/territories/actions/deleted_associated_territories").json
    assert [one["name"] for one in deleted["territories"]] == ["Europe"]
    assert v8.delete(f"settings/territories/{new}").status_code == 200


def test_who_works_in_a_territory(v8: Api) -> None:
    france = territory(v8, "France")
    path = f"settings/territories/{france}/users"
    before = v8.get(path).json["users"]
    assert [one["first_name"] for one in before] == ["Jun"]
    mara = next(iter(v8.org.users))
    answer = v8.put(path, {"users": [{"id": mara}, {"id": "99"}]})
    assert answer.status_code == 207
    assert len(v8.get(path).json["users"]) == 2
    counts = v8.get("settings/territories/actions/associated_users_count").json
    assert {"territory": {"id": france, "name": "France"}, "count": "2"} in counts[
        "associated_users_count"
    ]
    assert v8.get(f"{path}/{mara}").json["users"][0]["id"] == mara
    assert v8.delete(f"{path}/{mara}").status_code == 200
    assert v8.get(f"{path}/{mara}").status_code == 204
    assert v8.put(f"{path}/{mara}").status_code == 200
    removed = v8.delete(path, ids=mara)
    assert removed.json["users"][0]["status"] == "success"


def test_the_territories_of_a_user(v8: Api) -> None:
    user = next(one.id for one in v8.org.users.values() if one.first_name == "Ines")
    path = f"users/{user}/territories"
    rows = v8.get(path).json["territories"]
    assert [row["Name"] for row in rows] == ["Europe", "Germany"]
    assert rows[1]["Reporting_To"]["Name"] == "Europe"
    france = territory(v8, "France")
    assert v8.put(path, {"territories": [{"id": france}]}).status_code == 200
    assert v8.get(f"{path}/{france}").json["territories"][0]["Name"] == "France"
    assert v8.delete(f"{path}/{france}").status_code == 200
    assert v8.delete(f"{path}/{france}").status_code == 400
    assert v8.delete(path, ids=",".join(row["id"] for row in rows)).status_code == 200
    assert v8.get(path).status_code == 204
