"""Revoke tokens at Zoho that could not be revoked at once."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

from ...models import Connection
from ...oauth.ending import retire
from ...oauth.revocation import revoke_due
from ...owners import owner_class
from ...policy import Actor, Source, acting_as


class Command(BaseCommand):
    """End connections of inactive owners, and revoke every token that is due."""

    help = (
        "Revoke tokens at Zoho that belonged to deleted or deactivated owners and could not be "
        "revoked at once. Also finds owners who were deactivated without a signal. Run it daily."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias to work on")

    def handle(self, *args: Any, database: str, **options: Any) -> None:
        """Revoke and print the counts. Raises CommandError if some tokens are left."""
        with acting_as(Actor(source=Source.COMMAND)):
            retired = self._retire(database)
            outcome = revoke_due(database)
        self.stdout.write(
            _(
                "%(ended)d connections of inactive owners ended, %(revoked)d tokens revoked, "
                "%(left)d left"
            )
            % {"ended": retired, "revoked": outcome.revoked, "left": outcome.failed}
        )
        if outcome.failed:
            raise CommandError(
                _("Some tokens could not be revoked; the log says why. Run it again.")
            )

    def _retire(self, database: str) -> int:
        try:
            owner_class()._meta.get_field("is_active")
        except FieldDoesNotExist:
            return 0
        rows = Connection.objects.using(database).live().filter(owner__is_active=False)
        for connection in rows:
            retire(connection)
        return len(rows)
