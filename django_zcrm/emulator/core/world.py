"""Everything that one emulator holds: organisations, grants, faults, limits, the request log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_zcrm.emulator.core.callbacks import Callbacks
from django_zcrm.emulator.core.faults import Faults
from django_zcrm.emulator.core.limits import Limits
from django_zcrm.emulator.core.options import Options
from django_zcrm.emulator.core.request_log import RequestLog
from django_zcrm.emulator.state.clock import Clock
from django_zcrm.emulator.state.grants import CLIENT_ID, CLIENT_SECRET, GrantStore, OAuthClient
from django_zcrm.emulator.state.ids import Ids
from django_zcrm.emulator.state.organisation import Organisation

if TYPE_CHECKING:
    from collections.abc import Callable


class World:
    """Everything there is: organisations, the accounts server's books, faults, the request log.

    ``reset`` restores the initial state; handlers of open routes get the World itself.
    """

    organisations: dict[str, Organisation]
    books: GrantStore
    faults: Faults
    limits: Limits

    def __init__(
        self, options: Options, clock: Clock, ids: Ids, fill: Callable[[World], None]
    ) -> None:
        self.options = options
        self.clock = clock
        self.ids = ids
        self.log = RequestLog()
        self.callbacks = Callbacks(anywhere=options.callbacks_anywhere)
        self._fill = fill
        self.reset()

    def reset(self) -> None:
        """Start over: fresh organisations, no tokens, faults or log, the clock at the real time."""
        options = self.options
        self.clock.reset()
        self.ids.reset()
        self.log.clear()
        self.callbacks.clear()
        self.faults = Faults()
        self.limits = Limits(options, self.clock)
        self.books = GrantStore(
            self.clock,
            self.ids,
            throttle_codes=options.throttle_codes,
            throttle_refreshes=options.throttle_refreshes,
        )
        self.books.clients[CLIENT_ID] = OAuthClient(
            CLIENT_ID,
            CLIENT_SECRET,
            "Emulator client",
            options.redirect_uris,
            {code: f"{CLIENT_SECRET}-{code}" for code in options.codes[1:]}
            if options.secret_by_data_center
            else {},
        )
        self.organisations = {}
        self._fill(self)

    @property
    def organisation(self) -> Organisation:
        """The first organisation, the default everywhere."""
        return next(iter(self.organisations.values()))
