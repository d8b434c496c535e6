"""Re-encrypt all stored tokens with the newest key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

from ...exceptions import ConfigurationError
from ...tokens.columns import SECRETS, rotate_secret
from ..base import ZCRMCommand


class Command(ZCRMCommand):
    """Rewrite every encrypted column, so that old keys can be removed from the settings."""

    help = (
        "Re-encrypt all stored tokens with the first of ZCRM['ENCRYPTION_KEYS'] (or, without any, "
        "with SECRET_KEY). Afterwards the older keys can be removed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")

    def handle(self, *args: Any, database: str, **options: Any) -> None:
        """Re-encrypt and print the counts. Raises CommandError if some tokens could not be read."""
        lost = done = 0
        for model, columns in SECRETS.items():
            for row in model._default_manager.using(database).order_by("pk").iterator():
                try:
                    rotated = [rotate_secret(row, column) for column in columns]
                    done += any(rotated)
                except ConfigurationError as error:
                    lost += 1
                    self.stderr.write(f"{row}: {error}")
        self.stdout.write(
            _("%(done)d re-encrypted, %(lost)d with an unknown key") % {"done": done, "lost": lost}
        )
        if lost:
            raise CommandError(_("Some tokens could not be read; their connections are unchanged."))
