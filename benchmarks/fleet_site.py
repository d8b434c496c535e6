"""A database with N connections of three mirrored modules, all in sync; filled in bulk."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

MODULES = ("Accounts", "Contacts", "Leads")
BATCH = 1_000

ACTIVE_INTERVAL = 60.0
"""Seconds between polls of a mirror of an active organisation at the beginning."""


def fill(tenants: int, active: int, idle_interval: float) -> None:
    """Create owners, connections and the states of their mirrors, as after some days of work.

    The first `active` organisations have a paid edition, and are polled each minute; the others are
    polled each `idle_interval` seconds, all evenly over that time. The access token of a connection
    is that of the organisation with the number of its key.
    """
    add_mirrors(tenants, active, idle_interval)
    _add_metadata(timezone.now(), random.Random(2))  # noqa: S311


def add_mirrors(tenants: int, active: int, idle_interval: float) -> None:
    """Do what `fill` does, except for the metadata of the modules, which needs Zoho."""
    now, chance = timezone.now(), random.Random(1)  # noqa: S311
    rows = _add_connections(tenants, active, now)
    _add_states(rows, active, idle_interval, now, chance)


def _add_connections(tenants: int, active: int, now: datetime) -> list[Any]:
    from django.contrib.auth import get_user_model

    from django_zcrm.conf import get_settings
    from django_zcrm.models import Connection
    from django_zcrm.tokens.columns import ACCESS_TOKEN, write_secret
    from django_zcrm.zoho.secret import Secret

    config, users = get_settings(), get_user_model()
    users.objects.bulk_create(
        [users(username=f"tenant {number}") for number in range(tenants)], batch_size=BATCH
    )
    connections = [
        Connection(
            owner_id=owner,
            user_identifier=f"user-{number}@example.com",
            organisation_id=str(10**9 + number),
            organisation_name=f"Organisation {number}",
            edition="Professional" if number < active else "Free",
            data_center="us",
            environment=config.environment,
            client_id=config.client_id,
            accounts_url="https://accounts.zoho.com",
            api_domain="https://www.zohoapis.com",
            scopes="ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.coql.READ,ZohoCRM.bulk.ALL,"
            "ZohoCRM.notifications.ALL",
            expires_at=now + timedelta(days=365),
            grants=1,
        )
        for number, owner in enumerate(users.objects.order_by("pk").values_list("pk", flat=True))
    ]
    Connection.objects.bulk_create(connections, batch_size=BATCH)
    rows = list(Connection.objects.order_by("pk"))
    for row in rows:
        write_secret(row, ACCESS_TOKEN, Secret(f"organisation-{row.pk}"))
    Connection.objects.bulk_update(rows, [ACCESS_TOKEN], batch_size=BATCH)
    return rows


def _add_states(
    rows: list[Any], active: int, idle_interval: float, now: datetime, chance: random.Random
) -> None:
    from django_zcrm.mirror.models import MirrorState
    from django_zcrm.mirror.options import mirrored_models, options_of

    models = mirrored_models()

    def state(row: Any, module: str, interval: float) -> MirrorState:
        return MirrorState(
            connection=row,
            module=module,
            organisation_id=row.organisation_id,
            phase=MirrorState.Phase.LIVE,
            synced_until=now - timedelta(seconds=60),
            deleted_until=now - timedelta(seconds=60),
            deletions_due=now + timedelta(seconds=chance.uniform(0, 86_400)),
            reconciled_at=now - timedelta(seconds=chance.uniform(0, 300_000)),
            fields=dict(options_of(models[module]).fields),
            poll_interval=round(interval),
            changed_at=now if interval == ACTIVE_INTERVAL else None,
            due=now + timedelta(seconds=chance.uniform(0, interval)),
        )

    MirrorState.objects.bulk_create(
        (
            state(row, module, ACTIVE_INTERVAL if number < active else idle_interval)
            for number, row in enumerate(rows)
            for module in MODULES
        ),
        batch_size=BATCH,
    )


def _add_metadata(now: datetime, chance: random.Random) -> None:
    """Store the metadata of all modules, read at some time of the last day."""
    from django_zcrm.mirror.models import MirrorState, ModuleMetadata
    from django_zcrm.mirror.runners import due

    states = MirrorState.objects.select_related("connection")
    fields: dict[str, Any] = {}
    for module in MODULES:
        state = states.filter(module=module).order_by("-pk")[0]
        MirrorState.objects.filter(pk=state.pk).update(due=now)
        due.attempt(state)
        fields[module] = ModuleMetadata.objects.get(pk=state.pk).fields
    there = ModuleMetadata.objects.values_list("pk", flat=True)
    rows = MirrorState.objects.exclude(pk__in=list(there)).order_by("pk")
    ModuleMetadata.objects.bulk_create(
        (
            ModuleMetadata(
                mirror_id=key,
                organisation_id=organisation,
                read_at=now - timedelta(seconds=chance.uniform(0, 86_400)),
                fields=fields[module],
            )
            for key, module, organisation in rows.values_list("pk", "module", "organisation_id")
        ),
        batch_size=BATCH,
    )
