"""The cipher of `encryption`: MultiFernet, the newest key first.

A separate module because it imports cryptography, which a project should not need to start.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..exceptions import ConfigurationError
from ..zoho.secret import Secret


def _fernet(key: Secret) -> Fernet:
    return Fernet(key.reveal())


def _derive(secret: Secret, purpose: bytes) -> Fernet:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose)
    return Fernet(urlsafe_b64encode(kdf.derive(secret.reveal().encode())))


class Cipher:
    """Encrypts with the first of its keys and decrypts with any of them.

    The keys are `keys` and, after them, those derived from `secrets`. Empty text stays empty: there
    is nothing to hide.

    What is bound is encrypted together with the name of its place, so that it can be read in no
    other. It has keys of its own, derived from the others: no bound ciphertext can be taken for an
    unbound one, neither here nor by an older release, which would take the name for a token.
    """

    def __init__(self, keys: Iterable[Secret], secrets: Iterable[Secret]) -> None:
        keys, secrets = [*keys], [*secrets]
        self._unbound = MultiFernet(
            [*map(_fernet, keys), *(_derive(secret, b"django_zcrm tokens") for secret in secrets)]
        )
        self._bound = MultiFernet(
            [_derive(secret, b"django_zcrm bound tokens") for secret in (*keys, *secrets)]
        )

    def encrypt(self, secret: Secret, bound_to: str = "") -> str:
        """Return the ciphertext, readable only where it is bound to."""
        if not secret:
            return ""
        if not bound_to:
            return self._unbound.encrypt(secret.reveal().encode()).decode()
        return self._bound.encrypt(json.dumps([bound_to, secret.reveal()]).encode()).decode()

    def decrypt(
        self, text: str, bound_to: str = "", *, unbound: Callable[[], bool] = lambda: False
    ) -> Secret:
        """Return what is encrypted.

        A text that is bound to nothing is read only if `unbound`, which is then called, allows it.
        Raises ConfigurationError when no key fits, and when the text is bound to something else.
        """
        if not text:
            return Secret()
        if not bound_to:
            return _opened(self._unbound, text)
        try:
            place, secret = _parted(self._bound.decrypt(text.encode()))
        except InvalidToken:
            secret = _opened(self._unbound, text)
            if not unbound():
                raise ConfigurationError(
                    f"A stored token is not bound to its place, {bound_to}: it may have been "
                    "copied from another row, so it was not used. Connect again; or, if the row "
                    "comes from an older release, run manage.py zcrm_rotate_keys.",
                    "ENCRYPTION_KEYS",
                ) from None
            return secret
        if place != bound_to:
            raise ConfigurationError(
                f"A stored token belongs to another place, {place}, and stands in {bound_to}: "
                "somebody copied it, or changed the row. It was not used. Connect again.",
                "ENCRYPTION_KEYS",
            )
        return secret


def _parted(plain: bytes) -> tuple[str, Secret]:
    place, secret = json.loads(plain)
    return place, Secret(secret)


def _opened(keys: MultiFernet, text: str) -> Secret:
    try:
        return Secret(keys.decrypt(text.encode()).decode())
    except InvalidToken:
        raise ConfigurationError(
            "A stored token was encrypted with a key that is neither in ZCRM['ENCRYPTION_KEYS'] "
            "nor derived from SECRET_KEY or SECRET_KEY_FALLBACKS. Put the old key back, or connect "
            "again.",
            "ENCRYPTION_KEYS",
        ) from None
