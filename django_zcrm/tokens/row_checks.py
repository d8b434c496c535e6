"""Checks of a connection's row: is it usable, and still what its client was made for?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.views.decorators.debug import sensitive_variables

from ..exceptions import ConfigurationError, ConsentWithdrawn, NotConnected
from ..models import Connection
from ..models.names import owner_key
from ..zoho.datacenters import origin
from .store import token_store

UNTOLD = "organisation, as far as its scopes tell"
"""To where a connection went whose grant does not reveal its organisation."""


def raise_for_state(connection: Connection) -> None:
    """Raise ConsentWithdrawn or NotConnected for a connection that cannot be used."""
    if connection.state == Connection.State.CONSENT_WITHDRAWN:
        raise ConsentWithdrawn(f"Zoho no longer accepts the grant of {connection}; connect again.")
    if connection.state != Connection.State.CONNECTED:
        raise NotConnected(f"{connection} was disconnected; connect again.")


@contextmanager
def naming_owner(connection: Connection) -> Iterator[None]:
    """Note on an error of the block whose connection it is: only the owner can connect it again."""
    try:
        yield
    except (NotConnected, ConsentWithdrawn) as error:
        error.owner = owner_key(connection.owner_id)
        raise


def deleted(connection: Connection) -> NotConnected:
    """Return the error for a connection whose row is gone."""
    return NotConnected(f"The connection {connection} was deleted; connect again.")


def raise_for_server(server: str, issuer: str, grant: object) -> None:
    """Raise ConfigurationError if a server says nothing about a grant: it did not issue it."""
    if origin(server) != origin(issuer):
        raise ConfigurationError(
            f"{server} does not know the grant of {grant}, which comes from {issuer}. Nothing was "
            "changed here: correct ZCRM['ACCOUNTS_URL'], or connect again.",
            "ACCOUNTS_URL",
        )


def raise_for_change(then: Connection, now: Connection) -> None:
    """Raise NotConnected if the row now serves another owner, organisation or environment.

    A client must not go on elsewhere with what it began for the connection as it was then.
    """
    if now.owner_id != then.owner_id:
        raise NotConnected(
            f"{then} was handed over to another owner, and this client is for the former one. "
            "Get a new client from zcrm, for whoever the work is for."
        )
    if (now.organisation_id, now.environment) != (then.organisation_id, then.environment):
        what = "environment" if now.environment != then.environment else "organisation"
        is_known = now.organisation_id or what == "environment"
        raise _elsewhere(then, what if is_known else UNTOLD)
    if not then.organisation_id and _is_another_grant(then, now):
        raise _elsewhere(then, UNTOLD)


def _elsewhere(then: Connection, what: str) -> NotConnected:
    return NotConnected(
        f"{then} was connected again, to another {what}, and this client is for the former one. "
        "Nothing was sent. Get a new client from zcrm to work there, or connect the former again."
    )


@sensitive_variables()
def _is_another_grant(then: Connection, now: Connection) -> bool:
    tokens = token_store()
    before, after = tokens.get_oauth_tokens(then), tokens.get_oauth_tokens(now)
    return before.refresh_token != after.refresh_token
