"""Translates exceptions of urllib3 to errors for the caller."""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import TypeVar

from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    LocationValueError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from ...errors import TimedOut, TransportError, Unreachable
from ..datacenters import is_loopback, origin

_Error = TypeVar("_Error", bound=BaseException)


def without_frames(error: _Error) -> _Error:
    """Return an error without frames: those below a transport contain the token and the body.

    Raise the error after the `except` block, as any error made in such a block: inside, even with
    `from None`, it would keep the handled exception with its frames as its context.
    """
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


FAILURES: dict[str, tuple[type[TransportError], str, bool]] = {
    "unreachable": (Unreachable, "Zoho could not be reached", False),
    "connect_timeout": (TimedOut, "Zoho could not be reached in time", False),
    "read_timeout": (TimedOut, "Zoho did not answer in time", True),
    "proxy": (Unreachable, "The proxy refused or could not be reached", False),
    "certificate": (
        Unreachable,
        "The TLS certificate of Zoho's host could not be verified",
        False,
    ),
    "tls": (Unreachable, "The TLS connection to Zoho broke", True),
    "broken": (Unreachable, "The connection to Zoho broke before the whole response arrived", True),
    "failed": (TransportError, "The call failed on the way", True),
}
"""The class and the message of each failure, and whether the request may have been sent."""


def failure(error: object, operation: str) -> TransportError:
    """Translate, without the library's text: it quotes URLs, which contain search criteria."""
    return transport_error(_failure_of(error), operation, type(error).__name__)


def transport_error(name: str, operation: str, detail: str = "") -> TransportError:
    """Return the error for a failure; `detail` is the type of an unexpected one."""
    error_class, message, sent = FAILURES[name]
    text = f"{message} ({detail})" if name == "failed" else message
    error = error_class(text, operation=operation, sent=sent)
    error.failure, error.detail = name, detail
    return error


def at_address(error: BaseException, base_url: str) -> None:
    """Add the address to the error of a request that did not leave this machine."""
    if not isinstance(error, TransportError) or error.sent:
        return
    with suppress(ValueError):
        error.address = origin(base_url)
        error.message = f"{error.message} ({error.address})"
        if is_loopback(base_url):
            error.message += "; start the emulator with: manage.py zcrm_emulator"
        error.args = (error.message,)


def unsent(error: object, operation: str) -> TransportError:
    """Translate an error before anything was sent."""
    translated = failure(error, operation)
    translated.sent = False
    return translated


def _failure_of(error: object) -> str:
    """Return the name of a failure."""
    match error:
        case NewConnectionError():  # a ConnectTimeoutError, too; includes names that are not found
            return "unreachable"
        case ConnectTimeoutError():
            return "connect_timeout"
        case ReadTimeoutError():
            return "read_timeout"
        case ProxyError():
            return "proxy"
        case SSLError() if isinstance(cause_of(error), ssl.SSLCertVerificationError):
            return "certificate"
        case SSLError():
            return "tls"
        case HTTPError() | OSError() if not isinstance(error, DecodeError | LocationValueError):
            return "broken"
        case _:
            return "failed"


def cause_of(error: object) -> object:
    """Return the original exception of another one: its first argument."""
    return next(iter(getattr(error, "args", ())), None)
