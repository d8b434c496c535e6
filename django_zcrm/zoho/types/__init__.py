"""Types of Zoho's responses where the API defines them: one module per subject, with the common
keys.

Types that are only read declare all their keys as present, so that type checkers accept
`user["email"]`; versions, editions and permissions leave some out, and `.get()` is for those. A
response may hold more keys. Records have no type: their fields are defined by the customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

SortOrder = Literal["asc", "desc"]

SortBy = Literal["id", "Created_Time", "Modified_Time"]
"""What records can be sorted by from v3 on; v2 takes any field."""

Values = Mapping[str, Any]
"""The values to send for one thing, by Zoho's keys."""

Filters = Mapping[str, Any]
"""A condition, `{"field": {"api_name": ...}, "comparator": ..., "value": ...}`, or a group of them,
`{"group_operator": "and", "group": [...]}`.
"""


class Named(TypedDict, total=False):
    """A reference to something by id and name."""

    id: str
    name: str


class Audited(TypedDict):
    """The users who created and last modified an object, and when."""

    created_by: Named
    created_time: str
    modified_by: Named
    modified_time: str


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
