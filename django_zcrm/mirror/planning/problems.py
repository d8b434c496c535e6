"""Groups and merges the messages about records that could not be stored."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from ...reasons import Reason, encode

MAX_PROBLEMS = 100
"""The reasons that a state keeps. `UnstoredRecord` has the ids of all records."""


def group_problems(problems: Mapping[str, Reason]) -> list[tuple[Reason, int]]:
    """Return the first message of each reason, and the number of other records with that reason."""
    groups: dict[str, list[Reason]] = {}
    for words in problems.values():
        groups.setdefault(_cause_of(words), []).append(words)
    return [(several[0], len(several) - 1) for several in groups.values()]


def find_unreported(before: Mapping[str, Reason], after: Mapping[str, Reason]) -> dict[str, Reason]:
    """Return the problems with a reason that no record had before."""
    reasons = {_cause_of(words) for words in before.values()}
    return {key: words for key, words in after.items() if _cause_of(words) not in reasons}


def _cause_of(problem: Reason) -> str:
    """Return the cause of a problem, without the record that it is about."""
    return json.dumps(encode(problem.values.get("why", problem.code)))


def merge_problems(
    before: Mapping[str, Reason], read: Collection[str], new: Mapping[str, Reason]
) -> dict[str, Reason]:
    """Return the problems after records were read: `read` are their ids, `new` their problems."""
    problems = {zoho_id: words for zoho_id, words in before.items() if zoho_id not in read}
    problems.update(new)
    return dict(list(problems.items())[:MAX_PROBLEMS])
