"""Records as record sets: ask Zoho the way Django asks a database.

    leads = crm.objects("Leads")
    leads.filter(Q(Company__icontains="acme") | Q(Annual_Revenue__gte=1000)).order_by("-id")[:50]

A query goes through `tree` (conditions in a normal form), `query` (names become fields), `coql`
(text) and `reading` (pages); `steps` runs it, blocking or awaited.
"""

from __future__ import annotations

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
