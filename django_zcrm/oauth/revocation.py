"""Sees to it that tokens nobody uses any more do not stay alive at Zoho.

What is to be revoked is written down in the transaction that ends its use, and done after that is
committed: a rollback takes both back, and what fails is tried again later. Knows no requests.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.views.decorators.debug import sensitive_variables

from ..encryption import decrypt, encrypt
from ..exceptions import TransportError, ZCRMError
from ..models import Connection, Revocation
from ..tokens import token_store
from ..transport import transport
from ..zoho.oauth import read_revocation
from .accounts import TIMEOUT, accounts_client

log = logging.getLogger("django_zcrm")

SWEEP_SECONDS = 5.0
"""How long somebody who deletes a user may wait for Zoho at most, give or take one call."""

REST_SECONDS = 60.0
"""How long a process leaves it at that afterwards, so that deleting thousands stays possible."""

SWEEP_TIMEOUT = (3.0, 5.0)
"""Seconds (connect, read) for one call meanwhile."""


class Outcome(NamedTuple):
    """How many tokens were revoked, and how many are still to be."""

    revoked: int
    failed: int


@sensitive_variables()
def write_down(
    connection: Connection, using: str, *, keep_link: bool = True, in_use: str = ""
) -> None:
    """Note that the tokens in a row have to be revoked once its connection has ended.

    Without `keep_link` the row is about to go. The refresh token `in_use` goes on being used. What
    cannot be read is logged and let be: nobody is kept from deleting a user by a lost key or a
    broken store.
    """
    try:
        tokens = token_store().get_oauth_tokens(connection)
        if in_use and tokens.refresh_token == in_use:
            return
        token = encrypt(tokens.refresh_token or tokens.access_token)
        accounts_url = connection.hosts().accounts
    except Exception as error:
        log.error("The token of %s stays alive at Zoho: %s", connection, type(error).__name__)
        return
    if token:
        Revocation.objects.using(using).create(
            connection=connection if keep_link else None,
            name=str(connection)[:600],
            data_center=connection.data_center,
            accounts_url=accounts_url,
            encrypted_token=token,
        )


def sweep_on_commit(using: str) -> None:
    """Revoke what is due after the transaction, for a short while; never raise."""
    transaction.on_commit(partial(_sweep_for_a_while, using), using=using, robust=True)


def _sweep_for_a_while(using: str) -> None:
    if time.monotonic() < _rest["until"]:
        return
    outcome = revoke_due(using, seconds=SWEEP_SECONDS)
    if outcome.failed:
        log.warning(
            "%d tokens are still to be revoked at Zoho; manage.py zcrm_revoke_outstanding does it.",
            outcome.failed,
        )
        _rest["until"] = time.monotonic() + REST_SECONDS


_rest = {"until": 0.0}


def revoke_due(using: str, *, seconds: float | None = None) -> Outcome:
    """Revoke what is due; with `seconds`, stop after those, or once Zoho cannot be reached."""
    revoked = 0
    started = time.monotonic()
    due = Revocation.objects.using(using).due()
    for row in list(due.all() if seconds is None else due[:200]):
        error = _revoke(row, TIMEOUT if seconds is None else SWEEP_TIMEOUT)
        if error is None:
            row.delete(using=using)
            revoked += 1
        else:
            log.warning("Could not revoke the token of %s: %s", row, error)
            due.filter(pk=row.pk).update(attempts=F("attempts") + 1, last_error=str(error))
        late = seconds is not None and time.monotonic() - started > seconds
        if late or (seconds is not None and isinstance(error, TransportError)):
            break
    return Outcome(revoked, due.count())


@sensitive_variables()
def _revoke(row: Revocation, timeout: tuple[float, float]) -> ZCRMError | None:
    """Revoke one token; return what went wrong. One that Zoho does not know counts as revoked."""
    try:
        client = accounts_client(row.data_center, row.accounts_url)
        request = client.revoke(decrypt(row.encrypted_token))
        read_revocation(transport().send(client.accounts_url, request, timeout))
    except ZCRMError as error:
        return error
    return None
