"""Currencies: enabling several, the base currency, exchange rates (docs v8 currencies)."""

from __future__ import annotations

from typing import Any

from ..core import JsonResponse, Refusal, Request, Response, Routes, dialect, success
from ..engine.settings import SETTINGS, Messages, collection, keys, writing
from ..engine.settings.errors import not_allowed
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.currencies")

_ENABLED = (
    "The multi-currency feature is enabled and given currency is created as the base currency."
)
_RATE = r"\d{1,9}(\.\d{1,9})?"
_ENABLE = "/crm/{version}/org/currencies/actions/enable"
_SCOPE = f"{SETTINGS}.currencies"

#: ISO code, name, symbol, decimal places.
AVAILABLE = (
    ("AED", "UAE Dirham", "AED", 2),
    ("AUD", "Australian Dollar", "A$", 2),
    ("BRL", "Brazilian Real", "R$", 2),
    ("CAD", "Canadian Dollar", "C$", 2),
    ("CHF", "Swiss Franc", "CHF", 2),
    ("CNY", "Chinese Yuan", "CN¥", 2),
    ("CZK", "Czech Koruna", "Kč", 2),
    ("DKK", "Danish Krone", "kr", 2),
    ("EUR", "Euro", "€", 2),
    ("GBP", "British Pound", "£", 2),
    ("INR", "Indian Rupee", "₹", 2),
    ("JPY", "Japanese Yen", "¥", 0),
    ("MXN", "Mexican Peso", "MX$", 2),
    ("NOK", "Norwegian Krone", "kr", 2),
    ("NZD", "New Zealand Dollar", "NZ$", 2),
    ("PLN", "Polish Zloty", "zł", 2),
    ("SAR", "Saudi Riyal", "SR", 2),
    ("SEK", "Swedish Krona", "kr", 2),
    ("SGD", "Singapore Dollar", "S$", 2),
    ("USD", "US Dollar", "$", 2),
    ("ZAR", "South African Rand", "R", 2),
)
_NAMES = {code: (name, symbol, places) for code, name, symbol, places in AVAILABLE}


