"""Variables of the organisation."""

from __future__ import annotations

import re

from ..core import Refusal, Request, Routes
from ..engine.settings import SETTINGS, collection, keys
from ..engine.values import JSONPath, parse_date
from ..guesses import behaves
from ..state import Item, Organisation

routes = Routes()

_API_NAME = r"[A-Za-z]\w{0,99}"

_FITS = {
    "integer": lambda text: re.fullmatch(r"-?\d{1,9}", text) is not None,
    "long": lambda text: re.fullmatch(r"-?\d{1,18}", text) is not None,
    **dict.fromkeys(
        ("double", "float", "percent", "currency"),
        lambda text: re.fullmatch(r"-?\d+(\.\d+)?", text) is not None,
    ),
    **dict.fromkeys(("boolean", "checkbox"), lambda text: text in ("true", "false")),
    "date": lambda text: parse_date(text) is not None,
}


def check_variable(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that the value has the variable's type; it is stored and shown as text."""
    value = values.get("value")
    if value is None:
        return
    variable_type = values.get("type") or (before or {})["type"]
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, dict | list) or not _FITS.get(variable_type, lambda text: True)(text):
        raise path.child("value").invalid(expected_data_type=variable_type)
    typed = variable_type == "integer" and behaves("settings.variables", "typed")
    values["value"] = int(text) if typed else text


def is_in_group(org: Organisation, item: Item, name: str) -> bool:
    """Return whether a variable is in the group with this id or name."""
    group = org.settings.items("variable_groups")[item["variable_group"]]
    return name in (group["id"], group["api_name"], group["name"])


def check_type_unchanged(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Refuse a change of an existing variable's type, then check the value."""
    if before is not None and values.get("type", before["type"]) != before["type"]:
        raise Refusal(
            "NOT_ALLOWED",
            "the type of a variable cannot be changed",
            details=path.child("type").details(),
        )
    check_variable(org, request, values, before, path)


VARIABLES = collection(
    routes,
    "/settings/variables",
    methods="GET POST PUT DELETE",
    item="{id} GET PUT DELETE",
    scope=f"{SETTINGS}.variables",
    messages="variable {verb} successfully",
    audit=(),
    lookup_key="api_name",
    filters={"group": is_in_group},
    unique=("api_name", "name"),
    keys={
        "name": keys.Text(50, required=True),
        "api_name": keys.Text(100, _API_NAME, required=True),
        "type": keys.one_of(
            "text",
            "textarea",
            "integer",
            "long",
            "double",
            "float",
            "percent",
            "currency",
            "boolean",
            "checkbox",
            "date",
            "datetime",
            "email",
            "phone",
            "website",
            required=True,
        ),
        "variable_group": keys.Reference(
            "variable_groups", ("name", "api_name", "id"), required=True
        ),
        "value": keys.Anything(),
        "description": keys.Text(1000),
        "read_only": keys.Flag(read_only=True, default=False),
        "source": keys.Text(read_only=True, default="crm"),
    },
    check=check_type_unchanged,
    demo_items=lambda org: [
        {
            "name": name,
            "api_name": name.replace(" ", "_"),
            "type": variable_type,
            "value": value,
            "variable_group": {"api_name": group},
        }
        for name, variable_type, value, group in (
            ("VAT Rate", "float", "19.0", "General"),
            ("Support Mail", "email", "support@brightwater.example", "General"),
            ("Free Shipping From", "integer", "100", "Shop"),
            ("Shop Open", "boolean", "true", "Shop"),
        )
    ],
)
