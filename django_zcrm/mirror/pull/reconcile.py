"""All ids of a module compared with the rows: what no change and no deletion told."""

from __future__ import annotations

from ..apply import Applied
from ..work import Work


def reconcile_step(work: Work) -> Applied:
    """Do one step of comparing all ids; `again` says when the next can be done."""
    return Applied()
