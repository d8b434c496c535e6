"""Which records a caller gets to see: some are hidden from a user, new ones may appear late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.engine.criteria import Test, joined
from django_zcrm.emulator.engine.sharing import RecordAction, access_test
from django_zcrm.emulator.engine.values import stored_moment
from django_zcrm.emulator.state.module import Module
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


def is_hidden(org: Organisation, request: Request, module: Module, record: Record) -> bool:
    """Tell whether the caller does not get to see a record."""
    may_see = access_test(org, request.user, module)
    return _is_kept_from(org, request, record) or not (may_see is None or may_see(record))


def _is_kept_from(org: Organisation, request: Request, record: Record) -> bool:
    hidden = org.settings.collections.get(HIDDEN, {}).get(record["id"])
    return hidden is not None and request.user.id in hidden["users"]


def visible(
    org: Organisation, request: Request, module: Module, rows: Iterable[Record]
) -> Iterable[Record]:
    """Return the rows of a module that lists and queries show the caller."""
    test = visibility_test(org, request, module)
    return rows if test is None else filter(test, rows)


def visibility_test(org: Organisation, request: Request, module: Module) -> Test | None:
    """Return the predicate for what lists and queries show; None if that is everything."""
    tests: list[Test] = []
    since = _moment_ago(org, org.row_lag)
    if since is not None:
        tests.append(lambda record: record["Created_Time"] <= since)
    if org.settings.collections.get(HIDDEN):
        tests.append(lambda record: not _is_kept_from(org, request, record))
    may_see = access_test(org, request.user, module)
    if may_see is not None:
        tests.append(may_see)
    return joined("and", tests) if tests else None


def require(
    org: Organisation, request: Request, module: Module, record: Record, action: RecordAction
) -> None:
    """Raise Problem NO_PERMISSION when the caller may not do this to a record."""
    may = access_test(org, request.user, module, action)
    if may is not None and not may(record):
        raise Problem(
            "NO_PERMISSION", "permission denied", 403, {"id": record["id"], "action": action}
        )


def indexed(org: Organisation, rows: Iterable[Record]) -> Iterable[Record]:
    """Return the rows that the search index knows: not what was written a moment ago."""
    since = _moment_ago(org, org.search_lag)
    return rows if since is None else (row for row in rows if row["Modified_Time"] <= since)


def _moment_ago(org: Organisation, seconds: float) -> str | None:
    return stored_moment(org.clock.now() - timedelta(seconds=seconds)) if seconds else None
