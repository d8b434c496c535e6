"""What happens around the requests to an organisation: due work before, callbacks after.

Resources have their functions in ``HOOKS`` of ``api``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django_zcrm.emulator.state.organisation import Organisation


@dataclass(frozen=True, slots=True)
class Callback:
    """A body to post to the address that a client gave."""

    url: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Hooks:
    """The functions that run around requests, in order.

    ``before_request`` do the work that is due. ``after_request`` take an organisation and the
    address that was called, and return the callbacks to post. ``wake_after`` return after how many
    seconds the others are to run again, although there may be no request.
    """

    before_request: tuple[Callable[[Organisation], None], ...] = ()
    after_request: tuple[Callable[[Organisation, str], Iterable[Callback]], ...] = ()
    wake_after: tuple[Callable[[Organisation], Iterable[float]], ...] = ()
