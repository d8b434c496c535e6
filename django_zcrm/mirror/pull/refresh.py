"""Fields whose changes Zoho does not tell, such as formulas, read when their time has come."""

from __future__ import annotations

from ..apply import Applied
from ..work import Work


def refresh_fields(work: Work) -> Applied:
    """Read the fields that are due by the model's `refresh`; return what it came to."""
    return Applied()
