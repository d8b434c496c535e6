"""Records as record sets: ask Zoho the way Django asks a database.

    leads = crm.objects("Leads")
    leads.filter(Q(Company__icontains="acme") | Q(Annual_Revenue__gte=1000)).order_by("-id")[:50]

A query goes through `tree` (conditions in a normal form), `query` (names become fields), `coql`
(text) and `reading` (pages); `steps` runs it, blocking or awaited.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .aggregates import Avg, Count, Max, Min, Sum
    from .exporting import Progress
    from .options import Options
    from .recordset import RecordSet
    from .tree import Q
    from .write_result import WriteResult

__all__ = [
    "Avg",
    "Count",
    "Max",
    "Min",
    "Options",
    "Progress",
    "Q",
    "RecordSet",
    "Sum",
    "WriteResult",
]

_HOMES = {
    "Options": "options",
    "Progress": "exporting",
    "Q": "tree",
    "RecordSet": "recordset",
    "WriteResult": "write_result",
}


def __getattr__(name: str) -> Any:
    # A client has options; most clients never make a record set.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES.get(name, 'aggregates')}", __name__), name)
