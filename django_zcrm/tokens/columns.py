"""Secrets in columns of the database: encrypted, and bound to their row."""

from __future__ import annotations

from django.db import models
from django.views.decorators.debug import sensitive_variables

from ..encryption import binding, decrypt, encrypt, rotate
from ..models import Connection, Revocation
from ..zoho.secret import Secret

ACCESS_TOKEN, REFRESH_TOKEN = "encrypted_access_token", "encrypted_refresh_token"
SECRETS: dict[type[models.Model], tuple[str, ...]] = {
    Connection: (ACCESS_TOKEN, REFRESH_TOKEN),
    Revocation: ("encrypted_token",),
}
"""Every column that holds a ciphertext. Other apps add those of their models."""


@sensitive_variables()
def read_secret(row: models.Model, column: str) -> Secret:
    """Return a column's secret. Raises ConfigurationError if it was encrypted for another place."""
    return decrypt(getattr(row, column), binding(row, column))


@sensitive_variables()
def write_secret(row: models.Model, column: str, secret: Secret) -> None:
    """Set a column to a secret, without saving. A secret that is not empty needs a primary key."""
    setattr(row, column, encrypt(secret, binding(row, column)) if secret else "")


def rotate_secret(row: models.Model, column: str) -> bool:
    """Encrypt a column of a stored row with the newest key; return whether it had a secret.

    Replaces only the ciphertext that was read. A secret that a refresh or a new grant stores in the
    meantime is rotated in its turn. Raises ConfigurationError as `read_secret` does.
    """
    rows = type(row)._base_manager.using(row._state.db).filter(pk=row.pk)
    text = getattr(row, column)
    while text:
        rotated = rotate(text, binding(row, column))
        if rows.filter(**{column: text}).update(**{column: rotated}):
            return True
        text = rows.values_list(column, flat=True).first()
    return False
