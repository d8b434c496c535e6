"""What keeps calls below Zoho's limits, as sessions see it: it gives permits, and takes them back.

Where it keeps its state, and with whom it shares that, is not decided here.
"""

from __future__ import annotations

from typing import NoReturn, Protocol

from .auth import Permit
from .errors import TransportError
from .http import Response


class HeldPermit(Protocol):
    """A permit that was given. It has to be released, once."""

    @property
    def waited(self) -> float:
        """For how many seconds it was waited for."""
        ...

    def release(self, outcome: Response | TransportError | None) -> float | None:
        """Give it back: after the request, or, of a streamed file, when that is closed.

        Returns the seconds after which to send the request again, if Zoho's limiter refused it and
        there is time left for that. None as the outcome says that nothing is known.
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
    """Raise for a plan that asks for a permit of a session that gives none."""
    raise RuntimeError("a session without a governor was asked for a permit")
