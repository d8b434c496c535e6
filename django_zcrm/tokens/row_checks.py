"""Checks that a connection's row is usable and still serves what its client was made for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..exceptions import ConfigurationError, ConsentWithdrawn, NotConnected
from ..models import Connection
from ..models.names import owner_key
from ..reasons import reason
from ..zoho.http.datacenters import origin

UNKNOWN = "unknown"
"""The new target of a connection whose grant does not reveal its organisation."""


def raise_for_state(connection: Connection) -> None:
    """Raise ConsentWithdrawn or NotConnected for a connection that cannot be used."""
    if connection.state == Connection.State.CONSENT_WITHDRAWN:
        raise ConsentWithdrawn(reason("grant_withdrawn", connection=str(connection)))
    if connection.state != Connection.State.CONNECTED:
        raise NotConnected(reason("disconnected", connection=str(connection)))


@contextmanager
def naming_owner(connection: Connection) -> Iterator[None]:
    """Set the owner on errors of the block, because only the owner can connect again."""
    try:
        yield
    except (NotConnected, ConsentWithdrawn) as error:
        error.owner = owner_key(connection.owner_id)
        raise


def deleted_error(connection: Connection) -> NotConnected:
    """Return the error for a connection whose row was deleted."""
    return NotConnected(reason("connection_deleted", connection=str(connection)))


def raise_for_server(server: str, issuer: str, grant: object) -> None:
    """Raise ConfigurationError if a server did not issue a grant: its refusal proves nothing."""
    if origin(server) != origin(issuer):
        raise ConfigurationError(
            reason("other_issuer", server=server, grant=str(grant), issuer=issuer),
            "ACCOUNTS_URL",
        )


def raise_for_change(then: Connection, now: Connection) -> None:
    """Raise NotConnected if the row now serves another owner, organisation or environment.

    A client must not continue in another organisation, or for another owner.
    """
    if now.owner_id != then.owner_id:
        raise NotConnected(reason("handed_over", connection=str(then)))
    if (now.organisation_id, now.environment) != (then.organisation_id, then.environment):
        what = "environment" if now.environment != then.environment else "organisation"
        is_known = now.organisation_id or what == "environment"
        raise _elsewhere(then, what if is_known else UNKNOWN)
    if not then.organisation_id and now.grants != then.grants:
        raise _elsewhere(then, UNKNOWN)


def _elsewhere(then: Connection, what: str) -> NotConnected:
    return NotConnected(reason(f"elsewhere_{what}", connection=str(then)))
