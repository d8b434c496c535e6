"""Rows that are in Zoho, and what the outbox holds of their changes."""

from __future__ import annotations

from typing import Any

from django_zcrm.mirror import no_push
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.models import Connection
from tests.mirror.shop.models import Lead


def mirror_lead(connection: Connection, **values: Any) -> Lead:
    """A lead that is in Zoho, as it is read from the database."""
    number = Lead.objects.count() + 1
    with no_push():
        lead = Lead.objects.create(
            connection=connection, zoho_id=str(number), **{"name": "Fox", **values}
        )
    return Lead.objects.get(pk=lead.pk)


def list_changes() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """What the outbox holds, oldest first."""
    items = OutboxItem.objects.order_by("pk")
    return [(item.operation, item.changed, item.base) for item in items]
