"""The condition of a connection: more than the row's own state, it says whether calls work now."""

from __future__ import annotations

from typing import Literal, NamedTuple

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from ..conf import ZCRMSettings
from ..models import Connection


class HealthCondition(NamedTuple):
    """How a connection is: `kind` selects a colour and a sign, `words` say it."""

    kind: Literal["good", "wait", "bad", "off"]
    words: str


def condition_of(connection: Connection, config: ZCRMSettings | None) -> HealthCondition:
    """Return the condition of a connection under these settings (None: they are invalid)."""
    if connection.state == Connection.State.DISCONNECTED:
        return HealthCondition("off", connection.get_state_display())
    if connection.state == Connection.State.CONSENT_WITHDRAWN:
        return HealthCondition("bad", connection.get_state_display())
    if config and connection.client_id != config.client_id:
        return HealthCondition("bad", _("made with another client"))
    until = connection.throttled_until
    if until and until > timezone.now():
        when = time_format(timezone.localtime(until) if timezone.is_aware(until) else until)
        return HealthCondition("wait", _("no new tokens until %(time)s") % {"time": when})
    if current_error(connection):
        return HealthCondition("wait", _("the last attempt to renew the token failed"))
    return HealthCondition("good", connection.get_state_display())


def current_error(connection: Connection) -> str:
    """Return the last error as long as it keeps calls from working; else an empty string.

    An error of a renewal is kept until the next renewal works. Meanwhile it says nothing about a
    connection whose access token is still valid, or that was disconnected.
    """
    if connection.state == Connection.State.CONSENT_WITHDRAWN:
        return connection.last_error
    expired = connection.expires_at is None or connection.expires_at <= timezone.now()
    until = connection.throttled_until
    throttled = until is not None and until > timezone.now()
    is_current = connection.is_usable and (expired or throttled)
    return connection.last_error if is_current else ""
