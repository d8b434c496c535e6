"""The participants of a meeting: users, contacts, leads, and other people by e-mail address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core import Refusal
from ..state import Organisation
from .values import JSONPath

MAX_PARTICIPANTS = 50
"""Per meeting (Zoho docs v7 insert-records)."""
_MODULES = {"contact": "Contacts", "lead": "Leads"}
TYPES = ("user", "email", *_MODULES)


def parse_participants(org: Organisation, value: Any, path: JSONPath) -> list[dict[str, Any]]:
    """Return the stored participants. Raises Refusal for one that does not exist, or too many."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise path.invalid(expected_data_type="jsonarray")
    if len(value) > MAX_PARTICIPANTS:
        raise Refusal(
            "LIMIT_EXCEEDED",
            "the number of participants exceeds the limit",
            details=path.details(limit=MAX_PARTICIPANTS),
        )
    return [_parse(org, item, path.child(index)) for index, item in enumerate(value)]


def _parse(org: Organisation, item: Any, path: JSONPath) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise path.invalid(expected_data_type="jsonobject")
    for key in ("type", "participant"):
        if item.get(key) is None:
            raise path.child(key).missing()
    kind, participant = item["type"], str(item["participant"])
    if kind not in TYPES:
        raise path.child("type").invalid()
    exists = (
        "@" in participant
        if kind == "email"
        else participant in org.users
        if kind == "user"
        else org.records.homes.get(participant) == _MODULES[kind]
    )
    if not exists:
        raise path.child("participant").invalid("the id given seems to be invalid")
    return {"id": org.ids.next(), "type": kind, "participant": participant}


def render_participants(
    org: Organisation, participants: Iterable[dict[str, Any]], *, invited: bool = False
) -> list[dict[str, Any]]:
    """Return participants as records show them."""
    return [
        {
            **_describe(org, item["type"], item["participant"]),
            **item,
            "invited": invited,
            "status": "not_known",
        }
        for item in participants
    ]


def _describe(org: Organisation, kind: str, participant: str) -> dict[str, Any]:
    if kind == "email":
        return {"name": None, "Email": participant}
    if kind == "user":
        user = org.users.get(participant)
        return {"name": user and user.full_name, "Email": user and user.email}
    record = org.records.get(participant) or {}
    return {"name": record.get("Full_Name"), "Email": record.get("Email")}
