"""The messages about records that could not be stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping

MAX_PROBLEMS = 100
"""What a state keeps: more say no more, and all are tried again when all ids are compared."""


def merged(
    before: Mapping[str, str], read: Collection[str], new: Mapping[str, str]
) -> dict[str, str]:
    """Return the problems after some records were read, of which `new` have one."""
    kept = {zoho_id: words for zoho_id, words in before.items() if zoho_id not in read}
    kept.update(new)
    return dict(list(kept.items())[:MAX_PROBLEMS])
