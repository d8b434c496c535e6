"""Reads what a body says about a field or a module.

Knows no operation.
"""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.problems import Problem, invalid_data

Item = dict[str, Any]


def required_text(item: Item, name: str, path: str, most: int = 255) -> str:
    """Return a mandatory text. Raises Problem when it is missing, not text or too long."""
    value = item.get(name)
    if value is None or value == "":
        raise Problem(
            "MANDATORY_NOT_FOUND",
            "required field not found",
            details={"api_name": name, "json_path": f"{path}.{name}"},
        )
    if not isinstance(value, str):
        raise invalid_data(api_name=name, expected_data_type="text", json_path=f"{path}.{name}")
    if len(value) > most:
        raise invalid_data(api_name=name, maximum_length=most, json_path=f"{path}.{name}")
    return value
