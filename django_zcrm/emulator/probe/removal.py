"""Removes the objects of probes: all in the journal, and all with the mark."""

from __future__ import annotations

from collections.abc import Iterable

from .answers import Answer, Unknown
from .lab import MARK, NAMES, BudgetReached, Lab

_AT_ONCE = 50


def remove_all(lab: Lab) -> list[str]:
    """Remove everything; return the modules and settings that may have objects left.

    Deleted records are removed from the recycle bin as well.
    """
    lab.release_reserve()
    remaining: dict[str, None] = {}
    things: dict[str, set[str]] = {}
    for kind, thing in lab.journal.things:
        things.setdefault(kind, set()).add(thing)
    deleted: list[str] = []
    for kind in _kinds(things):
        ids = things.get(kind, set())
        try:
            ids |= set(_find_marked(lab, kind))
        except (BudgetReached, Unknown):
            remaining[kind] = None
        if not _delete(lab, kind, sorted(ids)):
            remaining[kind] = None
        if kind in NAMES:
            deleted += sorted(ids)
    if not _delete(lab, "recycle_bin", deleted):
        remaining["recycle bin"] = None
    return list(remaining)


def _kinds(things: Iterable[str]) -> list[str]:
    """Return the kinds to search: notes first, since they are deleted with their parents."""
    records = sorted(NAMES, key=lambda module: module != "Notes")
    return [*records, "tags", "variables", *(["watch"] if "watch" in things else [])]


def _find_marked(lab: Lab, kind: str) -> list[str]:
    if kind == "watch":
        return []
    if kind in ("tags", "variables"):
        params = {"module": "Leads"} if kind == "tags" else None
        rows = lab.ask("GET", f"settings/{kind}", params=params).rows
        return [str(row["id"]) for row in rows if str(row.get("name", "")).startswith(MARK)]
    if kind == "Notes":
        return []  # they are deleted with their parents
    answer = lab.query(
        f"select id from {kind} where {NAMES[kind]} like '{MARK}%' limit 200"  # noqa: S608 - COQL
    )
    answer.either("found", "no such module")
    return [str(row["id"]) for row in answer.rows if "id" in row]


def _delete(lab: Lab, kind: str, ids: list[str]) -> bool:
    """Delete things; return whether they are gone."""
    requests: list[tuple[str, dict[str, str]]] = []
    if kind in ("tags", "variables"):
        requests += ((f"settings/{kind}/{each}", {}) for each in ids)
    for at in range(0, len(ids), _AT_ONCE):
        part = ",".join(ids[at : at + _AT_ONCE])
        if kind == "watch":
            requests.append(("actions/watch", {"channel_ids": part}))
        elif kind == "recycle_bin":
            requests.append(("settings/recycle_bin", {"ids": part}))
        elif kind in NAMES:
            requests.append((kind, {"ids": part, "wf_trigger": "false"}))
    try:
        answers = [lab.ask("DELETE", path, params=params) for path, params in requests]
    except (BudgetReached, Unknown):
        return False
    return all(map(_is_gone, answers))


def _is_gone(answer: Answer) -> bool:
    """Return whether an object is gone after a deletion: deleted now or before."""
    codes = {str(item["code"]) for item in answer.items} or {answer.code}
    return codes <= {"", "SUCCESS", "INVALID_DATA", "NOT_SUBSCRIBED"} and (
        answer.status < 500 and answer.status not in (401, 403, 429)
    )
