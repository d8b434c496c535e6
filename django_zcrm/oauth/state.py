"""The `state` of the code flow: bound to a session, valid for ten minutes.

That it is valid only once, however many callbacks come at the same moment, is up to
`ConsumedState`: a session is read and written without a lock.

A session is any mutable mapping.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.crypto import constant_time_compare

KEY = "zcrm_oauth"
LIFE = 600.0
"""Seconds that a person has for Zoho's login and consent pages."""
MAX_FLOWS = 10
"""Flows under way in one session; older ones are dropped."""


@dataclass(frozen=True)
class PendingFlow:
    """A flow under way: who began it, for which owner, and where to go afterwards.

    `owner` is an owner key, so that a grant begun for one tenant cannot end up with another.
    `environment` is the one requested; empty: that of the settings. `renews` is the primary key of
    the connection that staff reconnect, whoever owns it; 0: none. `source` says where it was begun.
    """

    user: str
    owner: str
    next: str = ""
    environment: str = ""
    renews: int = 0
    source: str = "page"
    began: float = 0.0


def remember(session: MutableMapping[str, Any], pending: PendingFlow) -> str:
    """Note a flow in the session and return its state."""
    state = secrets.token_urlsafe(32)
    flows = {**_pending(session), state: {**asdict(pending), "began": time.time()}}
    session[KEY] = dict(list(flows.items())[-MAX_FLOWS:])
    return state


def take(session: MutableMapping[str, Any], state: str) -> PendingFlow | None:
    """Return the flow of a state and forget it; None when there is no such flow (any more)."""
    pending = find(session, state)
    session[KEY] = {
        key: flow
        for key, flow in _pending(session).items()
        if not constant_time_compare(key, state)
    }
    return pending


def find(session: Mapping[str, Any], state: str) -> PendingFlow | None:
    """Return the flow of a state, which stays under way; None when there is no such flow."""
    known = [flow for key, flow in _pending(session).items() if constant_time_compare(key, state)]
    return PendingFlow(**known[0]) if known else None


def _pending(session: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    oldest = time.time() - LIFE
    return {state: flow for state, flow in session.get(KEY, {}).items() if flow["began"] > oldest}
