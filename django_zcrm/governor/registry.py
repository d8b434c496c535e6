"""Finds the governor of a connection.

All clients of an OAuth client in one organisation share one, in each process.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.core.signals import setting_changed

from ..conf import get_settings
from ..exceptions import ConfigurationError
from ..models import Connection
from ..zoho.governor_options import GovernorOptions
from .exchange_thread import exchange_thread
from .governors import OrganisationGovernor
from .ledger import Ledger
from .stores import Store

_governors: dict[str, OrganisationGovernor] = {}
_ledgers: dict[str, Ledger] = {}
_registry = threading.Lock()


def governor_for(connection: Connection) -> OrganisationGovernor | None:
    """Return the governor of a connection's calls; None when `ZCRM["GOVERNOR"]` is off."""
    options = get_settings().governor
    if options is None:
        return None
    organisation = organisation_key(connection)
    edition = options.edition or connection.edition
    with _registry:
        ledger = _ledgers.setdefault(organisation, Ledger())
        key = shared_key(connection)
        governor = _governors.get(key)
        if governor is None:
            governor = _governors[key] = _new_governor(options, edition, ledger, key)
    if edition:
        governor.learn_edition(edition)
    return governor


def _new_governor(
    options: GovernorOptions, edition: str, ledger: Ledger, key: str
) -> OrganisationGovernor:
    if options.store == "memory":
        return OrganisationGovernor(options, edition, ledger)
    from .sharing import SharedGovernor  # most sites have a process's own limits

    return SharedGovernor(options, edition, ledger, store_of(options.store), key)


@lru_cache(maxsize=8)
def store_of(name: str) -> Store:
    """Return the store that `ZCRM["GOVERNOR"]["STORE"]` names, other than memory.

    Raises ConfigurationError when the extra [redis] is missing.
    """
    if name == "database":
        from .stores.database import DatabaseStore

        return DatabaseStore()
    try:
        from .stores.redis import RedisStore  # an extra
    except ModuleNotFoundError as error:
        if error.name != "redis":
            raise
        raise ConfigurationError(
            "ZCRM['GOVERNOR'] names a Redis server, which needs: pip install 'django-zcrm[redis]'.",
            "GOVERNOR",
        ) from None
    return RedisStore(name)


def shared_key(connection: Connection) -> str:
    """Return the key of the concurrency limit that a connection shares with others."""
    client = sha256(connection.client_id.encode()).hexdigest()[:16]
    return f"{organisation_key(connection)}:{client}"


def organisation_key(connection: Connection) -> str:
    """Return the key of the organisation whose credits a connection's calls use.

    Where the scopes do not tell the organisation, it is the connection: better than nothing.
    """
    organisation = connection.organisation_id or f"connection {connection.pk}"
    return f"{connection.data_center}:{connection.environment}:{organisation}"


def known_governor(key: str) -> OrganisationGovernor | None:
    """Return this process's governor for a `shared_key`, if there is one."""
    with _registry:
        return _governors.get(key)


def ledgers() -> dict[str, Ledger]:
    """Return the ledgers of this process, by the organisation's key."""
    with _registry:
        return dict(_ledgers)


def forget_governors(**kwargs: Any) -> None:
    """Forget all governors; existing clients keep theirs."""
    if kwargs.get("setting", "ZCRM") == "ZCRM":
        exchange_thread.stop()
        with _registry:
            _governors.clear()
            _ledgers.clear()


def _after_fork() -> None:
    global _registry
    _registry = threading.Lock()
    for governor in _governors.values():
        with suppress(RuntimeError):
            governor.reset()


os.register_at_fork(after_in_child=_after_fork)
setting_changed.connect(forget_governors, dispatch_uid="zcrm.governors.settings")
