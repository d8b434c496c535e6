"""Encrypt all stored tokens anew, each bound to its row, column and OAuth client.

What cannot be read, because its key is lost, is left as it is: it was of no use before either. It is
not atomic, so that no row stays locked and workers can go on; running it again does no harm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from django_zcrm.encryption import binding, decrypt, encrypt, rotate
from django_zcrm.exceptions import ConfigurationError

COLUMNS = {
    "Connection": ("encrypted_access_token", "encrypted_refresh_token"),
    "Revocation": ("encrypted_token",),
}


def bind(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Bind them."""
    _change(apps, schema_editor.connection.alias, rotate)


def unbind(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make them readable for older releases again."""

    def plain(text: str, place: str) -> str:
        return encrypt(decrypt(text, place, unbound=lambda: True))

    _change(apps, schema_editor.connection.alias, plain)


def _change(apps: Apps, using: str, change: Callable[[str, str], str]) -> None:
    for name, columns in COLUMNS.items():
        rows = apps.get_model("zcrm", name)._base_manager.using(using)
        for row in rows.order_by("pk").iterator():
            errors = [_change_one(rows, row, column, change) for column in columns]
            if error := next(filter(None, errors), None):
                print(f"\n  {row._meta.verbose_name} {row.pk} is left as it is: {error}")


def _change_one(
    rows: Any, row: Any, column: str, change: Callable[[str, str], str]
) -> ConfigurationError | None:
    """Replace a ciphertext, or the one that a worker has stored there meanwhile.

    Return the error of one that cannot be read.
    """
    text = getattr(row, column)
    while text:
        try:
            changed = change(text, binding(row, column))
        except ConfigurationError as error:
            return error
        if rows.filter(pk=row.pk, **{column: text}).update(**{column: changed}):
            return None
        text = rows.filter(pk=row.pk).values_list(column, flat=True).first()
    return None


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("zcrm", "0004_connection_history"),
    ]

    operations = [
        migrations.RunPython(bind, unbind, elidable=True),
    ]
