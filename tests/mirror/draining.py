"""Sending what a module's outbox holds, as a worker does, and what it is looked at with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.push.drain import drain
from django_zcrm.mirror.push.outcomes import Drained
from django_zcrm.mirror.targets import target_of
from django_zcrm.mirror.work import start_work
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Lead

Send = Callable[..., Drained]


def drained(connection: Connection, module: str = "Leads") -> Drained:
    """Send what is due, under the lease of the mirror. Raises what `drain` raises."""
    state, _ = MirrorState.objects.get_or_create(connection=connection, module=module)
    work = start_work(state)
    assert work is not None
    try:
        return drain(work)
    finally:
        work.lease.release()


def pull(zoho: SiteEmulator, connection: Connection, module: str = "Leads") -> None:
    """Bring all records of a module in, as a delta does."""
    apply(target_of(module), connection, zoho.records(module))


def pulled(zoho: SiteEmulator, connection: Connection, **values: Any) -> Lead:
    """A lead that is in Zoho and here."""
    record = zoho.create("Leads", **{"Last_Name": "Fox", "Company": "Acme", **values})
    apply(target_of("Leads"), connection, [record])
    return Lead.objects.get(zoho_id=record["id"])


def calls(zoho: SiteEmulator, method: str, path: str = "/Leads") -> int:
    """How many requests of a method there were."""
    return sum(request.method == method and path in request.path for request in zoho.requests)
