"""Names for queries: conditions, aggregates, and the types of record sets and their results."""

from .zoho.query import Avg, Count, Max, Min, Progress, Q, RecordSet, Sum, WriteResult

__all__ = ["Avg", "Count", "Max", "Min", "Progress", "Q", "RecordSet", "Sum", "WriteResult"]
