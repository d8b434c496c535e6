"""The health of a mirror in words, for pages and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..conf import get_settings
from ..conf.mirror import MirrorSettings
from ..exceptions import ConfigurationError
from ..health.connection_health import HealthCondition
from ..models import Connection
from ..reasons import Reason, reason, translate
from .connections import is_usable_here
from .declared_fields import describe_missing, metadata_of
from .models import MirrorState
from .models.mirror_state import TOO_MANY_MISSING
from .planning.problems import group_problems
from .pull.blocks import (
    CONFIGURATION,
    CONSENT_WITHDRAWN,
    NOT_CONNECTED,
    PROTECTED_ROWS,
    UNKNOWN_FIELD,
)

LATE, FAR_BEHIND = 3, 24
"""A mirror that is behind by this many times its interval, plus `SETTLE_TIME`, is late, or far
behind. In its initial sync a mirror has no lag: as many failures in a row count as far behind.
"""

MIN_INTERVAL = 300
"""Seconds that count as the interval of a mirror with a shorter one."""


def health_of(state: MirrorState) -> HealthCondition:
    """Return the health of a mirror."""
    if state.is_paused:
        return HealthCondition("off", _("paused"))
    if not state.connection.is_usable:
        return HealthCondition("off", _("rests: not connected"))
    if not is_here(state.connection):
        return HealthCondition("off", _("rests: of another client or environment"))
    if state.phase == MirrorState.Phase.BLOCKED:
        return HealthCondition("bad", _("blocked: %(why)s") % {"why": block_name(state)})
    if not state.is_enabled:
        return HealthCondition("off", _("rests: disabled by GET_POLICY"))
    if state.phase == MirrorState.Phase.UNAVAILABLE:
        return HealthCondition("off", _("unavailable"))
    if is_behind(state, FAR_BEHIND):
        return HealthCondition("bad", _("far behind"))
    if state.lag is None and state.failures >= FAR_BEHIND:
        return HealthCondition("bad", _("the initial sync fails"))
    if state.failures:
        return HealthCondition("wait", _("the last attempt failed"))
    if state.is_in_initial_sync:
        return HealthCondition("wait", state.get_phase_display())
    if state.unstored:
        return HealthCondition("wait", unstored_in_words(state.unstored))
    if is_behind(state, LATE):
        return HealthCondition("wait", _("late"))
    if count := len(missing_fields_of(state)):
        words = ngettext(
            "degraded: %(count)d field is missing", "degraded: %(count)d fields are missing", count
        )
        return HealthCondition("wait", words % {"count": count})
    return HealthCondition("good", state.get_phase_display())


def missing_fields_of(state: MirrorState) -> dict[str, str]:
    """Return the fields that the organisation lacks, with the closest existing name, if any."""
    stored = metadata_of(state)
    return {} if stored is None else stored.missing


def missing_in_words(state: MirrorState) -> str:
    """Return which fields the organisation lacks, in one sentence; empty if it lacks none."""
    if not (missing := missing_fields_of(state)):
        return ""
    fields = describe_missing(missing)
    return translate(reason("missing_fields", module=state.module, fields=fields))


def block_name(state: MirrorState) -> str:
    """Return what blocks a mirror; a code of Zoho's as it is."""
    names = {
        CONSENT_WITHDRAWN: _("access was withdrawn"),
        NOT_CONNECTED: _("not connected"),
        UNKNOWN_FIELD: _("unknown field"),
        CONFIGURATION: _("configuration"),
        TOO_MANY_MISSING: _("too many records are missing"),
        PROTECTED_ROWS: _("rows of another organisation"),
    }
    return names.get(state.blocked, state.blocked)


def options_in_force() -> MirrorSettings:
    """Return the settings, or the defaults if they are invalid, which the checks report."""
    try:
        return get_settings().mirror
    except ConfigurationError:
        return MirrorSettings()


def is_here(connection: Connection) -> bool:
    """Whether a connection has the client and environment of the settings, so that mirrors run."""
    try:
        config = get_settings()
    except ConfigurationError:
        return True
    here = (config.client_id, config.environment)
    return (connection.client_id, connection.environment) == here


def is_mirror_usable_here() -> Q:
    """Return the `Q` for rows whose `connection` is usable, and of the client in the settings."""
    try:
        return is_usable_here("connection__")
    except ConfigurationError:
        return Q(connection__state=Connection.State.CONNECTED)


def is_behind(state: MirrorState, intervals: int) -> bool:
    """Whether a mirror is behind by more than this number of polling intervals."""
    options = options_in_force()
    interval = max(state.poll_interval, options.poll_interval, MIN_INTERVAL)
    max_lag = timedelta(seconds=intervals * interval + options.settle_time)
    return state.lag is not None and state.lag > max_lag


def duration(length: timedelta) -> str:
    """Return a duration in words, as "5 minutes"."""
    if length < timedelta(minutes=1):
        return _("%(count)d s") % {"count": length.total_seconds()}
    now = timezone.now()
    return timesince(now - length, now, depth=1)


def unstored_in_words(count: int) -> str:
    """Return how many records could not be stored."""
    words = ngettext(
        "%(count)d record could not be stored", "%(count)d records could not be stored", count
    )
    return words % {"count": count}


def problems_in_words(problems: Mapping[str, Reason]) -> list[str]:
    """Return why records could not be stored: a line for each reason, such as one long column."""
    lines = []
    for words, others in group_problems(problems):
        more = ngettext("%(count)d more record", "%(count)d more records", others)
        lines.append(f"{words} (+ {more % {'count': others}})" if others else words)
    return lines
