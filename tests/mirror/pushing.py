"""Sending what a module's outbox holds, as a worker does, and inspecting the outbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.exceptions import ServerFault
from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.leased_mirror import lease_mirror
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState, OutboxItem, OutboxQuerySet
from django_zcrm.mirror.push.outbox import push_outbox
from django_zcrm.mirror.push.outcomes import PushResult
from django_zcrm.mirror.targets import target_of
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Clock
from tests.mirror.shop.models import Lead

Send = Callable[..., PushResult]


def push_changes(connection: Connection, module: str = "Leads") -> PushResult:
    """Send what is due, under the lease of the mirror. Raises what `push_outbox` raises."""
    state, _ = MirrorState.objects.get_or_create(connection=connection, module=module)
    mirror = lease_mirror(state)
    assert mirror is not None
    try:
        return push_outbox(mirror)
    finally:
        mirror.lease.release()


def push_all(send: Send) -> None:
    """Send everything, and what that leaves."""
    for _ in range(3):
        OutboxItem.objects.open().update(due=timezone.now())
        send()


def pull(zoho: SiteEmulator, connection: Connection, module: str = "Leads") -> None:
    """Bring all records of a module in, as a delta does."""
    apply(target_of(module), connection, zoho.records(module))


def pull_lead(zoho: SiteEmulator, connection: Connection, **values: Any) -> Lead:
    """A lead that is in Zoho and here."""
    record = zoho.create("Leads", **{"Last_Name": "Fox", "Company": "Acme", **values})
    apply(target_of("Leads"), connection, [record])
    return Lead.objects.get(zoho_id=record["id"])


def leave_waiting_after_conflict(
    zoho: SiteEmulator, connection: Connection, push: Callable[[], object]
) -> Lead:
    """A lead whose company was in conflict with Zoho's, and whose new name is not sent yet."""
    lead = pull_lead(zoho, connection)
    lead.name, lead.company = "Lynx", "Brook"
    lead.save()
    change_in_zoho(zoho, lead, Company="Zoho")
    zoho.fail_next("records.update", code="NO_PERMISSION")
    push()
    lead.refresh_from_db()
    return lead


def create_in_doubt(
    zoho: SiteEmulator, connection: Connection, drop: str = "after", **values: Any
) -> Lead:
    """Create a lead whose creation gets no response; `drop` is "after" if Zoho has the record."""
    lead = Lead.objects.create(connection=connection, **values)
    operation = "records.upsert" if values.get("email") else "records.create"
    zoho.fail_next(operation, drop=drop)
    assert push_changes(connection).in_doubt == 1
    return lead


def fail_reading(zoho: SiteEmulator, send: Send) -> None:
    """Start to send changes, which are merged and stored; then Zoho does not return its values."""
    zoho.fail_next("coql.query", status=500, times=None)
    with pytest.raises(ServerFault):
        send()
    zoho.stop_failing()
    OutboxItem.objects.open().update(due=timezone.now())


def latest() -> OutboxQuerySet:
    """The item that was stored last."""
    return OutboxItem.objects.filter(pk=OutboxItem.objects.latest("pk").pk)


def calls(zoho: SiteEmulator, method: str, path: str = "/Leads") -> int:
    """How many requests of a method there were."""
    return sum(request.method == method and path in request.path for request in zoho.requests)


def change_in_zoho(zoho: SiteEmulator, lead: Lead, **values: object) -> None:
    """Change a lead in Zoho."""
    zoho.client().records.update_one("Leads", str(lead.zoho_id), values)


def change_while_waiting(
    zoho: SiteEmulator, mirror: Mirror, clock: Clock, lead: Lead, **values: object
) -> None:
    """Change a lead in Zoho while its change waits, until no poll reads that any more."""
    clock.forward(minutes=5)
    change_in_zoho(zoho, lead, **values)
    for _ in range(4):
        OutboxItem.objects.update(due=timezone.now() + timedelta(minutes=40))
        clock.forward(minutes=30)
        mirror.sync()
    OutboxItem.objects.update(due=timezone.now())


def values_in_zoho(zoho: SiteEmulator, name: str) -> list[Any]:
    """Return a field's values of all leads in Zoho."""
    return [record[name] for record in zoho.records("Leads")]


def save_company(lead: Lead, company: str) -> None:
    """Save a lead with another company."""
    lead.company = company
    lead.save()


def company_in_zoho(zoho: SiteEmulator, lead: Lead) -> object:
    """Return the company of a lead's record."""
    record = zoho.record("Leads", str(lead.zoho_id))
    assert record is not None
    return record["Company"]
