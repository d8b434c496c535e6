"""Secrets as values that nothing shows: client secrets, tokens, grant codes, keys.

A traceback with variables, a log record or a debugger shows the repr of whatever is at hand; of a
str that is the secret itself.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Any, NoReturn, Self

MASK = "•••"
"""What stands for a secret. No secret looks like this: Zoho's are visible ASCII."""

MIN_LENGTH = 8
"""Characters. Shorter texts are not secrets of Zoho, and would be found in any text."""


class Secret:
    """A text that is shown as a mask wherever it appears; `reveal()` returns it.

    It equals the same text, as a Secret or a str, compared in constant time, and is false when
    empty. It is not pickled, as the pickle would show it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str | Secret = "") -> None:
        self._text: str = text.reveal() if isinstance(text, Secret) else text

    def reveal(self) -> str:
        """Return the text. Do not give it a name: error pages show a frame's variables."""
        return self._text

    def is_in(self, content: bytes) -> bool:
        """Return whether some bytes contain the secret unchanged."""
        # From the end, which takes a third of the time of `in` for a token in a page of records:
        # CPython has its two-way search, good for repetitive texts, only from the beginning.
        return len(self._text) >= MIN_LENGTH and content.rfind(_bytes(self._text)) >= 0

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret | str):
            return NotImplemented
        return hmac.compare_digest(_bytes(self._text), _bytes(reveal(other)))

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"<Secret {MASK}>" if self._text else "<Secret, empty>"

    def __str__(self) -> str:
        return MASK if self._text else ""

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A Secret cannot be pickled. Encrypt the value of reveal(), and store that."
        )


class JSONSecret(Secret):
    """A secret that a JSON body may contain, such as the token of a notification channel.

    The encoder of bodies writes its text and refuses any other secret.
    """

    __slots__ = ()


def reveal(value: str | Secret) -> str:
    """Return the text of a secret, or the string itself."""
    return value.reveal() if isinstance(value, Secret) else value


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def repeats(content: bytes, secrets: Iterable[Secret]) -> bool:
    """Return whether some bytes contain one of the secrets unchanged."""
    return any(secret.is_in(content) for secret in secrets)


def mask(value: Any, secrets: Iterable[Secret]) -> Any:
    """Return JSON data in which every occurrence of a secret is masked, in keys as well."""
    return _mask(value, [secret.reveal() for secret in _long(secrets)])


def _mask(value: Any, texts: list[str]) -> Any:
    match value:
        case str():
            for text in texts:
                value = value.replace(text, MASK)
            return value
        case list():
            return [_mask(item, texts) for item in value]
        case dict():
            return {_mask(name, texts): _mask(item, texts) for name, item in value.items()}
        case _:
            return value


def _long(secrets: Iterable[Secret]) -> list[Secret]:
    """Return the secrets that are long enough to be looked for, the longest first."""
    long_enough = [secret for secret in secrets if len(secret.reveal()) >= MIN_LENGTH]
    return sorted(long_enough, key=lambda secret: -len(secret.reveal()))
