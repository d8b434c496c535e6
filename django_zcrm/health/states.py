"""The condition of a connection: more than the row's own state, it says whether calls work now."""

from __future__ import annotations

from typing import Literal, NamedTuple

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from ..conf import ZCRMSettings
from ..models import Connection


class Condition(NamedTuple):
    """How a connection is: `kind` selects a colour and a sign, `words` say it."""

    kind: Literal["good", "wait", "bad", "off"]
    words: str


def condition_of(connection: Connection, config: ZCRMSettings | None) -> Condition:
    """Return how a connection is under these settings (None: they cannot be read)."""
    if connection.state == Connection.State.DISCONNECTED:
        return Condition("off", connection.get_state_display())
    if connection.state == Connection.State.CONSENT_WITHDRAWN:
        return Condition("bad", connection.get_state_display())
    if config and connection.client_id != config.client_id:
        return Condition("bad", _("made with another client"))
    until = connection.throttled_until
    if until and until > timezone.now():
        when = time_format(timezone.localtime(until) if timezone.is_aware(until) else until)
        return Condition("wait", _("no new tokens until %(time)s") % {"time": when})
    return Condition("good", connection.get_state_display())
