"""What Zoho's answers look like where the API fixes it: one module a subject, keys that people use.

What is only read is written as if all its keys were there, so that no type checker objects to
`user["email"]`; versions, editions and permissions leave some out, and `.get()` is for those. A
reply may hold more. Records have no type: their fields are the customer's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

SortOrder = Literal["asc", "desc"]

SortBy = Literal["id", "Created_Time", "Modified_Time"]
"""What records can be sorted by from v3 on; v2 takes any field."""

Values = Mapping[str, Any]
"""What is sent of one thing: Zoho's keys and their values."""

Filters = Mapping[str, Any]
"""A condition, `{"field": {"api_name": ...}, "comparator": ..., "value": ...}`, or a group of them,
`{"group_operator": "and", "group": [...]}`.
"""


class Named(TypedDict, total=False):
    """A reference to something by id and name."""

    id: str
    name: str


class ApiNamed(TypedDict, total=False):
    """A reference to something by id and API name."""

    id: str
    api_name: str


class Criteria(TypedDict, total=False):
    """A condition on a field, or a group of conditions."""

    field: ApiNamed
    comparator: str
    value: Any
    type: str
    group_operator: str
    group: list[Any]
