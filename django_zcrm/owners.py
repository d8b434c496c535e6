"""The owner of a user's connections (the user, a tenant, a team), and the connection in use.

Requests are only passed on to the project's own function.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from .access import Actor, Source, acting_as
from .conf import get_settings, load_get_owner
from .exceptions import ConfigurationError, NotConnected
from .models import Connection, ConnectionQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model
    from django.http import HttpRequest


def check_is_user(user: Any, method: str = "for_user") -> None:
    """Raise NotConnected for None, which may come from an empty foreign key.

    Raises TypeError for any other value.
    """
    if not hasattr(user, "is_authenticated"):
        raise (NotConnected if user is None else TypeError)(
            f"{method}() takes a user, not {type(user).__name__}; zcrm itself is the client of "
            "the site's default connection, zcrm.for_owner(tenant) that of a tenant."
        )


def owner_class() -> type[Model]:
    """Return the model whose rows own connections."""
    model: type[Model] = Connection._meta.get_field("owner").related_model
    return model


def owner_of(
    user: AbstractBaseUser | AnonymousUser, request: HttpRequest | None = None
) -> Model | None:
    """Return the owner that a user acts for; None for an anonymous user.

    `ZCRM["GET_OWNER"]` names the function that decides; it gets the user and, if there is one,
    the request. Raises ConfigurationError when the owner cannot be determined.
    """
    if not user.is_authenticated:
        return None
    model = owner_class()
    if path := get_settings().get_owner:
        owner: Model | None = load_get_owner(path)(user, request)
        if owner is not None and not isinstance(owner, model):
            raise ConfigurationError(
                f"ZCRM['GET_OWNER'] returned an instance of {type(owner).__name__}, not of "
                f"{model.__name__}.",
                "GET_OWNER",
            )
        return owner
    if not isinstance(user, model):
        raise ConfigurationError(
            f"Connections belong to {model._meta.label}: ZCRM['GET_OWNER'] must name a function "
            "that returns the owner for a user.",
            "GET_OWNER",
        )
    return user


@contextmanager
def acting(
    user: AbstractBaseUser | AnonymousUser,
    request: HttpRequest | None = None,
    *,
    source: Source = Source.API,
) -> Iterator[Actor]:
    """Run the block on behalf of a user.

    The history attributes this app's changes in the block to the user, and actions without
    permission raise NotPermitted. Code outside such a block is trusted to check permissions itself.
    """

    def owner_id() -> object:
        owner = owner_of(user, request)
        return owner and owner.pk

    with acting_as(Actor(user, source, owner_id)) as actor:
        yield actor


def client_id() -> str:
    """Return the OAuth client id of connections in use. Raises ConfigurationError without one."""
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
    """Return the connection for an owner's calls, usable or not; None without a connection.

    It is the chosen one, else a usable one, else the newest. If the chosen one must be connected
    again, only another one of the same known organisation replaces it, so that no data for one
    organisation reaches another. `organisation` (Zoho's id) and `environment` narrow the choice. A
    site configured for the sandbox finds only sandbox connections unless `environment` is passed,
    since it may be a copy of the live site. On the live site, a user may choose a sandbox.
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
    connection = next((row for row in connections if row.is_default), None)
    if connection is None:
        return next(iter(connections), None)
    if not connection.organisation_id:
        return connection
    target = connection.organisation_id, connection.environment
    same = (row for row in connections if (row.organisation_id, row.environment) == target)
    return next(same, connection)
