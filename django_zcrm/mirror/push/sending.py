"""Sends a batch of changes, and returns the result of each.

This module stores nothing. A batch that Zoho refuses as a whole is split until the failing change
is found. If the response is lost, the changes are in doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from ...exceptions import ApiError, ConfigurationError, Invalid, Limited, ZCRMError, ZohoError
from ...reasons import reason, reason_of
from ...zoho.operations.results import BatchResult, Outcome
from ...zoho.query.write.operation import encoding_error, is_in_doubt, is_transient
from ..declared_fields import organisation_fields
from ..leased_mirror import LeasedMirror
from ..stored import moment_or_none
from .changes import Change, replace

LOCKED = frozenset({"RECORD_LOCKED"})
"""Error codes of a record that a user of Zoho has to release."""

GONE_MODULE = "INVALID_MODULE"
"""The error code of a module that was renamed or is hidden."""


@dataclass(frozen=True)
class Sent:
    """The changes of a request with their results.

    `lost` is the error of a request without a response; `stop` an error that prevents all further
    requests for now.
    """

    changes: tuple[Change, ...]
    lost: ZCRMError | None = None
    stop: ZCRMError | None = None


def call_of(mirror: LeasedMirror, change: Change) -> str:
    """Return the call that sends a change: its operation, or "upsert" for a matched creation."""
    is_matched = bool(mirror.target.match_on and change.match_value)
    return "upsert" if change.operation == "create" and is_matched else change.operation


def send(mirror: LeasedMirror, call: str, changes: Sequence[Change]) -> Sent:
    """Send at most 100 changes with one call, and return their results."""
    results: list[Change] = []
    lost: ZCRMError | None = None
    parts = [list(changes)]
    while parts:
        part = parts.pop()
        try:
            outcomes = _call(mirror, call, part)
        except ZCRMError as error:
            if is_in_doubt(error):
                lost = error
                results += [change.doubt(reason_of(error)) for change in part]
            elif _concerns_all_changes(error, part):
                waiting = [change for rest in (part, *reversed(parts)) for change in rest]
                results += [_wait(change, error) for change in waiting]
                return Sent(tuple(results), lost, stop=error)
            elif len(part) == 1:
                results.append(part[0].refuse(reason_of(error)))
            else:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
        else:
            results += [
                _apply_outcome(change, outcome)
                for change, outcome in zip(part, outcomes, strict=True)
            ]
    return Sent(tuple(results), lost)


def _call(mirror: LeasedMirror, call: str, changes: Sequence[Change]) -> BatchResult:
    records, module = mirror.crm.records, mirror.state.module
    if call == "delete":
        return records.delete(module, [change.zoho_id for change in changes])
    fields = organisation_fields(mirror)
    rows: list[dict[str, Any]] = [fields.to_organisation(change.changed) for change in changes]
    if call == "update":
        for row, change in zip(rows, changes, strict=True):
            row["id"] = change.zoho_id
        return records.update(module, rows)
    if call == "upsert":
        match_on = fields.names.get(mirror.target.match_on, mirror.target.match_on)
        for row, change in zip(rows, changes, strict=True):
            row.setdefault(match_on, change.match_value)
        return records.upsert(module, rows, duplicate_check_fields=[match_on])
    return records.create(module, rows)


def _concerns_all_changes(error: ZCRMError, changes: Sequence[Change]) -> bool:
    """Whether an error is independent of the records that were sent."""
    if isinstance(error, ZohoError) and not error.sent:  # there was no token, or no connection
        return True
    if isinstance(error, Invalid):
        return error.field == "duplicate_check_fields" or error.code == GONE_MODULE
    if isinstance(error, ConfigurationError):  # of a setting, or of a value
        return not any(encoding_error(change.changed) for change in changes)
    return True


def _wait(change: Change, error: ZCRMError) -> Change:
    """Return a change that was not sent because of an error about all calls."""
    seconds = error.retry_after if isinstance(error, Limited) else None
    return change.wait(reason_of(error), seconds)


def _apply_outcome(change: Change, outcome: Outcome) -> Change:
    """Return a change with the result that Zoho returned for it."""
    error = outcome.error
    if error is None:
        modified = moment_or_none(outcome.details.get("Modified_Time"))
        is_found = change.operation == "create" and outcome.action == "update"
        return change.accept(outcome.id, modified, is_found=is_found)
    why = reason_of(error)
    if change.operation == "delete" and outcome.code == "INVALID_DATA":
        # An export with a later time shows that Zoho's users have restored the record since.
        read_at = change.record_time or timezone.now()
        base = {"Modified_Time": read_at.isoformat(), **change.base}
        return replace(change, base=base).accept(why=reason("was_gone"))
    if is_in_doubt(error):
        return change.doubt(why)
    if isinstance(error, Limited) or outcome.code in LOCKED:
        return change.wait(why)
    if is_transient(error):
        return change.retry(why)
    if change.operation == "update" and isinstance(error, ApiError) and error.field == "id":
        return change.lose_record()
    return change.refuse(why)
