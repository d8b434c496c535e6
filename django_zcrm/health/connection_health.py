"""The health of a connection: in addition to the row's state, whether calls work now."""

from __future__ import annotations

from typing import Literal, NamedTuple

from django.db.models import Case, IntegerField, Q, When
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from ..conf import ZCRMSettings
from ..models import Connection
from ..models.connection import MINT_WINDOW
from ..moments import latest


class HealthCondition(NamedTuple):
    """The health of a connection: `kind` selects a colour and a sign, `words` describe it."""

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
    if until and connection.throttled_for:
        when = time_format(timezone.localtime(until) if timezone.is_aware(until) else until)
        return HealthCondition("wait", _("no new tokens until %(time)s") % {"time": when})
    if current_error(connection):
        return HealthCondition("wait", _("the last attempt to renew the token failed"))
    return HealthCondition("good", connection.get_state_display())


def current_error(connection: Connection) -> str:
    """Return the last error as long as calls fail because of it; else an empty string.

    An error of a renewal is kept until the next renewal works. Until then it does not describe a
    connection whose access token is still valid, or that was disconnected.
    """
    if connection.state == Connection.State.CONSENT_WITHDRAWN:
        return connection.last_error
    expired = connection.expires_at is None or connection.expires_at <= timezone.now()
    is_current = connection.is_usable and (expired or bool(connection.throttled_for))
    return connection.last_error if is_current else ""


def rank_of_condition(config: ZCRMSettings | None) -> Case:
    """Return the expression for the place of a connection's condition, as `condition_of` has it.

    0: consent withdrawn, 1: made with another client, 2: throttled, 3: the renewal of an expired
    token failed, 4: good, 5: disconnected.
    """
    now = timezone.now()
    is_connected = Q(state=Connection.State.CONNECTED)
    is_expired = Q(expires_at=None) | Q(expires_at__lte=now)
    is_foreign = ~Q(client_id=config.client_id) if config else Q(pk=None)
    return Case(
        When(Q(state=Connection.State.CONSENT_WITHDRAWN), then=0),
        When(is_connected & is_foreign, then=1),
        When(is_connected & Q(throttled_until__range=(now, latest(MINT_WINDOW))), then=2),
        When(is_connected & is_expired & ~Q(last_error=""), then=3),
        When(is_connected, then=4),
        default=5,
        output_field=IntegerField(),
    )
