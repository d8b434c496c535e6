"""The key `MIRROR` of `settings.ZCRM`: how often the mirror polls Zoho, and what triggers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

RUNNERS = ("command", "tasks", "celery")
"""What calls `run_due()`: `manage.py zcrm_sync`, Django's tasks framework, or Celery."""

MAX_OVERLAP = 86400
"""Seconds."""


@dataclass(frozen=True)
class MirrorSettings:
    """How records are mirrored; the attributes are the keys in lower case.

    These are in seconds. `poll_interval` is the time between two polls of a module with recent
    changes. `max_poll_interval` is that of an idle module, without and with a healthy channel. Each
    poll begins `overlap` before the end of the last one. For `settle_time`, Zoho may still add
    records to a past moment. `reconcile_interval` is the time between two comparisons of all ids.

    `credit_share` is the share of an organisation's daily credits that polls may use. `get_policy`
    is the dotted path of a function that takes a connection and a module, and returns a
    `MirrorPolicy`. Zoho posts notifications to `notify_url`; empty for none. `max_workers` is the
    maximum number of concurrent workers for one connection. If there may be several, one of them is
    reserved for changes, notices and users' requests.
    """

    poll_interval: int = 60
    max_poll_interval: tuple[int, int] = (900, 3600)
    credit_share: float = 0.25
    get_policy: str = ""
    overlap: int = 300
    settle_time: int = 60
    reconcile_interval: int = 604800
    notify_url: str = ""
    runner: str = "command"
    max_workers: int = 2

    @classmethod
    def of(cls, settings: object) -> Self:
        """Return the options from a dict of settings.

        Raises TypeError and ValueError; their text continues a sentence that begins with the
        setting's name.
        """
        if not isinstance(settings, Mapping):
            raise TypeError("must be a dict")
        if unknown := [key for key in settings if key not in _KEYS]:
            raise ValueError(f"has the unknown key {unknown[0]!r}; use {', '.join(_KEYS)}")
        options = cls(
            poll_interval=_seconds(settings, "POLL_INTERVAL", cls.poll_interval, least=1),
            max_poll_interval=_pair(settings, "MAX_POLL_INTERVAL", cls.max_poll_interval),
            credit_share=_share(settings, "CREDIT_SHARE", cls.credit_share),
            get_policy=_path(settings, "GET_POLICY"),
            overlap=_seconds(settings, "OVERLAP", cls.overlap, most=MAX_OVERLAP),
            settle_time=_seconds(settings, "SETTLE_TIME", cls.settle_time, most=MAX_OVERLAP),
            reconcile_interval=_seconds(
                settings, "RECONCILE_INTERVAL", cls.reconcile_interval, least=60
            ),
            notify_url=_notify_url(settings.get("NOTIFY_URL") or ""),
            runner=_runner(settings.get("RUNNER") or cls.runner),
            max_workers=_count(settings, "MAX_WORKERS", cls.max_workers),
        )
        if options.settle_time > options.overlap:
            raise ValueError(
                f"has a SETTLE_TIME of {options.settle_time} s, longer than its OVERLAP of "
                f"{options.overlap} s: what Zoho adds late would be missed; the defaults are "
                f"{cls.settle_time} and {cls.overlap} s"
            )
        return options

    @property
    def described(self) -> str:
        """The settings as text."""
        url = self.notify_url or "none"
        return (
            f"polls every {self.poll_interval} s (idle: {self.max_poll_interval[0]} s, with a "
            f"channel {self.max_poll_interval[1]} s) and for {self.credit_share:.0%} of the "
            f"credits, with an overlap of {self.overlap} s, settles "
            f"after {self.settle_time} s, compares every {self.reconcile_interval} s; notify URL: "
            f"{url}; runner: {self.runner}; at most {self.max_workers} workers for a connection"
        )


_KEYS = (
    "POLL_INTERVAL",
    "MAX_POLL_INTERVAL",
    "CREDIT_SHARE",
    "GET_POLICY",
    "OVERLAP",
    "SETTLE_TIME",
    "RECONCILE_INTERVAL",
    "NOTIFY_URL",
    "RUNNER",
    "MAX_WORKERS",
)


def _seconds(
    settings: Mapping[object, object], key: str, default: int, least: int = 0, most: int = 10**9
) -> int:
    value = settings.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"has a value for {key} that is not a whole number of seconds")
    if not least <= value <= most:
        raise ValueError(f"has a value for {key} that is not between {least} and {most} seconds")
    return value


def _count(settings: Mapping[object, object], key: str, default: int) -> int:
    value = settings.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"has a value for {key} that is not a whole number")
    if value < 1:
        raise ValueError(f"has a value for {key} that is less than 1")
    return value


def _pair(settings: Mapping[object, object], key: str, default: tuple[int, int]) -> tuple[int, int]:
    value = settings.get(key, default)
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise TypeError(
            f"has a value for {key} that is not two numbers of seconds: without, and with a "
            "healthy channel"
        )
    without, with_channel = (_seconds({key: part}, key, 0, least=1, most=86_400) for part in value)
    return without, with_channel


def _share(settings: Mapping[object, object], key: str, default: float) -> float:
    value = settings.get(key, default)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"has a value for {key} that is not a number")
    if not 0 < value <= 1:
        raise ValueError(f"has a value for {key} that is not above 0 and at most 1")
    return float(value)


def _path(settings: Mapping[object, object], key: str) -> str:
    value = settings.get(key) or ""
    if not isinstance(value, str) or (value and "." not in value):
        raise TypeError(
            f"has a value for {key} that is not the dotted path of a function, as in "
            "'shop.mirrors.get_policy'"
        )
    return value


def _notify_url(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("has a NOTIFY_URL that is not a string")
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("has a NOTIFY_URL that is not an http or https URL")
    if parts.username is not None:
        raise ValueError("has a NOTIFY_URL with a user name or a password; remove these")
    return value


def _runner(value: object) -> str:
    if value not in RUNNERS:
        raise ValueError(f"has the unknown RUNNER {value!r}; use one of {', '.join(RUNNERS)}")
    return str(value)
