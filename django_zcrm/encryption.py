"""Encryption of secrets in the database, with the keys that the settings give."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.utils.crypto import salted_hmac

from .conf import get_settings

if TYPE_CHECKING:
    from .ciphers import Cipher


@lru_cache(maxsize=1)
def _cipher() -> Cipher:
    # Imported with the first token: cryptography takes half as long to import as the app.
    make: type[Cipher] = import_module(".ciphers", __package__).Cipher
    # The derived keys stay, so that a site can set ENCRYPTION_KEYS later without losing its tokens.
    secrets = [django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS]
    return make(get_settings().encryption_keys, secrets)


def encrypt(text: str) -> str:
    """Encrypt with the newest key. Empty text stays empty: there is nothing to hide."""
    return _cipher().encrypt(text)


def decrypt(text: str) -> str:
    """Decrypt with whichever key fits; raise ConfigurationError when none does."""
    return _cipher().decrypt(text)


def rotate(text: str) -> str:
    """Re-encrypt with the newest key; raise ConfigurationError when no key fits."""
    return _cipher().rotate(text)


def fingerprint(secret: str) -> str:
    """Return a short text that identifies a secret without revealing anything about it.

    It depends on SECRET_KEY, so that it cannot be looked up elsewhere. Empty for an empty secret.
    """
    if not secret:
        return ""
    return salted_hmac("django_zcrm.fingerprint", secret, algorithm="sha256").hexdigest()[:8]


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting in {"ZCRM", "SECRET_KEY", "SECRET_KEY_FALLBACKS"}:
        _cipher.cache_clear()


setting_changed.connect(_forget, dispatch_uid="zcrm.encryption")
