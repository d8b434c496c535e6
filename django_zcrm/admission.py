"""Whether a user's own connection is good for what they are about to do."""

from __future__ import annotations

from typing import Any, NamedTuple

from .clients import zcrm
from .models import Connection
from .owners import connection_in_use, owner_of
from .problems import CONSENT_WITHDRAWN, NOT_CONNECTED, SCOPE_MISSING, Problem


class Lack(NamedTuple):
    """Why the user must connect first, and the scopes that it is about."""

    problem: Problem
    scopes: tuple[str, ...]


def admit(request: Any, needed: tuple[str, ...]) -> Lack | None:
    """Set the user's client on the request as `zcrm`, or return what is lacking.

    `needed` are scopes in addition to those in the settings. Raises ConfigurationError.
    """
    connection = connection_in_use(owner_of(request.user, request))
    if connection is None:
        return Lack(NOT_CONNECTED, needed)
    if connection.state == Connection.State.CONSENT_WITHDRAWN:
        return Lack(CONSENT_WITHDRAWN, needed)
    if missing := connection.missing_scopes(needed):
        return Lack(SCOPE_MISSING, missing)
    request.zcrm = request._cached_zcrm = zcrm.for_connection(connection)
    return None
