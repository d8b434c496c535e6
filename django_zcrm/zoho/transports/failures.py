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


def failure(error: object) -> TransportError:
    """Translate, without the library's text: it quotes URLs, which contain search criteria."""
    match error:
        case NewConnectionError():  # a ConnectTimeoutError, too; includes names that are not found
            return unsent(Unreachable("Zoho could not be reached"))
        case ConnectTimeoutError():
            return unsent(TimedOut("Zoho could not be reached in time"))
        case ReadTimeoutError():
            return TimedOut("Zoho did not answer in time")
        case ProxyError():
            return unsent(Unreachable("The proxy refused or could not be reached"))
        case SSLError() if isinstance(cause_of(error), ssl.SSLCertVerificationError):
            return unsent(Unreachable("The TLS certificate of Zoho's host could not be verified"))
        case SSLError():
            return Unreachable("The TLS connection to Zoho broke")
        case HTTPError() | OSError() if not isinstance(error, DecodeError | LocationValueError):
            return Unreachable("The connection to Zoho broke before the whole reply came")
        case _:
            return TransportError(f"The call failed on the way ({type(error).__name__})")


def cause_of(error: object) -> object:
    """Return the exception that another one was made of: its first argument."""
    return next(iter(getattr(error, "args", ())), None)


def unsent(error: TransportError) -> TransportError:
    """Say of an error that the request was certainly not sent."""
    error.sent = False
    return error
