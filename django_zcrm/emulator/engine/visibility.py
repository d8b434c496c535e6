"""Filters the records that a caller can see: some are hidden, new ones may appear late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from ..core import Refusal, Request
from ..state import Module, Organisation, StoredRecord, User
from .criteria import Test, join_tests
from .sharing import RecordAction, access_test
from .values import format_moment

HIDDEN = "hidden_records"
"""The collection of hidden records: by id, with the ids of the users who do not see them."""


def hide(org: Organisation, user: User, ids: Iterable[str]) -> None:
    """Hide exactly these records from a user."""
    ids = frozenset(ids)
    hidden = org.settings.items(HIDDEN)
    for record_id in {*hidden, *ids}:
        users = {*hidden.get(record_id, {"users": ()})["users"]} - {user.id}
        if record_id in ids:
            users.add(user.id)
        hidden[record_id] = {"id": record_id, "users": sorted(users)}


def is_hidden(org: Organisation, request: Request, module: Module, record: StoredRecord) -> bool:
    """Return whether a record is hidden from the caller."""
    may_see = access_test(org, request.user, module)
    return _is_kept_from(org, request, record) or not (may_see is None or may_see(record))


def find_visible(
    org: Organisation, request: Request, module: Module, record_id: str
) -> StoredRecord | None:
    """Return the record with this id; None if it is unknown or hidden from the caller."""
    record: StoredRecord | None = org.records.table(module.api_name).get(record_id)
    return None if record is None or is_hidden(org, request, module, record) else record


def _is_kept_from(org: Organisation, request: Request, record: StoredRecord) -> bool:
    hidden = org.settings.collections.get(HIDDEN, {}).get(record["id"])
    return hidden is not None and request.user.id in hidden["users"]


def filter_visible(
    org: Organisation, request: Request, module: Module, rows: Iterable[StoredRecord]
) -> Iterable[StoredRecord]:
    """Return the rows of a module that lists and queries return to the caller."""
    test = visibility_test(org, request, module)
    return rows if test is None else filter(test, rows)


def visibility_test(org: Organisation, request: Request, module: Module) -> Test | None:
    """Return the predicate for rows in lists and queries; None if all rows are visible."""
    tests: list[Test] = []
    since = _moment_ago(org, org.row_lag)
    if since is not None:
        tests.append(lambda record: record["Created_Time"] <= since)
    if org.settings.collections.get(HIDDEN):
        tests.append(lambda record: not _is_kept_from(org, request, record))
    may_see = access_test(org, request.user, module)
    if may_see is not None:
        tests.append(may_see)
    return join_tests("and", tests) if tests else None


def require(
    org: Organisation, request: Request, module: Module, record: StoredRecord, action: RecordAction
) -> None:
    """Raise Refusal NO_PERMISSION when the caller may not do this to a record."""
    may = access_test(org, request.user, module, action)
    if may is not None and not may(record):
        raise Refusal(
            "NO_PERMISSION", "permission denied", 403, {"id": record["id"], "action": action}
        )


def filter_indexed(org: Organisation, rows: Iterable[StoredRecord]) -> Iterable[StoredRecord]:
    """Return the rows in the search index, without recent changes."""
    since = _moment_ago(org, org.search_lag)
    return rows if since is None else (row for row in rows if row["Modified_Time"] <= since)


def _moment_ago(org: Organisation, seconds: float) -> str | None:
    if not seconds:
        return None
    passed = min(seconds, org.clock.time())  # since 1970 at most
    return format_moment(org.clock.now() - timedelta(seconds=passed))
