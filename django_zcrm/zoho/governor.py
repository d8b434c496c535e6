"""The interface between sessions and a governor, which keeps calls below Zoho's limits.

How a governor stores its state, and shares it with other processes, is up to the implementation.
"""

from __future__ import annotations

from typing import NoReturn, Protocol

from .auth import Permit
from .errors import TransportError
from .http import Response


class HeldPermit(Protocol):
    """A permit that was given; it has to be released exactly once."""

    @property
    def waited(self) -> float:
        """How many seconds the call waited for it."""
        ...

    def release(self, outcome: Response | TransportError | None) -> float | None:
        """Release it after the request; that of a streamed file is kept until the file is closed.

        Returns the seconds after which to send the request again, if Zoho's limiter refused it and
        there is time left for that. An `outcome` of None means that the outcome is not known.
        """
        ...


class Governor(Protocol):
    """Gives permits. Implementations must be thread-safe."""

    def permit(self, step: Permit) -> HeldPermit:
        """Wait for a permit. Raises Limited when that would take too long, and BudgetSpent."""
        ...

    async def apermit(self, step: Permit) -> HeldPermit:
        """Async version of `permit`."""
        ...


def no_governor() -> NoReturn:
    """Raise RuntimeError: a plan asked a session without a governor for a permit."""
    raise RuntimeError("a session without a governor was asked for a permit")
