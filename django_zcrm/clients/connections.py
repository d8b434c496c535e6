"""Finds the connection of an owner or of an identifier, and the site's default one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..conf import get_settings
from ..exceptions import NotConnected
from ..models import Connection, ConnectionQuerySet
from ..models.names import SITE, owner_key
from ..owners import connection_in_use

if TYPE_CHECKING:
    from django.db.models import Model


def connection_of_owner(
    owner: Model | None, *, organisation: str = "", environment: str = ""
) -> Connection:
    """Return the connection for an owner's calls.

    Raises NotConnected when there is none, or no owner, and ConfigurationError.
    """
    get_settings().require("CLIENT_SECRET")
    if owner is None:
        raise NotConnected(
            "The user is not logged in, or acts for no owner, so there is no connection to look "
            "up. For the site's default connection, use zcrm itself."
        )
    connection = connection_in_use(owner, organisation=organisation, environment=environment)
    if connection is None:
        raise _not_connected_error(
            "This user has not connected a Zoho account yet. Users connect one on the page "
            "zcrm:connect.",
            owner_key(owner.pk),
        )
    return connection


def connection_of_identifier(user_identifier: str) -> Connection:
    """Return the connection with a `user_identifier`. Raises NotConnected when there is none."""
    return _choose_best(
        Connection.objects.for_identifier(user_identifier),
        f"No Zoho account is connected as {user_identifier!r}; zcrm.generate_auth_tokens() or "
        "manage.py zcrm_connect does that.",
    )


def default_connection() -> Connection:
    """Return the site's default connection. Raises NotConnected when there is none."""
    if identifier := get_settings().user_identifier:
        return connection_of_identifier(identifier)
    return _choose_best(
        Connection.objects.default(),
        "The site has no default Zoho connection: set ZCRM['USER_IDENTIFIER'], or connect one "
        "for the site with manage.py zcrm_connect or at zcrm:connect.",
    )


def default_connection_or_none() -> Connection | None:
    """Return the site's default connection, if there is one."""
    try:
        return default_connection()
    except NotConnected:
        return None


def _choose_best(rows: ConnectionQuerySet, otherwise: str) -> Connection:
    config = get_settings()
    config.require("CLIENT_SECRET")
    here = rows.for_client(config.require("CLIENT_ID"), config.environment).live()
    if (connection := here.best_first().first()) is None:
        raise _not_connected_error(_explain_mismatch(rows) or otherwise, SITE)
    return connection


def _not_connected_error(message: str, owner: str) -> NotConnected:
    error = NotConnected(message)
    error.owner = owner
    return error


def _explain_mismatch(rows: ConnectionQuerySet) -> str:
    """Explain which environment or client a connection has that these settings do not match."""
    config = get_settings()
    connection = rows.live().best_first().first()
    if connection is None:
        return ""
    if connection.environment != config.environment:
        return (
            f"{connection} is a connection to the {connection.environment} environment, and "
            f"ZCRM['ENVIRONMENT'] is {config.environment!r}."
        )
    return f"{connection} was made with another client than ZCRM['CLIENT_ID']; connect again."
