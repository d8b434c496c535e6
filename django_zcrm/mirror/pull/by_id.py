"""Single records read again, since Zoho or somebody here says that they changed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from ..apply import Applied, apply
from ..work import Work
from .delta import fields_of

AT_ONCE = 100
"""Ids of one query: as many as COQL takes in a list."""


def reread(work: Work, ids: Iterable[str]) -> Applied:
    """Read records by their ids and write what is there; return what it came to.

    What Zoho does not give is left as it is: changes and deletions tell of it. Raises what calls
    raise, and LeaseLost.
    """
    applied, waiting = Applied(), iter(ids)
    names = ("id", "Modified_Time", *fields_of(work))
    records = work.crm.objects(work.state.module)
    while batch := list(islice(waiting, AT_ONCE)):
        found = list(records.filter(id__in=batch).values(*dict.fromkeys(names)))
        with work.commit():
            applied.add(apply(work.target, work.connection, found))
    return applied
