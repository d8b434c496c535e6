"""Faults that a test can cause: failing calls, expired tokens, records that are hidden or late."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from django_zcrm.emulator import Emulator, Refusal
from django_zcrm.emulator.core.faults import Fault
from django_zcrm.emulator.engine.renaming import rename_module
from django_zcrm.emulator.engine.visibility import hide
from django_zcrm.emulator.state.organisation import Organisation, User


class FaultInjection(ABC):
    """The methods of `ZCRMEmulator` that cause faults."""

    emulator: Emulator

    @property
    @abstractmethod
    def org(self) -> Organisation:
        """The organisation that has the records and users."""

    @property
    def _lock(self) -> AbstractContextManager[Any]:
        """The lock that a request holds, so that threads may use both."""
        return self.emulator.zoho.lock

    def fail_next(
        self, operation: str | None = None, *, times: int | None = 1, **fault: Any
    ) -> None:
        """Let the next `times` calls of an operation fail; None lets all calls fail.

        `operation` is a name such as `records.create`, or a route; without it, the fault hits any
        call, or those of a `path` (with `*`). `fault` describes the failure, with the keys of
        docs/reference/emulator.md: `code="LIMIT_EXCEEDED"`, `status=500`, `drop="before"`,
        `delay_ms=100`, `bad_item=1`... Raises ValueError for an unknown operation or key.
        """
        try:
            new_fault = Fault.from_json({"operation": operation, "times": times, **fault})
        except Refusal as refusal:
            raise ValueError(refusal.message) from None
        self.emulator.zoho.faults.listed.append(new_fault)

    def stop_failing(self) -> None:
        """Clear the faults of `fail_next`."""
        self.emulator.zoho.faults.listed.clear()

    def expire_access_tokens(self) -> None:
        """Let every access token run out now; the refresh tokens stay good."""
        grants = self.emulator.zoho.grants
        with self._lock:
            for token in list(grants.access_tokens):
                grants.expire(token)

    def revoke(self, email: str | None = None) -> None:
        """Withdraw the grants of a Zoho user (default: all): their tokens become invalid."""
        with self._lock:
            self.emulator.zoho.grants.withdraw(email)

    def lag(self, *, search: float | None = None, rows: float | None = None) -> None:
        """Delay changes in searches, and new rows in lists, by so many seconds.

        Lists include those of COQL and of bulk reads. A record can be read by its id at once.
        """
        self.org.search_lag = self.org.search_lag if search is None else search
        self.org.row_lag = self.org.row_lag if rows is None else rows

    def hide(self, *records: str | Mapping[str, Any], email: str | None = None) -> None:
        """Hide these records, or their ids, from a user (the first one), and no others any more.

        Without records the user sees all again. Raises LookupError for an unknown user.
        """
        ids: Iterable[str] = (
            record if isinstance(record, str) else record["id"] for record in records
        )
        with self._lock:
            hide(self.org, self._user(email), ids)

    def rename_module(self, module: str, api_name: str) -> None:
        """Give a custom module another API name, as an administrator can at any time.

        Raises ValueError for another module, and for a name that cannot be one or is taken.
        """
        with self._lock:
            rename_module(self.org, module, api_name)

    def _user(self, email: str | None) -> User:
        users = self.org.users.values()
        user = self.org.user_by_email(email) if email else next(iter(users))
        if user is None:
            raise LookupError(f"{email} is not a user of the organisation; add_user() adds one")
        return user
