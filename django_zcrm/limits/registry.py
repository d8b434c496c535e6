"""Finds the limiter of a connection.

In each process, all clients of an OAuth client in one organisation share one limiter.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from contextlib import suppress
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any
from weakref import WeakValueDictionary

from django.core.signals import setting_changed

from ..conf import get_settings
from ..exceptions import ConfigurationError
from ..models import Connection
from ..zoho.limits.options import LimitOptions
from .credit_counter import CreditCounter
from .limiter import OrganisationLimiter
from .rebalance_thread import rebalance_thread
from .stores import Store
from .stores.database import DatabaseStore

RECENT = 512
"""Limiters that are kept when no client uses them: those that were needed last."""

_limiters: WeakValueDictionary[str, OrganisationLimiter] = WeakValueDictionary()
_credit_counters: WeakValueDictionary[str, CreditCounter] = WeakValueDictionary()
_recent: OrderedDict[str, OrganisationLimiter] = OrderedDict()
_unwritten: dict[str, CreditCounter] = {}
_registry = threading.Lock()


def limiter_for(connection: Connection) -> OrganisationLimiter | None:
    """Return the limiter of a connection's calls; None when `ZCRM["LIMITS"]` is off.

    It is kept as long as a client uses it, as credits of it are unwritten, or as it is recent.
    """
    options = get_settings().limits
    if options is None:
        return None
    organisation = organisation_key(connection)
    edition = options.edition or connection.edition
    with _registry:
        counter = _credit_counters.get(organisation)
        if counter is None:
            # Without `TRACK_USAGE`, nothing would write the counts and so forget the counter.
            is_written = get_settings().track_usage
            on_waiting = partial(note_unwritten, organisation) if is_written else None
            counter = _credit_counters[organisation] = CreditCounter(on_waiting=on_waiting)
        key = shared_key(connection)
        limiter = _limiters.get(key)
        if limiter is None:
            limiter = _limiters[key] = _new_limiter(options, edition, counter, key)
        _recent[key] = limiter
        _recent.move_to_end(key)
        if len(_recent) > RECENT:
            _recent.popitem(last=False)
    if edition:
        limiter.learn_edition(edition)
    return limiter


def _new_limiter(
    options: LimitOptions, edition: str, counter: CreditCounter, key: str
) -> OrganisationLimiter:
    if options.store == "memory":
        return OrganisationLimiter(options, edition, counter)
    from .sharing import SharedLimiter  # most sites do not share limits between processes

    return SharedLimiter(options, edition, counter, store_of(options.store), key)


@lru_cache(maxsize=8)
def store_of(name: str) -> Store:
    """Return the store that `ZCRM["LIMITS"]["STORE"]` names, other than memory.

    Raises ConfigurationError when the extra [redis] is missing.
    """
    if name == "database":
        return DatabaseStore()
    try:
        from .stores.redis import RedisStore  # an extra
    except ModuleNotFoundError as error:
        if error.name != "redis":
            raise
        raise ConfigurationError(
            "ZCRM['LIMITS'] names a Redis server, which needs: pip install 'django-zcrm[redis]'.",
            "LIMITS",
        ) from None
    return RedisStore(name)


def shared_key(connection: Connection) -> str:
    """Return the key of the concurrency limit that a connection shares with others."""
    client = sha256(connection.client_id.encode()).hexdigest()[:16]
    return f"{organisation_key(connection)}:{client}"


def organisation_key(connection: Connection) -> str:
    """Return the key of the organisation whose credits a connection's calls use.

    Where the scopes do not reveal the organisation, it is the connection. Sites that share a Redis
    server have connections with the same primary key, but they were not created in the same moment.
    """
    created = connection.created_at.timestamp()
    organisation = connection.organisation_id or f"connection {connection.pk} {created:.6f}"
    return f"{connection.data_center}:{connection.environment}:{organisation}"


def parse_organisation_key(key: str) -> tuple[str, int | None]:
    """Return the organisation's id of an `organisation_key`, or the connection's primary key."""
    name = key.split(":", 2)[-1]
    words = name.split(" ")
    if words[0] == "connection" and len(words) == 3 and words[1].isdecimal():
        return "", int(words[1])
    return name, None


def find_limiter(key: str) -> OrganisationLimiter | None:
    """Return this process's limiter for a `shared_key`, if there is one."""
    with _registry:
        return _limiters.get(key)


def credit_counters() -> dict[str, CreditCounter]:
    """Return the credit_counters of this process, by the organisation's key."""
    with _registry:
        return dict(_credit_counters)


def note_unwritten(organisation: str, counter: CreditCounter) -> None:
    """Keep a counter until its counts are written."""
    _unwritten[organisation] = counter


def unwritten_counters() -> dict[str, CreditCounter]:
    """Remove and return the counters that may have unwritten counts, by the organisation's key."""
    counters: dict[str, CreditCounter] = {}
    with suppress(KeyError):
        while True:
            key, counter = _unwritten.popitem()
            counters[key] = counter
    return counters


def forget_limiters(**kwargs: Any) -> None:
    """Forget all limiters; existing clients keep theirs."""
    if kwargs.get("setting", "ZCRM") == "ZCRM":
        rebalance_thread.stop()
        with _registry:
            for registry in (_limiters, _credit_counters, _recent, _unwritten):
                registry.clear()


def _after_fork() -> None:
    global _registry
    _registry = threading.Lock()
    _unwritten.clear()
    for limiter in list(_limiters.values()):
        with suppress(RuntimeError):
            limiter.reset()


os.register_at_fork(after_in_child=_after_fork)
setting_changed.connect(forget_limiters, dispatch_uid="zcrm.limiters.settings")
