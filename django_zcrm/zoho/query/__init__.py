"""Record sets: query Zoho's records in the way of Django's query sets.

    leads = crm.objects("Leads")
    leads.filter(Q(Company__icontains="acme") | Q(Annual_Revenue__gte=1000)).order_by("-id")[:50]

`compile` turns a query into text: it resolves names to fields, and brings conditions into a normal
form. `read` fetches the pages, and `write` creates, updates and deletes. `steps` runs all plans,
blocking or awaited.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .compile.aggregates import Avg, Count, Max, Min, Sum
    from .compile.tree import Q
    from .options import Options
    from .read.exporting import Progress
    from .recordset import RecordSet
    from .write.result import WriteResult

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
    "Progress": "read.exporting",
    "Q": "compile.tree",
    "RecordSet": "recordset",
    "WriteResult": "write.result",
}


def __getattr__(name: str) -> Any:
    # Loaded here because a client needs them; most clients never create a record set.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES.get(name, 'compile.aggregates')}", __name__), name)
