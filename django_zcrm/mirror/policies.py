"""The policy of a site for the mirrors of its connections: the setting `GET_POLICY`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string

from ..conf import get_settings
from ..exceptions import ConfigurationError
from ..models import Connection


@dataclass(frozen=True)
class MirrorPolicy:
    """How a module of a connection is mirrored.

    A mirror that is not `enabled` makes no calls. `poll_interval` and `max_poll_interval`, in
    seconds, replace the settings of these names; None does not.
    """

    enabled: bool = True
    poll_interval: int | None = None
    max_poll_interval: int | None = None


DEFAULT = MirrorPolicy()

MAX_SECONDS = 86_400
"""The longest interval of a policy: `correct_clocks` takes a later poll for a wrong clock's."""


def load_get_policy(path: str) -> Callable[..., Any]:
    """Import the function of `GET_POLICY`. Raises ConfigurationError if that fails."""
    setting = "ZCRM['MIRROR']['GET_POLICY']"
    try:
        function: Callable[..., Any] = import_string(path)
    except ImportError as error:
        raise ConfigurationError(
            f"{setting} is {path!r}, which cannot be imported: {error}.", "MIRROR"
        ) from None
    if not callable(function):
        raise ConfigurationError(f"{setting} is {path!r}, which is not callable.", "MIRROR")
    return function


def policy_of(connection: Connection, module: str) -> MirrorPolicy:
    """Return the policy that `GET_POLICY` returns. Raises ConfigurationError for an invalid one."""
    path = get_settings().mirror.get_policy
    if not path:
        return DEFAULT
    policy = load_get_policy(path)(connection, module)
    if not isinstance(policy, MirrorPolicy):
        raise ConfigurationError(
            f"{path} returned a {type(policy).__name__} for {module}: return a MirrorPolicy of "
            "django_zcrm.mirror.",
            "MIRROR",
        )
    for name in ("poll_interval", "max_poll_interval"):
        seconds = getattr(policy, name)
        is_number = isinstance(seconds, int) and not isinstance(seconds, bool)
        if seconds is not None and not (is_number and 1 <= seconds <= MAX_SECONDS):
            raise ConfigurationError(
                f"{path} returned the {name} {seconds!r} for {module}: use seconds, from 1 to "
                f"{MAX_SECONDS}, or None.",
                "MIRROR",
            )
    return policy
