"""Makes sure that unused tokens are revoked at Zoho.

A token is queued in the transaction that ends its use, and revoked after the commit. A rollback
undoes both. A failed revocation is tried again later.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import NamedTuple

from django.db import router, transaction
from django.db.models import F
from django.views.decorators.debug import sensitive_variables

from ..conf import get_settings
from ..exceptions import ConfigurationError, TransportError, ZCRMError
from ..models import Connection, Revocation
from ..models.history import record_revocation
from ..models.writing import writing
from ..reasons import reason_of
from ..tokens import token_store
from ..tokens.columns import read_secret, write_secret
from ..tokens.row_checks import raise_for_server
from ..transport import transport
from ..zoho.auth.accounts import read_revocation
from ..zoho.secret import Secret
from .accounts import TIMEOUT, accounts_client

log = logging.getLogger("django_zcrm")

SWEEP_SECONDS = 5.0
"""Longest time in seconds that deleting a user waits for Zoho, plus or minus one call."""

REST_SECONDS = 60.0
"""Seconds without attempts after a failure, so that deleting thousands of users stays possible."""

SWEEP_TIMEOUT = (3.0, 5.0)
"""Seconds (connect, read) for one of those calls."""


class RevocationResult(NamedTuple):
    """How many tokens were revoked, and how many are still due."""

    revoked: int
    failed: int


@sensitive_variables()
def queue_revocation(
    connection: Connection, using: str, *, keep_link: bool = True, in_use: Secret | None = None
) -> bool:
    """Queue the tokens of a row for revocation once its connection has ended.

    `keep_link=False` is for a row that is about to be deleted. `in_use` is a token that needs no
    revocation: when it is the row's, the function queues nothing and returns False. Unreadable
    tokens are logged and skipped: a lost key or a broken store must not prevent the deletion of a
    user.
    """
    try:
        tokens = token_store().get_oauth_tokens(connection)
        token = tokens.refresh_token or tokens.access_token
        if in_use and token == in_use:
            return False
        if token:
            _add(connection, using, token, keep_link=keep_link)
    except Exception as error:
        log.error("The token of %s will not be revoked: %s", connection, type(error).__name__)
    return True


@sensitive_variables()
def revoke_later(granted: Connection, token: Secret) -> None:
    """Revoke the refresh token, if any, of a grant that was not stored."""
    using = router.db_for_write(Revocation)
    if token:
        _add(granted, using, token, keep_link=False)
        sweep_on_commit(using)


@sensitive_variables()
def _add(connection: Connection, using: str, token: Secret, *, keep_link: bool) -> None:
    with transaction.atomic(using=using):
        row = Revocation.objects.using(using).create(
            connection=connection if keep_link else None,
            name=str(connection)[:600],
            data_center=connection.data_center,
            accounts_url=connection.issuer,
        )
        write_secret(row, "encrypted_token", token)  # which is bound to the primary key
        row.save(using=using, update_fields=["encrypted_token"])


@sensitive_variables()
def cancel_revocation(token: Secret, using: str) -> None:
    """Remove a token from the queue because a connection uses it again; skip unreadable ones."""
    queue = Revocation.objects.using(using)
    queue.filter(pk__in=[row.pk for row in queue.all() if _holds(row, token)]).delete()


@sensitive_variables()
def _holds(row: Revocation, token: Secret) -> bool:
    try:
        return read_secret(row, "encrypted_token") == token
    except ConfigurationError:
        return False


def sweep_on_commit(using: str) -> None:
    """Revoke due tokens after the commit, for a limited time; never raises."""
    transaction.on_commit(partial(_sweep_for_a_while, using), using=using, robust=True)


def _sweep_for_a_while(using: str) -> None:
    if time.monotonic() < _rest["until"]:
        return
    result = revoke_due(using, seconds=SWEEP_SECONDS)
    if result.failed:
        log.warning(
            "Tokens still to be revoked at Zoho: %d; manage.py zcrm_revoke_outstanding does it.",
            result.failed,
        )
        _rest["until"] = time.monotonic() + REST_SECONDS


_rest = {"until": 0.0}


def revoke_due(using: str, *, seconds: float | None = None) -> RevocationResult:
    """Revoke due tokens; with `seconds`, stop after that time or when Zoho is unreachable."""
    revoked = 0
    started = time.monotonic()
    due = Revocation.objects.using(using).due()
    for row in list(due.all() if seconds is None else due[:200]):
        error = _revoke(row, TIMEOUT if seconds is None else SWEEP_TIMEOUT)
        if error is None:
            revoked += _finish(row, using)
        else:
            log.warning("Could not revoke the token of %s: %s", row, error)
            due.filter(pk=row.pk).update(attempts=F("attempts") + 1, last_error=reason_of(error))
        late = seconds is not None and time.monotonic() - started > seconds
        if late or (seconds is not None and isinstance(error, TransportError)):
            break
    return RevocationResult(revoked, due.count())


def _finish(row: Revocation, using: str) -> bool:
    """Record a revocation and delete its row; return False if another sweep has done it."""
    rows = Revocation.objects.using(using).select_for_update().filter(pk=row.pk)
    with writing(using):
        locked_row = rows.first()
        if locked_row is None:
            return False
        record_revocation(locked_row)
        locked_row.delete(using=using)
    return True


@sensitive_variables()
def _revoke(row: Revocation, timeout: tuple[float, float]) -> ZCRMError | None:
    """Revoke one token; return the error, if any.

    A token that its own server does not know counts as revoked.
    """
    try:
        server = get_settings().accounts_server(row.accounts_url)
        client = accounts_client(row.data_center, server)
        request = client.revoke(read_secret(row, "encrypted_token"))
        if not read_revocation(transport().send(server, request, timeout)):
            raise_for_server(server, row.accounts_url, row)
    except ZCRMError as error:
        return error
    return None
