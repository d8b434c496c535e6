"""Checks that a user has a usable connection with the scopes that a view needs."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..clients import zcrm
from ..models import Connection
from ..owners import connection_in_use, owner_of
from .problems import CONSENT_WITHDRAWN, NOT_CONNECTED, SCOPE_MISSING, UserProblem


class MissingAccess(NamedTuple):
    """The reason why a user must connect first, and the needed or missing scopes."""

    problem: UserProblem
    scopes: tuple[str, ...]


def attach_client(request: Any, scopes: tuple[str, ...]) -> MissingAccess | None:
    """Set the user's client on the request as `zcrm`, or return why there is none.

    `scopes` are in addition to those in the settings. Raises ConfigurationError.
    """
    connection = connection_in_use(owner_of(request.user, request))
    if connection is None:
        return MissingAccess(NOT_CONNECTED, scopes)
    if connection.state == Connection.State.CONSENT_WITHDRAWN:
        return MissingAccess(CONSENT_WITHDRAWN, scopes)
    if missing := connection.missing_scopes(scopes):
        return MissingAccess(SCOPE_MISSING, missing)
    request.zcrm = request._cached_zcrm = zcrm.for_connection(connection)
    return None
