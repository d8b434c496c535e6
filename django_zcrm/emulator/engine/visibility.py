"""Which records a caller gets to see: some are hidden from a user, new ones may appear late."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.engine.values import stored_moment
from django_zcrm.emulator.state.organisation import Organisation, User
from django_zcrm.emulator.state.store import Record

HIDDEN = "hidden_records"
"""The collection of hidden records: by id, with the ids of the users who do not see them."""


def hide(org: Organisation, user: User, ids: Iterable[str]) -> None:
    """Hide these records from a user, and no others any more."""
    ids = frozenset(ids)
    hidden = org.settings.items(HIDDEN)
    for record_id in {*hidden, *ids}:
        users = {*hidden.get(record_id, {"users": ()})["users"]} - {user.id}
        if record_id in ids:
            users.add(user.id)
        hidden[record_id] = {"id": record_id, "users": sorted(users)}


def is_hidden(org: Organisation, request: Request, record: Record) -> bool:
    """Tell whether a record is hidden from the caller."""
    hidden = org.settings.collections.get(HIDDEN, {}).get(record["id"])
    return hidden is not None and request.user.id in hidden["users"]


def visible(org: Organisation, request: Request, rows: Iterable[Record]) -> Iterable[Record]:
    """Return the rows that lists and queries show the caller."""
    test = visibility_test(org, request)
    return rows if test is None else filter(test, rows)


def visibility_test(org: Organisation, request: Request) -> Callable[[Record], bool] | None:
    """Return the predicate for what lists and queries show; None if that is everything."""
    since = _ago(org, org.row_lag)
    if since is None and not org.settings.collections.get(HIDDEN):
        return None

    def test(record: Record) -> bool:
        is_late = since is not None and record["Created_Time"] > since
        return not is_late and not is_hidden(org, request, record)

    return test


def indexed(org: Organisation, rows: Iterable[Record]) -> Iterable[Record]:
    """Return the rows that the search index knows: not what was written a moment ago."""
    since = _ago(org, org.search_lag)
    return rows if since is None else (row for row in rows if row["Modified_Time"] <= since)


def _ago(org: Organisation, seconds: float) -> str | None:
    return stored_moment(org.clock.now() - timedelta(seconds=seconds)) if seconds else None
