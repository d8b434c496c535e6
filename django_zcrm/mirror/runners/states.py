"""Creates the rows of mirrors: one for each mirrored model and each of its connections.

And one for each connection that a row was saved with: its change is sent under the mirror's lease.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from ...conf import get_settings
from ...models import Connection, ConnectionQuerySet
from ...models.names import SITE
from ..models import Channel, MirrorState, OutboxItem
from ..options import mirrored_models, options_of

BATCH = 500


def connections_here() -> ConnectionQuerySet:
    """Return the connections that are usable with these settings."""
    return Connection.objects.filter(is_usable_here())


def is_usable_here(path: str = "") -> Q:
    """Return the `Q` for rows whose connection, at a path such as "connection__", is usable.

    A copy of the live site that is set to the sandbox must leave the live one alone.
    """
    config = get_settings()
    columns = {
        "state": Connection.State.CONNECTED,
        "client_id": config.client_id,
        "environment": config.environment,
    }
    return Q(**{f"{path}{name}": value for name, value in columns.items()})


def ensure_states() -> None:
    """Create the states that mirrored models, or changes to be sent, need and that are missing.

    Safe to call from several processes at once. Raises ConfigurationError for a wrong model.
    """
    for module, model in mirrored_models().items():
        options = options_of(model)
        connections = connections_of(options.connections)
        if options.push:
            waiting = OutboxItem.objects.open().filter(connection=OuterRef("pk"), module=module)
            connections |= connections_here().filter(Exists(waiting))
        there = MirrorState.objects.filter(connection=OuterRef("pk"), module=module)
        missing = connections.filter(~Exists(there)).values_list("pk", flat=True)
        add_states(module, list(missing))


def add_states(module: str, connections: Sequence[int]) -> None:
    """Create the states of a module for connections, and make their channels watch it."""
    states = [MirrorState(connection_id=pk, module=module) for pk in connections]
    if states:
        MirrorState.objects.bulk_create(states, batch_size=BATCH, ignore_conflicts=True)
        Channel.objects.filter(connection__in=connections).update(renew_at=timezone.now())


def connections_of(whose: str) -> ConnectionQuerySet:
    """Return the connections that a model's option `connections` selects.

    Of an owner's it is the one that calls go through: the chosen one, else the newest.
    """
    identifier = get_settings().user_identifier
    site = Q(user_identifier=identifier) if identifier else Q(default_for=SITE)
    is_better = Q(default_for__isnull=False) | Q(pk__gt=OuterRef("pk"))
    better = connections_here().filter(is_better, owner=OuterRef("owner"))
    owners = Q(owner__isnull=False) & (Q(default_for__isnull=False) | ~Exists(better))
    return connections_here().filter({"site": site, "owners": owners}.get(whose, site | owners))
