"""Disconnects: revokes grants at Zoho, and deletes their tokens."""

from __future__ import annotations

import logging
from copy import copy
from functools import partial

from django.db import router, transaction
from django.db.models.deletion import Collector
from django.views.decorators.debug import sensitive_variables

from ..access import Action, check_access
from ..models import Connection, ConnectionHistory, Revocation
from ..models.history import record_connection_change
from ..models.writing import writing
from ..signals import disconnected, disconnecting
from ..tokens import OAuthTokens, token_store
from ..tokens.row_checks import raise_for_server
from ..transport import transport
from ..zoho.auth.accounts import read_revocation
from ..zoho.secret import Secret
from .accounts import TIMEOUT, accounts_client
from .revocation import queue_revocation, sweep_on_commit

log = logging.getLogger("django_zcrm")


def end_connection(connection: Connection, *, revoke: bool = True) -> None:
    """Revoke the grant at Zoho, delete the tokens and mark the connection; the row stays.

    With `revoke`, a failure to revoke is raised and nothing changes here. Raises NotPermitted if
    the current user may not do this.
    """
    connection.refresh_from_db()  # it may have been connected again in the meantime
    check_access(Action.DISCONNECT, connection)
    revoked = _revoke(connection) if revoke else Secret()
    using = _database(connection)
    with writing(using):
        _lock(connection, using)
        check_access(Action.DISCONNECT, connection)
        if _forget(connection, using, revoked, keep_at_zoho=not revoke):
            record_connection_change(ConnectionHistory.Change.DISCONNECTED, connection)


def delete(connection: Connection, *, revoke: bool = True) -> None:
    """Revoke the grant at Zoho, and delete the row with everything that refers to it.

    With `revoke`, a failure to revoke is raised and nothing changes here. Raises NotPermitted if
    the current user may not do this, and ProtectedError or RestrictedError for what the site
    protects.
    """
    connection.refresh_from_db()
    check_access(Action.DELETE, connection)
    using = _database(connection)
    Collector(using=using).collect([connection])  # raises before revoking, which cannot be undone
    revoked = _revoke(connection) if revoke else Secret()
    with writing(using):
        _lock(connection, using)
        _forget(connection, using, revoked, keep_at_zoho=not revoke)
        connection.delete(using=using)  # checks the permission once more, and records the deletion


@sensitive_variables()
def _revoke(connection: Connection) -> Secret:
    """Revoke the grant at Zoho; return its token, if there was one. Raises any error."""
    disconnecting.send_robust(Connection, connection=connection)
    tokens = token_store().get_oauth_tokens(connection)
    if token := tokens.refresh_token or tokens.access_token:
        client = accounts_client(connection.data_center, connection.hosts().accounts)
        response = transport().send(client.accounts_url, client.revoke(token), TIMEOUT)
        if not read_revocation(response):
            raise_for_server(client.accounts_url, connection.issuer, connection)
    return token


def disconnect_deactivated(connection: Connection) -> None:
    """End a connection whose owner was deactivated, and queue its token for revocation.

    The caller starts the revocation, once all connections of the owner have ended.
    """
    using = _database(connection)
    with writing(using):
        _lock(connection, using)
        queue_revocation(connection, using)
        try:
            forget_tokens(connection)
        except Exception as error:  # a project's own store must not prevent it
            log.error("The tokens of %s are still stored: %s", connection, type(error).__name__)
        if _mark(connection, using):
            record_connection_change(ConnectionHistory.Change.DISCONNECTED, connection)


def _database(connection: Connection) -> str:
    return connection._state.db or router.db_for_write(Connection)


def _lock(connection: Connection, using: str) -> None:
    """Lock the row until the transaction ends, and read it again: it is saved as a whole."""
    connection.refresh_from_db(from_queryset=Connection.objects.using(using).select_for_update())


def forget_tokens(connection: Connection) -> None:
    """Delete the tokens from the store; the caller saves the row."""
    token_store().update_oauth_tokens(connection, OAuthTokens(Secret(), Secret()))


@sensitive_variables()
def _forget(connection: Connection, using: str, revoked: Secret, *, keep_at_zoho: bool) -> bool:
    """Delete the tokens and mark the row; return False if it was marked already.

    Unless `keep_at_zoho`, unrevoked tokens are queued.
    """
    # The request that has marked the row has recorded or queued the revocation.
    if revoked and connection.state != Connection.State.DISCONNECTED:
        record_connection_change(ConnectionHistory.Change.REVOKED, connection)
        queue_revocation(connection, using, in_use=revoked)  # belongs to a newer grant
    if keep_at_zoho:
        Revocation.objects.using(using).filter(connection=connection).delete()
    forget_tokens(connection)
    is_news = _mark(connection, using)
    sweep_on_commit(using)
    return is_news


def _mark(connection: Connection, using: str) -> bool:
    """Mark the row as disconnected and send the signal; return False if it was marked already."""
    is_news = connection.state != Connection.State.DISCONNECTED
    connection.state = Connection.State.DISCONNECTED
    connection.expires_at = None
    connection.default_for = None
    connection.reset_for_new_tokens()
    connection.save(using=using)
    if is_news:
        # A copy: Django resets the primary key of a deleted instance.
        send = partial(disconnected.send_robust, Connection, connection=copy(connection))
        transaction.on_commit(send, using=using)
    return is_news
