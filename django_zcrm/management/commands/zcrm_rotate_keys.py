"""Re-encrypt all stored tokens with the newest key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

from ...encryption import rotate
from ...exceptions import ConfigurationError
from ...models import Connection, Revocation


class Command(BaseCommand):
    """Rewrite every encrypted column, so that old keys can be removed from the settings."""

    help = (
        "Re-encrypt all stored tokens with the first of ZCRM['ENCRYPTION_KEYS'] (or, without any, "
        "with SECRET_KEY). Afterwards the older keys can be removed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias to work on")

    def handle(self, *args: Any, database: str, **options: Any) -> None:
        """Re-encrypt and print the counts. Raises CommandError if some tokens could not be read."""
        lost = done = 0
        for connection in Connection.objects.using(database).order_by("pk").iterator():
            try:
                done += self._rotate(connection)
            except ConfigurationError as error:
                lost += 1
                self.stderr.write(f"{connection}: {error}")
        for revocation in Revocation.objects.using(database).order_by("pk").iterator():
            try:
                revocation.encrypted_token = rotate(revocation.encrypted_token)
                revocation.save(using=database, update_fields=["encrypted_token"])
                done += 1
            except ConfigurationError as error:
                lost += 1
                self.stderr.write(f"{revocation}: {error}")
        self.stdout.write(
            _("%(done)d re-encrypted, %(lost)d with an unknown key") % {"done": done, "lost": lost}
        )
        if lost:
            raise CommandError(_("Some tokens could not be read; their connections are unchanged."))

    def _rotate(self, connection: Connection) -> int:
        """Rewrite one row, unless a refresh changed it meanwhile: that used the newest key."""
        return (
            Connection.objects.using(connection._state.db)
            .filter(pk=connection.pk, token_version=connection.token_version)
            .update(
                encrypted_access_token=rotate(connection.encrypted_access_token),
                encrypted_refresh_token=rotate(connection.encrypted_refresh_token),
            )
        )
