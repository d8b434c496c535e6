"""Secrets in columns of the database: encrypted, and bound to their row."""

from __future__ import annotations

from django.db import connections, models
from django.views.decorators.debug import sensitive_variables

from ..encryption import binding, decrypt, encrypt, rotate
from ..models import Connection, Revocation
from ..zoho.secret import Secret

ACCESS_TOKEN, REFRESH_TOKEN = "encrypted_access_token", "encrypted_refresh_token"
SECRETS: dict[type[models.Model], tuple[str, ...]] = {
    Connection: (ACCESS_TOKEN, REFRESH_TOKEN),
    Revocation: ("encrypted_token",),
}
"""Every column that holds a ciphertext; an app of its own adds those of its models."""

BINDS = ("zcrm", "0005_bind_ciphertexts")
"""The migration that bound the ciphertexts of older releases."""


@sensitive_variables()
def read_secret(row: models.Model, column: str) -> Secret:
    """Return the secret in a column; raise ConfigurationError if it was not encrypted for it."""

    def unbound() -> bool:
        return not _is_bound(row._state.db or "default")

    return decrypt(getattr(row, column), binding(row, column), unbound=unbound)


@sensitive_variables()
def write_secret(row: models.Model, column: str, secret: Secret) -> None:
    """Put a secret, unsaved, into a column. The row has a primary key, unless it is empty."""
    setattr(row, column, encrypt(secret, binding(row, column)) if secret else "")


def rotate_secret(row: models.Model, column: str) -> bool:
    """Encrypt a column of a stored row with the newest key; tell whether there was anything.

    Only what is in the database at that moment is replaced: what a refresh or a new grant stores
    meanwhile is rotated in its turn. Raises ConfigurationError as `read_secret` does.
    """
    rows = type(row)._base_manager.using(row._state.db).filter(pk=row.pk)
    text = getattr(row, column)
    while text:
        rotated = rotate(text, binding(row, column))
        if rows.filter(**{column: text}).update(**{column: rotated}):
            return True
        text = rows.values_list(column, flat=True).first()
    return False


def _is_bound(using: str) -> bool:
    """Whether the ciphertexts in a database have been bound."""
    # Asked only about a ciphertext of an older release, so the module is not loaded otherwise.
    from django.db.migrations.recorder import MigrationRecorder

    recorder = MigrationRecorder(connections[using])
    app, name = BINDS
    return recorder.has_table() and recorder.migration_qs.filter(app=app, name=name).exists()
