"""Functions that run around an organisation's requests: due work before, callbacks after.

Resources have their functions in ``HOOKS`` of ``api``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..state import Organisation


@dataclass(frozen=True, slots=True)
class Callback:
    """A request to a client's address: by default a POST of `body` as JSON.

    `content` are the bytes to send if `body` is not JSON. `attempts` is how often the request is
    sent until the receiver responds with 2xx; `report` gets the last outcome.
    """

    url: str
    body: Any
    method: str = "POST"
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 1
    report: Callable[[PostedCallback], None] | None = None


@dataclass(frozen=True, slots=True)
class PostedCallback:
    """A callback with its outcome: `status` is 0 when there was no response.

    `body` is a text if the callback is not JSON.
    """

    url: str
    body: Any
    status: int = 0
    error: str = ""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_delivered(self) -> bool:
        """Return whether the receiver accepted the callback."""
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Hooks:
    """The functions that run around requests, in order.

    ``before_request`` functions do the work that is due. ``after_request`` functions take an
    organisation and the request's address, and return the callbacks to post. ``wake_after``
    functions return the seconds after which the others run again, even without a request.
    """

    before_request: tuple[Callable[[Organisation], None], ...] = ()
    after_request: tuple[Callable[[Organisation, str], Iterable[Callback]], ...] = ()
    wake_after: tuple[Callable[[Organisation], Iterable[float]], ...] = ()
