"""Creates the states of mirrors: one for each mirrored model and each of its connections.

A connection with changes to be sent also gets a state, because changes are sent under its lease.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import router
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from ...conf import get_settings
from ...models import ConnectionQuerySet
from ...models.names import SITE
from ..connections import connections_here
from ..models import Channel, MirrorState, OutboxItem
from ..options import mirrored_models, options_of
from ..statements import Parameter, Select, compiled

BATCH = 500


def ensure_states() -> None:
    """Create missing states of mirrored models and of changes to be sent, of all connections.

    Safe to call from several processes at once. Raises ConfigurationError for an invalid model.
    """
    for module, model in mirrored_models().items():
        options = options_of(model)
        key = options.connections, bool(options.push), get_settings()
        add_states(
            [module], _select_missing(router.db_for_write(MirrorState), *key).fetch(module=module)
        )


@compiled
def _select_missing(using: str, whose: str, pushes: bool, settings: object) -> Select:
    connections = connections_of(whose)
    own: dict[str, Any] = {"connection": OuterRef("pk"), "module": Parameter("module")}
    if pushes:
        waiting = OutboxItem.objects.open().filter(**own)
        connections |= connections_here().filter(Exists(waiting))
    missing = connections.filter(~Exists(MirrorState.objects.filter(**own)))
    return Select.of(missing.using(using).values_list("pk", flat=True))


def ensure_states_of(connection_id: int) -> None:
    """Do the same for one connection, with few queries whatever the number of models."""
    states = MirrorState.objects.filter(connection=connection_id)
    there = set(states.values_list("module", flat=True))
    models = {module: model for module, model in mirrored_models().items() if module not in there}
    options = {module: options_of(model) for module, model in models.items()}
    selected = {
        whose
        for whose in {each.connections for each in options.values()}
        if connections_of(whose).filter(pk=connection_id).exists()
    }
    missing = {module for module, each in options.items() if each.connections in selected}
    if others := [name for name, each in options.items() if each.push and name not in missing]:
        here = connections_here().filter(pk=OuterRef("connection"))
        waiting = OutboxItem.objects.open().filter(Exists(here), connection=connection_id)
        missing.update(waiting.filter(module__in=others).values_list("module", flat=True))
    add_states(sorted(missing), [connection_id])


def add_states(modules: Iterable[str], connections: Sequence[int]) -> None:
    """Create the states of modules for connections, and make their channels watch them."""
    states = [MirrorState(connection_id=pk, module=name) for name in modules for pk in connections]
    if states:
        MirrorState.objects.bulk_create(states, batch_size=BATCH, ignore_conflicts=True)
        Channel.objects.filter(connection__in=connections).update(renew_at=timezone.now())


def connections_of(whose: str) -> ConnectionQuerySet:
    """Return the connections that a model's option `connections` selects.

    An owner has one mirrored connection, the one that calls use: the default one, else the newest.
    """
    identifier = get_settings().user_identifier
    site = Q(user_identifier=identifier) if identifier else Q(default_for=SITE)
    is_better = Q(default_for__isnull=False) | Q(pk__gt=OuterRef("pk"))
    better = connections_here().filter(is_better, owner=OuterRef("owner"))
    owners = Q(owner__isnull=False) & (Q(default_for__isnull=False) | ~Exists(better))
    return connections_here().filter({"site": site, "owners": owners}.get(whose, site | owners))
