"""Parses the values of `settings.ZCRM`: each function parses one kind of value.

They raise TypeError and ValueError; their text continues a sentence that begins with the setting's
name.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..zoho.auth.scope_names import split_scopes
from ..zoho.http.datacenters import DATA_CENTERS, origin
from ..zoho.secret import Secret

if TYPE_CHECKING:
    from ..zoho.http.messages import Timeout

MAX_TIMEOUT = 86400
"""Seconds. Sockets refuse infinity and very large numbers."""

MIN_RESPONSE_BYTES = 64 * 1024
"""Bytes. Below this, answers to errors and to short questions could not be read."""


def text(value: object) -> str:
    """Return a text without the blanks around it."""
    if not isinstance(value, str):
        raise TypeError("must be a string")
    return value.strip()


def choice(*choices: str) -> Callable[[object], str]:
    """Return a function that parses one of these words."""

    def read(value: object) -> str:
        if text(value) not in choices:
            raise ValueError(f"is {value!r}; choose one of {', '.join(choices)}")
        return text(value)

    return read


def base_url(value: object) -> str:
    """Return a URL that paths can be appended to."""
    url = _url(value)
    if "?" in url or "#" in url:
        raise ValueError(f"is {value!r}; paths are appended to it, so it cannot have a query")
    return url


def redirect_uri(value: object) -> str:
    """Return a redirect URI unchanged."""
    _url(value)
    return text(value)  # Zoho compares it exactly with the registered one


def _url(value: object) -> str:
    url = text(value).rstrip("/")
    if "@" in url.partition("://")[2].partition("/")[0]:  # not quoted: it may be a secret
        raise ValueError("contains a user name or a password; remove these")
    try:
        if url:
            origin(url)
    except ValueError:
        raise ValueError(f"is {value!r}, which is not an http or https URL") from None
    return url


def secret(value: object) -> Secret | Mapping[str, Secret]:
    """Return a secret, or the secrets by data centre."""
    if isinstance(value, str):
        return Secret(value.strip())
    if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
        raise TypeError("must be a string, or a dict of strings by data centre")
    if unknown := [code for code in value if code not in DATA_CENTERS]:
        raise ValueError(
            f"has the unknown data centre {unknown[0]!r}; choose from {', '.join(DATA_CENTERS)}"
        )
    return {code: Secret(words.strip()) for code, words in value.items()}


MIN_TOKEN = 16
"""The shortest token that is accepted, in characters."""


def token(value: object) -> Secret:
    """Return a token that other programs send to this site."""
    if not isinstance(value, str):
        raise TypeError("must be a string")
    if len(value.strip()) < MIN_TOKEN or not value.isascii():
        raise ValueError(f"must have at least {MIN_TOKEN} ASCII characters")
    return Secret(value.strip())


def scopes(value: object) -> tuple[str, ...]:
    """Return scopes from a list or a comma-separated string."""
    if isinstance(value, str):
        value = split_scopes(value)
    if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
        raise TypeError("must be a list of strings, or one string with commas")
    if not value:
        raise ValueError("has no scope, so nobody could connect")
    if wrong := [scope for scope in value if split_scopes(scope) != (scope,)]:
        raise ValueError(f"contains {wrong[0]!r}, which is not a single scope")
    return split_scopes(value)


def encryption_keys(value: object) -> tuple[Secret, ...]:
    """Return Fernet keys, the newest first."""
    if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
        raise TypeError("must be a list of strings, the newest key first")
    for key in value:
        try:
            size = len(urlsafe_b64decode(key))
        except ValueError:
            size = 0
        if size != 32:
            raise ValueError("contains something that is not a Fernet key (32 bytes in base64)")
    return tuple(Secret(key) for key in value)


def timeout(value: object) -> Timeout:
    """Return the timeouts in seconds: connect, read, and optionally the total of a call."""
    parts = tuple(value) if isinstance(value, list | tuple) else (value, value)
    if len(parts) not in {2, 3} or not all(_is_number(v) for v in parts):
        raise TypeError("must be a number of seconds, (connect, read), or (connect, read, total)")
    if not all(0 < seconds <= MAX_TIMEOUT for seconds in parts):
        raise ValueError("must be greater than zero, and at most a day")
    connect, read, *total = (float(seconds) for seconds in parts)
    return (connect, read, total[0]) if total else (connect, read)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def model(value: object) -> str:
    """Return the label of a model."""
    app_label, _, name = text(value).partition(".")
    if not (app_label.isidentifier() and name.isidentifier()):
        raise ValueError(f"is {value!r}; write it as 'app_label.ModelName'")
    return text(value)


def count(value: object) -> int:
    """Return a whole number of at least zero."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("must be a whole number")
    if value < 0:
        raise ValueError("must not be negative")
    return value


def response_bytes(value: object) -> int:
    """Return the maximum size of a response in bytes."""
    if count(value) < MIN_RESPONSE_BYTES:
        raise ValueError(
            f"must be at least {MIN_RESPONSE_BYTES}, so that Zoho's error responses fit"
        )
    return count(value)


def positive(value: object) -> int:
    """Return a whole number greater than zero."""
    if count(value) == 0:
        raise ValueError("must be greater than zero")
    return count(value)


def flag(value: object) -> bool:
    """Return True or False."""
    if not isinstance(value, bool):
        raise TypeError("must be True or False")
    return value
