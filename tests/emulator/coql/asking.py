"""Shorthand for COQL in tests: send a query, read its rows."""

from __future__ import annotations

from typing import Any

from ..caller import Caller


def create(caller: Caller, module: str, rows: list[dict[str, Any]]) -> list[str]:
    """Insert records and return their ids."""
    answer = caller.post(f"/crm/v8/{module}", {"data": rows})
    assert answer.status_code == 201, answer.text
    return [item["details"]["id"] for item in answer.json["data"]]


def ask(caller: Caller, text: str, version: str = "v8", **more: Any) -> Any:
    """The answer to a query."""
    return caller.post(f"/crm/{version}/coql", {"select_query": text, **more})


def query(caller: Caller, text: str, version: str = "v8", **more: Any) -> dict[str, Any]:
    """The body of the answer to a query that finds something."""
    answer = ask(caller, text, version, **more)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json
    return body


def names(
    caller: Caller, condition: str, module: str = "Accounts", column: str = "Account_Name"
) -> list[str]:
    """One column of the rows that satisfy a condition."""
    answer = ask(caller, f"select {column} from {module} where {condition}")  # noqa: S608
    assert answer.status_code in (200, 204), answer.text
    return [row[column] for row in answer.json["data"]] if answer.status_code == 200 else []
