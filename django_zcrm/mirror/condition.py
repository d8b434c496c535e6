"""The condition of a mirror, in words and with a colour, for pages and the terminal."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..conf import get_settings
from ..exceptions import ConfigurationError
from ..health.states import HealthCondition
from ..mirror_settings import MirrorSettings
from ..models import Connection
from .models import MirrorState
from .runners.states import is_usable_here

LATE, FAR_BEHIND = 3, 24
"""A mirror that is behind by so many times `EVERY`, and `SETTLE`, is late, or far behind."""


def condition_of(state: MirrorState) -> HealthCondition:
    """Return the condition of a mirror, whose connection is read."""
    if state.is_paused:
        return HealthCondition("off", _("paused"))
    if not state.connection.is_usable:
        return HealthCondition("off", _("rests: not connected"))
    if not is_here(state.connection):
        return HealthCondition("off", _("rests: of another client or environment"))
    if state.phase == MirrorState.Phase.BLOCKED:
        return HealthCondition("bad", _("blocked: %(why)s") % {"why": state.blocked})
    if state.failures:
        return HealthCondition("wait", _("the last attempt failed"))
    if state.is_backfilling:
        return HealthCondition("wait", state.get_phase_display())
    if is_behind(state, FAR_BEHIND):
        return HealthCondition("bad", _("far behind"))
    if count := len(state.problems):
        words = ngettext(
            "%(count)d record could not be stored", "%(count)d records could not be stored", count
        )
        return HealthCondition("wait", words % {"count": count})
    if is_behind(state, LATE):
        return HealthCondition("wait", _("late"))
    return HealthCondition("good", state.get_phase_display())


def options_in_force() -> MirrorSettings:
    """Return the settings, or the defaults if they are invalid, which the checks report."""
    try:
        return get_settings().mirror
    except ConfigurationError:
        return MirrorSettings()


def is_here(connection: Connection) -> bool:
    """Whether a connection is of the client and environment in the settings: its mirrors run."""
    try:
        config = get_settings()
    except ConfigurationError:
        return True
    here = (config.client_id, config.environment)
    return (connection.client_id, connection.environment) == here


def usable_here() -> Q:
    """Return the `Q` for rows whose `connection` is usable, and of the client in the settings."""
    try:
        return is_usable_here("connection__")
    except ConfigurationError:
        return Q(connection__state=Connection.State.CONNECTED)


def is_behind(state: MirrorState, turns: int) -> bool:
    """Whether it is behind by more than so many polling intervals."""
    options = options_in_force()
    allowed = timedelta(seconds=turns * options.every + options.settle)
    return state.lag is not None and state.lag > allowed


def duration(length: timedelta) -> str:
    """Return a duration in words, as "5 minutes"."""
    if length < timedelta(minutes=1):
        return _("%(count)d s") % {"count": length.total_seconds()}
    now = timezone.now()
    return timesince(now - length, now, depth=1)