def check_currency(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check the code, and that the base currency stays active at the rate 1."""
    items = org.settings.items("currencies")
    if before is None:
        if not items:
            raise not_allowed("the multi-currency feature is not enabled")
        _describe(values, path)
        return
    code = values.get("iso_code")
    if code is not None and code != before["iso_code"]:
        raise not_allowed(
            "the iso code of a currency cannot be changed", **_details_of(path, "iso_code")
        )
    if before["is_base"]:
        if values.get("is_active") is False:
            child = _details_of(path, "is_active")
            raise not_allowed("the base currency cannot be deactivated", **child)
        if float(values.get("exchange_rate") or 1) != 1:
            raise path.child("exchange_rate").invalid()


def _details_of(path: JSONPath, name: str) -> dict[str, Any]:
    return path.child(name).details()


def _describe(values: Item, path: JSONPath) -> None:
    """Fill in name, symbol and format of a new currency. Raises Refusal for an unknown code."""
    if values["iso_code"] not in _NAMES:
        raise path.child("iso_code").invalid()
    name, symbol, places = _NAMES[values["iso_code"]]
    values["name"] = values.get("name") or f"{name} - {values['iso_code']}"
    values["symbol"] = values.get("symbol") or symbol
    values["format"] = {
        "decimal_separator": "Period",
        "thousand_separator": "Comma",
        "decimal_places": str(places),
        "numeral_system": "International",
        **(values.get("format") or {}),
    }


def _demo_currency(code: str, rate: str, **more: Any) -> Item:
    values: Item = {"iso_code": code, "exchange_rate": rate, "is_active": True, **more}
    _describe(values, JSONPath(dialect(8), "currencies", "$"))
    return values


CURRENCIES = collection(
    routes,
    "/org/currencies",
    methods="GET POST PUT",
    item="{id} GET PUT",
    scope=_SCOPE,
    messages=Messages(
        "The currency created successfully.", "The currency updated successfully.", ""
    ),
    created=200,
    unique=("iso_code",),
    keys={
        "iso_code": keys.Text(3, required=True),
        "exchange_rate": keys.Text(19, _RATE, required=True),
        "name": keys.Text(100),
        "symbol": keys.Text(50),
        "is_active": keys.Flag(default=True),
        "prefix_symbol": keys.Flag(default=True),
        "exchange_rate_auto_update": keys.Flag(default=False),
        "format": keys.shape(
            decimal_separator=keys.one_of("Period", "Comma"),
            thousand_separator=keys.one_of("Period", "Comma", "Space"),
            decimal_places=keys.one_of("0", "2", "3", "4", "5", "6"),
            numeral_system=keys.one_of("Indian", "International"),
        ),
        "is_base": keys.Flag(read_only=True, default=False),
        "exchange_rate_updated_time": keys.Moment(read_only=True),
    },
    check=check_currency,
    demo_items=lambda org: [
        _demo_currency("EUR", "1.000000000", is_base=True),
        _demo_currency("USD", "1.084000000"),
        _demo_currency("GBP", "0.853000000"),
        _demo_currency("CHF", "0.947000000", is_active=False),
    ],
)


def base_currency(org: Organisation) -> Item | None:
    """Return the base currency, or None while there is only one currency."""
    currencies = org.settings.items("currencies").values()
    return next((currency for currency in currencies if currency["is_base"]), None)


@routes.route("GET", "/crm/{version}/org/currencies/actions/available_currencies", versions=(3, 8))
def list_available_currencies(org: Organisation, request: Request) -> Item:
    """Return the currencies that can still be added."""
    used = {currency["iso_code"] for currency in org.settings.items("currencies").values()}
    return {
        "available_currencies": [
            {
                "iso_code": code,
                "display_name": f"{name} - {code}",
                "display_value": f"{name} - {code}",
                "symbol": symbol,
                "decimal_separator": "Period",
                "thousand_separator": "Comma",
                "decimal_places": str(places),
            }
            for code, name, symbol, places in AVAILABLE
            if code not in used
        ]
    }


@routes.route("POST", _ENABLE)
def enable(org: Organisation, request: Request) -> Response:
    """Enable multiple currencies, with the base currency of the body."""
    items = org.settings.items("currencies")

    def make(body: Item, path: JSONPath) -> Item:
        if items:
            raise Refusal("ALREADY_ENABLED", "the multi-currency feature is enabled already")
        values = writing.read(org, CURRENCIES, body, None, path)
        _describe(values, path)
        values |= {"is_base": True, "is_active": True, "exchange_rate": "1.000000000"}
        return values | {"id": org.ids.next()}

    return _write_base(org, request, make, _ENABLED)


@routes.route("PUT", _ENABLE)
def update_base(org: Organisation, request: Request) -> Response:
    """Change the formatting of the base currency; the currency itself stays."""

    def change(body: Item, path: JSONPath) -> Item:
        base = base_currency(org)
        if base is None:
            raise not_allowed("the multi-currency feature is not enabled")
        if str(body.get("id", base["id"])) != base["id"]:
            raise path.child("id").unknown_id()
        values = writing.read(org, CURRENCIES, body, base, path)
        check_currency(org, request, values, base, path)
        return base | values

    return _write_base(org, request, change, CURRENCIES.messages.updated)


def _write_base(org: Organisation, request: Request, work: Any, message: str) -> Response:
    path = JSONPath(dialect(request.version), "base_currency", "$.base_currency")
    body = request.json_object().get("base_currency")
    if body is None:
        raise path.missing()
    if not isinstance(body, dict):
        raise path.invalid(expected_data_type="jsonobject")
    items = org.settings.items("currencies")
    try:
        item = work(body, path)
    except Refusal as refusal:
        return JsonResponse({"base_currency": refusal.body}, refusal.status)
    item = writing.add_stamp(org, request, item, items.get(item["id"]))
    items[item["id"]] = item
    org.info |= {
        "currency": item["name"],
        "currency_symbol": item["symbol"],
        "iso_code": item["iso_code"],
    }
    return JsonResponse({"base_currency": success(message, {"id": item["id"]})})
