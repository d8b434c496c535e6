"""The interface between sessions and a limiter, which keeps calls below Zoho's limits.

The implementation decides how to store the state and how to share it between processes.
"""

from __future__ import annotations

from typing import NamedTuple, NoReturn, Protocol

from ..errors import TransportError
from ..http.messages import ZohoResponse
from .costs import Cost


class SlotClaim(NamedTuple):
    """A plan needs a slot (`HeldSlot`) for a request of this cost.

    `waited` is the number of seconds that the request has already waited.
    """

    cost: Cost
    operation: str = ""
    waited: float = 0.0


class HeldSlot(Protocol):
    """A granted slot; it must be released exactly once."""

    @property
    def waited(self) -> float:
        """The number of seconds that the call waited for the slot."""
        ...

    def release(self, outcome: ZohoResponse | TransportError | None) -> float | None:
        """Release the slot after the request; for a streamed file, when the file is closed.

        Returns the seconds after which to send the request again, if Zoho's limiter refused it and
        time is left. An `outcome` of None means that the outcome is unknown.
        """
        ...


class Limiter(Protocol):
    """Grants slots. Implementations must be thread-safe."""

    def claim(self, step: SlotClaim, caller: str = "") -> HeldSlot:
        """Wait for a slot. Raises BudgetExceeded, and Limited if the wait would be too long.

        `caller` identifies the caller: while calls wait, all callers are served in turn.
        """
        ...

    async def aclaim(self, step: SlotClaim, caller: str = "") -> HeldSlot:
        """Async version of `claim`."""
        ...


def no_limiter() -> NoReturn:
    """Raise RuntimeError: a plan asked a session without a limiter for a slot."""
    raise RuntimeError("a session without a limiter was asked for a slot")
