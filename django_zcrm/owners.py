"""Who owns a user's connections (the user, a tenant, a team), and which of them is in use.

Requests are only passed on to the project's own function.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db.models import Q

from .conf import get_settings, load_owner_of_user
from .exceptions import ConfigurationError
from .models import Connection, ConnectionQuerySet
from .policy import Actor, Source, acting_as

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model
    from django.http import HttpRequest


def owner_class() -> type[Model]:
    """Return the model whose rows own connections."""
    model: type[Model] = Connection._meta.get_field("owner").related_model
    return model


def owner_of(
    user: AbstractBaseUser | AnonymousUser, request: HttpRequest | None = None
) -> Model | None:
    """Return the owner that a user acts for; None for an anonymous user.

    `ZCRM["OWNER_OF_USER"]` names the function that decides; it gets the user and, if there is one,
    the request. Raises ConfigurationError when the owner cannot be determined.
    """
    if not user.is_authenticated:
        return None
    model = owner_class()
    if path := get_settings().owner_of_user:
        owner: Model | None = load_owner_of_user(path)(user, request)
        if owner is not None and not isinstance(owner, model):
            raise ConfigurationError(
                f"ZCRM['OWNER_OF_USER'] returned a {type(owner).__name__}, not a {model.__name__}.",
                "OWNER_OF_USER",
            )
        return owner
    if not isinstance(user, model):
        raise ConfigurationError(
            f"Connections belong to {model._meta.label}: ZCRM['OWNER_OF_USER'] has to name the "
            "function that tells which one a user acts for.",
            "OWNER_OF_USER",
        )
    return user


@contextmanager
def acting(
    user: AbstractBaseUser | AnonymousUser,
    request: HttpRequest | None = None,
    *,
    source: Source = Source.API,
) -> Iterator[Actor]:
    """Do what is in the block on behalf of a user.

    What this app changes there stands in the history as the user's, and what the user may not do
    raises NotPermitted. Without it, code is trusted to have asked before.
    """

    def owner_id() -> object:
        owner = owner_of(user, request)
        return owner and owner.pk

    with acting_as(Actor(user, source, owner_id)) as actor:
        yield actor


def client_id() -> str:
    """Return the OAuth client id whose connections count. Raises ConfigurationError without one."""
    configured: str = get_settings().require("CLIENT_ID")
    return configured


def choice_of(owner: Model | None) -> ConnectionQuerySet:
    """Return the connections that an owner may choose from, usable or not, the best first."""
    rows = Connection.objects.for_owner(owner).live().filter(client_id=client_id())
    here = get_settings().environment
    return (rows if here == "production" else rows.filter(environment=here)).best_first()


def connection_in_use(
    owner: Model | None, *, organisation: str = "", environment: str = ""
) -> Connection | None:
    """Return the connection that an owner's calls go through, usable or not; None without one.

    It is the chosen one, else a usable one, else the newest. A chosen one that has to be connected
    again gives way only to another of the same organisation, so that nothing meant for one
    organisation ends up in another. `organisation` (Zoho's id) and `environment` narrow the choice.
    A site that is set to the sandbox finds nothing else unless `environment` is given, since it may
    be a copy of the live site; on the live site a user may choose a sandbox.
    """
    here = get_settings().environment
    rows = Connection.objects.for_owner(owner).live().filter(client_id=client_id())
    if organisation:
        rows = rows.filter(organisation_id=organisation)
    if environment or here != "production":
        rows = rows.filter(environment=environment or here)
    else:
        rows = rows.filter(Q(environment="production") | Q(default_for__isnull=False))
    connections = list(rows.best_first())
    chosen = next((row for row in connections if row.is_default), None)
    if chosen is None:
        return next(iter(connections), None)
    target = chosen.organisation_id, chosen.environment
    same = (row for row in connections if (row.organisation_id, row.environment) == target)
    return next(same, chosen)
