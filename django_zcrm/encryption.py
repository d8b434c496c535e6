"""Encrypts what the database must not show: MultiFernet, the newest key first.

Knows where keys come from, not what is encrypted.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.utils.crypto import salted_hmac
from django.utils.encoding import force_bytes

from .conf import get_settings
from .exceptions import ConfigurationError


def _derive(secret_key: str | bytes) -> Fernet:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"django_zcrm tokens")
    return Fernet(urlsafe_b64encode(kdf.derive(force_bytes(secret_key))))


@lru_cache(maxsize=1)
def _cipher() -> MultiFernet:
    own = [Fernet(key) for key in get_settings().encryption_keys]
    # The derived keys stay, so that a site can set its first own key without losing its tokens.
    derived = [django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([*own, *(_derive(key) for key in derived)])


def encrypt(text: str) -> str:
    """Encrypt with the newest key. Empty text stays empty: there is nothing to hide."""
    return _cipher().encrypt(text.encode()).decode() if text else ""


def decrypt(text: str) -> str:
    """Decrypt with whichever key fits; raise ConfigurationError when none does."""
    return _with_keys(_cipher().decrypt, text)


def rotate(text: str) -> str:
    """Encrypt anew with the newest key; raise ConfigurationError when no key fits."""
    return _with_keys(_cipher().rotate, text)


def fingerprint(secret: str) -> str:
    """Return a short text by which a secret is recognised, and which tells nothing about it.

    It depends on SECRET_KEY, so that it cannot be looked up elsewhere. Empty for an empty secret.
    """
    if not secret:
        return ""
    return salted_hmac("django_zcrm.fingerprint", secret, algorithm="sha256").hexdigest()[:8]


def _with_keys(change: Any, text: str) -> str:
    try:
        found: bytes = change(text.encode()) if text else b""
    except InvalidToken:
        raise ConfigurationError(
            "A stored token was encrypted with a key that is neither in ZCRM['ENCRYPTION_KEYS'] "
            "nor derived from SECRET_KEY or SECRET_KEY_FALLBACKS. Put the old key back, or connect "
            "again.",
            "ENCRYPTION_KEYS",
        ) from None
    return found.decode()


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting in {"ZCRM", "SECRET_KEY", "SECRET_KEY_FALLBACKS"}:
        _cipher.cache_clear()


setting_changed.connect(_forget, dispatch_uid="zcrm.encryption")
