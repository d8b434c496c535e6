"""Many connections and states, without Zoho."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from django_zcrm.conf import get_settings
from django_zcrm.mirror.models import MirrorState, Upkeep
from django_zcrm.mirror.runners.claims import ROUTINE, URGENT, find_claimable
from django_zcrm.mirror.runners.upkeep import do_upkeep
from django_zcrm.models import Connection

MODULES = ("Accounts", "Contacts", "Leads")


def find_due_states() -> list[MirrorState]:
    """Return the mirrors that may be claimed now, urgent ones first."""
    states = {state.pk: state for column in (URGENT, ROUTINE) for state in find_claimable(column)}
    return list(states.values())


def add_tenants(count: int, due: datetime | None = None) -> list[Connection]:
    """Store connections with three mirrors each that are due soon, or at a time."""
    config = get_settings()
    tenants = Connection.objects.bulk_create(
        Connection(
            user_identifier=f"tenant {number}",
            organisation_id=str(number),
            client_id=config.client_id,
            environment=config.environment,
            state=Connection.State.CONNECTED,
        )
        for number in range(count)
    )
    due = due or timezone.now() + timedelta(minutes=4)
    MirrorState.objects.bulk_create(
        MirrorState(connection=tenant, module=module, phase="live", due=due)
        for tenant in tenants
        for module in MODULES
    )
    if not Upkeep.objects.exists():
        do_upkeep()
    return tenants
