"""Currencies: enabled, active, the base one."""

from __future__ import annotations

from .api import Api


def test_demo_organisation_has_several_currencies(api: Api) -> None:
    currencies = api.get("org/currencies").json["currencies"]
    assert [currency["iso_code"] for currency in currencies if currency["is_base"]] == ["EUR"]
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
    assert "CHF" not in [currency["iso_code"] for currency in offered["available_currencies"]]


def test_base_currency_stays_active_at_the_rate_one(v8: Api) -> None:
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
