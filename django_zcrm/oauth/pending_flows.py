"""The `state` of the code flow: bound to a session, valid for ten minutes.

A session is read and written without a lock. So `ConsumedState` makes sure that a state is valid
only once, even for simultaneous callbacks.

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
"""Maximum number of pending flows in one session; older ones are dropped."""


@dataclass(frozen=True)
class PendingFlow:
    """A pending flow: the user who began it, the owner, and the page to continue with.

    `owner` is an owner key, so that a grant begun for one tenant cannot end up with another.
    `environment` is the requested environment, or empty for that of the settings. `renews` is the
    primary key of the connection that staff reconnect, or 0. `source` is the place where the flow
    began.
    """

    user: str
    owner: str
    next: str = ""
    environment: str = ""
    renews: int = 0
    source: str = "page"
    began: float = 0.0


def remember(session: MutableMapping[str, Any], pending: PendingFlow) -> str:
    """Store a flow in the session and return its state."""
    state = secrets.token_urlsafe(32)
    flows = {**_pending_flows(session), state: {**asdict(pending), "began": time.time()}}
    session[KEY] = dict(list(flows.items())[-MAX_FLOWS:])
    return state


def take(session: MutableMapping[str, Any], state: str) -> PendingFlow | None:
    """Remove and return the flow of a state; None when there is no such flow."""
    pending = find(session, state)
    session[KEY] = {
        key: flow
        for key, flow in _pending_flows(session).items()
        if not constant_time_compare(key, state)
    }
    return pending


def find(session: Mapping[str, Any], state: str) -> PendingFlow | None:
    """Return the flow of a state, which stays pending; None when there is no such flow."""
    matches = [
        flow for key, flow in _pending_flows(session).items() if constant_time_compare(key, state)
    ]
    return PendingFlow(**matches[0]) if matches else None


def _pending_flows(session: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    oldest = time.time() - LIFE
    return {state: flow for state, flow in session.get(KEY, {}).items() if flow["began"] > oldest}
