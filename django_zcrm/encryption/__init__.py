"""Encryption of secrets in the database, with the keys that the settings give.

A ciphertext is bound to its row, column and OAuth client: copied elsewhere, it cannot be read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.utils.crypto import salted_hmac
from django.utils.encoding import force_str

from ..conf import get_settings
from ..zoho.secret import Secret, reveal

if TYPE_CHECKING:
    from django.db.models import Model

    from .ciphers import Cipher


@lru_cache(maxsize=1)
def _cipher() -> Cipher:
    # Imported with the first token: cryptography takes half as long to import as the app.
    from .ciphers import Cipher

    # The derived keys stay, so that a site can set ENCRYPTION_KEYS later without losing its tokens.
    secrets = (django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS)
    return Cipher([*get_settings().encryption_keys, *(Secret(force_str(key)) for key in secrets)])


def binding(row: Model, column: str) -> str:
    """Return the name of a place for a secret: the row, its column, and the row's OAuth client.

    The column need not exist: a token store elsewhere names its own. Raises ValueError for a row
    that was not saved yet.
    """
    if row.pk is None:
        raise ValueError(f"Save the {row._meta.verbose_name} before you encrypt its {column}.")
    place = f"{row._meta.label} {row.pk}, {column}"
    client_id = getattr(row, "client_id", "")
    return f"{place}, client {client_id}" if client_id else place


def encrypt(secret: str | Secret, place: str) -> str:
    """Encrypt a secret with the newest key, so that it can be read in `place` only (see `binding`).

    An empty secret stays empty.
    """
    return _cipher().encrypt(Secret(secret), place)


def decrypt(text: str, place: str) -> Secret:
    """Decrypt a ciphertext with whichever key fits.

    Raises ConfigurationError when no key fits, and when the text is bound to another place.
    """
    return _cipher().decrypt(text, place)


def rotate(text: str, place: str) -> str:
    """Encrypt a ciphertext again with the newest key. Raises ConfigurationError as `decrypt`."""
    return encrypt(decrypt(text, place), place)


def fingerprint(secret: str | Secret) -> str:
    """Return a short text that identifies a secret without revealing anything about it.

    It depends on SECRET_KEY, so that it cannot be looked up elsewhere. Empty for an empty secret.
    """
    if not secret:
        return ""
    salt = "django_zcrm.fingerprint"
    return salted_hmac(salt, reveal(secret), algorithm="sha256").hexdigest()[:8]


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting in {"ZCRM", "SECRET_KEY", "SECRET_KEY_FALLBACKS"}:
        _cipher.cache_clear()


setting_changed.connect(_forget, dispatch_uid="zcrm.encryption")
