"""The cipher of `encryption`: MultiFernet, the newest key first.

A separate module because it imports cryptography, which a project should not need to start.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..exceptions import ConfigurationError
from ..zoho.secret import Secret


def _derive(secret: Secret) -> Fernet:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"django_zcrm bound tokens")
    return Fernet(urlsafe_b64encode(kdf.derive(secret.reveal().encode())))


class Cipher:
    """Encrypts with the first of its keys and decrypts with any of them.

    The keys are derived from `secrets`, the newest first. Empty text stays empty. A secret is
    encrypted together with the name of its place, so that a ciphertext cannot be read in any other
    place.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._keys = MultiFernet([_derive(secret) for secret in secrets])

    def encrypt(self, secret: Secret, place: str) -> str:
        """Return the ciphertext, which can be read in `place` only."""
        if not secret:
            return ""
        return self._keys.encrypt(json.dumps([place, secret.reveal()]).encode()).decode()

    def decrypt(self, text: str, place: str) -> Secret:
        """Return the secret of a ciphertext.

        Raises ConfigurationError when no key fits, and when the text is bound to another place.
        """
        if not text:
            return Secret()
        try:
            actual, secret = _split(self._keys.decrypt(text.encode()))
        except InvalidToken:
            raise ConfigurationError(
                "A stored token was encrypted with a key that is neither in "
                "ZCRM['ENCRYPTION_KEYS'] nor derived from SECRET_KEY or SECRET_KEY_FALLBACKS. "
                "Restore the old key, or connect again.",
                "ENCRYPTION_KEYS",
            ) from None
        if actual != place:
            raise ConfigurationError(
                f"A stored token was encrypted for {actual}, but is stored in {place}: it was "
                "copied, or the row was changed. It was not used. Connect again.",
                "ENCRYPTION_KEYS",
            )
        return secret


def _split(plain: bytes) -> tuple[str, Secret]:
    place, secret = json.loads(plain)
    return place, Secret(secret)
