"""Sends a batch of changes, and returns the answer to each.

Nothing is stored here. A batch that is refused as a whole is split until the change at fault is
found; if an answer is lost, the changes are unsure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ...exceptions import ApiError, ConfigurationError, Invalid, ZCRMError
from ...zoho.query.writer import is_in_doubt, is_transient
from ...zoho.results import BatchResult, Outcome
from ..models import OutboxItem
from ..work import Work
from .reading import moment

End = Literal["done", "gone", "refused", "later", "unsure"]

LOCKED = frozenset({"RECORD_LOCKED"})
"""Error codes of one record that are transient."""


@dataclass(frozen=True)
class Answer:
    """The answer to one change; `gone` means that the record is not in Zoho any more."""

    end: End
    words: str = ""
    zoho_id: str = ""
    modified: datetime | None = None


@dataclass
class Sent:
    """The answers, in the order of the changes.

    `lost` is the error of an unanswered request, `stop` one that keeps anything from being sent
    now.
    """

    answers: list[Answer] = field(default_factory=list)
    lost: ZCRMError | None = None
    stop: ZCRMError | None = None


def send(work: Work, operation: str, items: Sequence[OutboxItem]) -> Sent:
    """Send at most 100 changes of one operation."""
    sent = Sent()
    parts = [list(items)]
    while parts:
        part = parts.pop()
        if sent.stop is not None:
            sent.answers += [Answer("later", str(sent.stop)) for _ in part]
            continue
        try:
            result = _call(work, operation, part)
        except ZCRMError as error:
            if is_in_doubt(error):
                sent.lost = error
                sent.answers += [Answer("unsure", str(error)) for _ in part]
            elif _meets_all(error):
                sent.stop = error
                sent.answers += [Answer("later", str(error)) for _ in part]
            elif len(part) == 1:
                sent.answers.append(Answer("refused", str(error)))
            else:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
        else:
            sent.answers += [_answer(operation, outcome) for outcome in result]
    return sent


def _call(work: Work, operation: str, items: Sequence[OutboxItem]) -> BatchResult:
    records, module = work.crm.records, work.state.module
    if operation == "delete":
        return records.delete(module, [item.zoho_id for item in items])
    if operation == "update":
        return records.update(module, [{**item.changed, "id": item.zoho_id} for item in items])
    match_on = work.target.options.match_on if work.target.options else ""
    if operation == "upsert":
        rows: list[dict[str, Any]] = [
            {match_on: item.match_value, **item.changed} for item in items
        ]
        return records.upsert(module, rows, duplicate_check_fields=[match_on])
    return records.create(module, [dict(item.changed) for item in items])


def _meets_all(error: ZCRMError) -> bool:
    """Whether an error is independent of the records that were sent."""
    if isinstance(error, Invalid):
        return error.field == "duplicate_check_fields"
    return not isinstance(error, ConfigurationError)


def _answer(operation: str, outcome: Outcome) -> Answer:
    error = outcome.error
    if error is None:
        modified = moment(outcome.details.get("Modified_Time"))
        return Answer("done", zoho_id=outcome.id, modified=modified)
    words = str(error)
    if operation == "delete" and outcome.code == "INVALID_DATA":
        return Answer("done", "It was not in Zoho any more.")
    if is_in_doubt(error):
        return Answer("unsure", words)
    if is_transient(error) or outcome.code in LOCKED:
        return Answer("later", words)
    if operation == "update" and isinstance(error, ApiError) and error.field == "id":
        return Answer("gone", words)
    return Answer("refused", words)
