"""The cipher of `encryption`: MultiFernet, the newest key first.

A separate module because it imports cryptography, which a project should not need to start.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.utils.encoding import force_bytes

from .exceptions import ConfigurationError


def _derive(secret_key: str | bytes) -> Fernet:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"django_zcrm tokens")
    return Fernet(urlsafe_b64encode(kdf.derive(force_bytes(secret_key))))


class Cipher:
    """Encrypts with the first of its keys and decrypts with any of them.

    The keys are `keys` and, after them, those derived from `secrets`. Empty text stays empty: there
    is nothing to hide.
    """

    def __init__(self, keys: Iterable[str], secrets: Iterable[str | bytes]) -> None:
        self._keys = MultiFernet([*map(Fernet, keys), *map(_derive, secrets)])

    def encrypt(self, text: str) -> str:
        """Return the encrypted text."""
        return self._keys.encrypt(text.encode()).decode() if text else ""

    def decrypt(self, text: str) -> str:
        """Return the decrypted text; raise ConfigurationError when no key fits."""
        return _changed(self._keys.decrypt, text)

    def rotate(self, text: str) -> str:
        """Return the text re-encrypted; raise ConfigurationError when no key fits."""
        return _changed(self._keys.rotate, text)


def _changed(change: Callable[[bytes], bytes], text: str) -> str:
    try:
        return change(text.encode()).decode() if text else ""
    except InvalidToken:
        raise ConfigurationError(
            "A stored token was encrypted with a key that is neither in ZCRM['ENCRYPTION_KEYS'] "
            "nor derived from SECRET_KEY or SECRET_KEY_FALLBACKS. Put the old key back, or connect "
            "again.",
            "ENCRYPTION_KEYS",
        ) from None
