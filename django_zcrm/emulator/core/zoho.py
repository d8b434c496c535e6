"""The whole emulated Zoho: organisations, grants, faults, limits, the request log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from ..state import Clock, Organisation
from ..state.grants import CLIENT_ID, CLIENT_SECRET, GrantStore, RegisteredClient
from ..state.ids import Ids
from .callbacks import Callbacks
from .faults import Faults
from .hooks import Callback, Hooks
from .limits import RequestLimits
from .options import Options
from .request_log import RequestLog


class Zoho:
    """The accounts server and the CRM with all their data; one thread at a time has the lock.

    ``reset`` restores the initial state; handlers of open routes get the Zoho itself, others an
    organisation.
    """

    organisations: dict[str, Organisation]
    grants: GrantStore
    faults: Faults
    limits: RequestLimits

    def __init__(
        self,
        options: Options,
        clock: Clock,
        ids: Ids,
        seed: Callable[[Zoho], None],
        hooks: Hooks,
    ) -> None:
        self.options = options
        self.clock = clock
        self.ids = ids
        self.hooks = hooks
        self.lock = threading.RLock()
        self.log = RequestLog()
        self.callbacks = Callbacks(anywhere=options.callbacks_anywhere)
        own_url = urlsplit(options.base_url or "")
        self.allowed_hosts = {
            name.lower() for name in (*options.allowed_hosts, own_url.hostname) if name
        }
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Start over: fresh organisations, no tokens, faults or log, the clock at the real time."""
        options = self.options
        self.clock.reset()
        self.ids.reset()
        self.log.clear()
        self.callbacks.clear()
        #: Held back by a fault until the next callbacks have been posted.
        self.late_callbacks: list[Callback] = []
        self.faults = Faults()
        self.limits = RequestLimits(options, self.clock)
        self.grants = GrantStore(
            self.clock,
            self.ids,
            throttle_codes=options.throttle_codes,
            throttle_refreshes=options.throttle_refreshes,
        )
        self.grants.clients[CLIENT_ID] = RegisteredClient(
            CLIENT_ID,
            CLIENT_SECRET,
            "Emulator client",
            options.redirect_uris,
            {code: f"{CLIENT_SECRET}-{code}" for code in options.codes[1:]}
            if options.secret_by_data_center
            else {},
        )
        self.organisations = {}
        self._seed(self)

    @property
    def organisation(self) -> Organisation:
        """The first organisation, the default everywhere."""
        return next(iter(self.organisations.values()))
