"""Records of leads, as Zoho shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def lead(number: int, at: datetime = NOON, **values: Any) -> dict[str, Any]:
    """Return a record that was changed at a time."""
    return {
        "id": str(10**18 + number),
        "Modified_Time": at.isoformat(),
        "Last_Name": f"Lead {number}",
        **values,
    }
