"""Settings, by the example of variables."""

from __future__ import annotations

from typing import Any

from ..answers import Answer, Unexpected, Unknown
from ..lab import MARK, Lab
from ..registry import probe


def _create(lab: Lab, name: str, **values: Any) -> Answer:
    """Try to create a variable."""
    groups = lab.once("groups", lambda: lab.ask("GET", "settings/variable_groups").check().rows)
    if not groups:
        raise Unknown("the organisation has no group of variables")
    variable = {
        "name": f"{MARK} {name}",
        "api_name": f"zcrm_probe_{name}",
        "type": "integer",
        "value": "7",
        "variable_group": {"id": groups[0]["id"]},
        **values,
    }
    answer = lab.ask("POST", "settings/variables", {"variables": [variable]})
    if answer.is_ok:
        lab.journal.note_created("variables", answer.id)
    return answer


def _variable(lab: Lab) -> str:
    return lab.once("variable", lambda: _create(lab, "first").check().id)


@probe("settings.unknown-path-id")
def change_unknown(lab: Lab) -> str:
    """Change a variable that does not exist."""
    path = f"settings/variables/{lab.unknown_id}"
    answer = lab.ask("PUT", path, {"variables": [{"value": "1"}]})
    return answer.by_code({code: code for code in ("INVALID_DATA", "RESOURCE_NOT_FOUND")})


@probe("settings.unknown-keys")
def send_unknown_key(lab: Lab) -> str:
    """Create a variable with a key that does not exist."""
    return _create(lab, "second", zcrm_probe=1).either("ignored", "refused")


@probe("settings.name-in-use")
def repeat_name(lab: Lab) -> str:
    """Create a variable whose name is in use."""
    _variable(lab)
    answer = _create(lab, "first")
    if answer.code != "DUPLICATE_DATA":
        raise answer.make_unexpected()
    return "with-id" if "id" in answer.details else "without-id"


@probe("settings.variables")
def read_number(lab: Lab) -> str:
    """Read the value of a variable that is a number."""
    row = lab.ask("GET", f"settings/variables/{_variable(lab)}").check().rows[0]
    if isinstance(row.get("value"), str):
        return "text"
    if isinstance(row.get("value"), int):
        return "typed"
    raise Unexpected("another type")


@probe("settings.no-territories")
def list_territories(lab: Lab) -> str:
    """List the territories of an organisation that has none."""
    answer = lab.ask("GET", "settings/territories")
    if answer.is_ok and answer.rows:
        raise Unknown("the organisation has territories")
    return answer.by_code({"204": "no-content", "TERRITORY_NOT_ENABLED": "refused"})
