"""The key `LIMITS` of `settings.ZCRM`: options that keep calls below Zoho's limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from .adaptive_limit import CONCURRENCY

STORES = ("memory", "database")
"""Where a limiter's state may be, besides the URL of a Redis server."""


@dataclass(frozen=True, repr=False)
class LimitOptions:
    """The options of the limiter.

    `store` is one of STORES or the URL of a Redis server; `edition` replaces the edition that Zoho
    reports. The two shares of the limits are reserved for interactive calls. `max_wait` is the
    maximum number of seconds that such a call waits.
    """

    store: str = "memory"
    edition: str = ""
    reserved_concurrency: float = 0.4
    reserved_credits: float = 0.2
    max_wait: float = 5.0

    @classmethod
    def of(cls, settings: object) -> Self:
        """Read the options from a dict of settings.

        Raises TypeError and ValueError; their text continues a sentence that begins with the
        setting's name.
        """
        if not isinstance(settings, Mapping):
            raise TypeError("must be a dict, or None to send calls without a limiter")
        if unknown := [key for key in settings if key not in _KEYS]:
            raise ValueError(f"has the unknown key {unknown[0]!r}; use {', '.join(_KEYS)}")
        reserve = settings.get("RESERVE") or {}
        if not isinstance(reserve, Mapping):
            raise TypeError("has a RESERVE that is not a dict of concurrency and credits")
        if unknown := [key for key in reserve if key not in ("concurrency", "credits")]:
            raise ValueError(
                f"has the unknown key {unknown[0]!r} in RESERVE; its keys are concurrency, credits"
            )
        return cls(
            store=_store(settings.get("STORE") or cls.store),
            edition=_edition(settings.get("EDITION") or ""),
            reserved_concurrency=_share(reserve, "concurrency", cls.reserved_concurrency),
            reserved_credits=_share(reserve, "credits", cls.reserved_credits),
            max_wait=_seconds(settings.get("MAX_WAIT", cls.max_wait)),
        )

    def __repr__(self) -> str:
        # A Redis URL may contain a password.
        return f"<LimitOptions: {self.described}>"

    @property
    def described(self) -> str:
        """The options as text, without secrets."""
        store = self.store if self.store in STORES else self.store.partition("://")[0]
        return (
            f"store {store}, edition {self.edition or 'as Zoho says'}, reserved "
            f"{self.reserved_concurrency:g} of calls at once and {self.reserved_credits:g} of "
            f"credits, waits {self.max_wait:g} s"
        )


_KEYS = ("STORE", "EDITION", "RESERVE", "MAX_WAIT")
_REDIS = ("redis://", "rediss://", "unix://")

LONGEST_WAIT = 600
"""Seconds."""


def _store(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("has a STORE that is not a string")
    if value not in STORES and not value.startswith(_REDIS):
        raise ValueError(
            "has an unknown STORE; use 'memory', 'database', or the URL of a Redis server, such as "
            "'redis://127.0.0.1:6379/0'"
        )
    return value


def _edition(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("has an EDITION that is not a string")
    if value and value not in CONCURRENCY:
        raise ValueError(
            f"has the unknown EDITION {value!r}; use one of {', '.join(CONCURRENCY)}, or remove "
            "it to ask Zoho"
        )
    return value


def _number(value: object, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"has a {name} that is not a number")
    return float(value)


def _share(reserve: Mapping[str, object], key: str, default: float) -> float:
    share = _number(reserve.get(key, default), f"RESERVE[{key!r}]")
    if not 0 <= share <= 0.9:
        raise ValueError(f"has a RESERVE[{key!r}] that is not between 0 and 0.9")
    return share


def _seconds(value: object) -> float:
    seconds = _number(value, "MAX_WAIT")
    if not 0 <= seconds <= LONGEST_WAIT:
        raise ValueError(f"has a MAX_WAIT that is not between 0 and {LONGEST_WAIT} seconds")
    return seconds
