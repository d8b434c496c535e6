"""What the exceptions of urllib3 mean to a caller."""

from __future__ import annotations

import ssl

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

from ..errors import TimedOut, TransportError, Unreachable


def failure(error: object, operation: str) -> TransportError:
    """Translate, without the library's text: it quotes URLs, which contain search criteria."""
    error_class, message, sent = _meaning(error)
    return error_class(message, operation=operation, sent=sent)


def unsent(error: object, operation: str) -> TransportError:
    """Translate an error before anything was sent."""
    error_class, message, _ = _meaning(error)
    return error_class(message, operation=operation, sent=False)


def _meaning(error: object) -> tuple[type[TransportError], str, bool]:
    """Return the class of error, the message, and whether the request may have been sent."""
    match error:
        case NewConnectionError():  # a ConnectTimeoutError, too; includes names that are not found
            return Unreachable, "Zoho could not be reached", False
        case ConnectTimeoutError():
            return TimedOut, "Zoho could not be reached in time", False
        case ReadTimeoutError():
            return TimedOut, "Zoho did not answer in time", True
        case ProxyError():
            return Unreachable, "The proxy refused or could not be reached", False
        case SSLError() if isinstance(cause_of(error), ssl.SSLCertVerificationError):
            return Unreachable, "The TLS certificate of Zoho's host could not be verified", False
        case SSLError():
            return Unreachable, "The TLS connection to Zoho broke", True
        case HTTPError() | OSError() if not isinstance(error, DecodeError | LocationValueError):
            return Unreachable, "The connection to Zoho broke before the whole reply came", True
        case _:
            return TransportError, f"The call failed on the way ({type(error).__name__})", True


def cause_of(error: object) -> object:
    """Return the exception that another one was made of: its first argument."""
    return next(iter(getattr(error, "args", ())), None)
