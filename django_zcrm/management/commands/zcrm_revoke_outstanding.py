"""Revoke tokens at Zoho that could not be revoked at once."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...models import Connection
from ...oauth.disconnecting import disconnect_deactivated
from ...oauth.revocation import revoke_due
from ...owners import owner_class
from ..base import ZCRMCommand


class Command(ZCRMCommand):
    """End connections of inactive owners, and revoke every token that is due."""

    help = (
        "Revoke tokens at Zoho that belonged to deleted or deactivated owners and could not be "
        "revoked at once. Also finds owners who were deactivated without a signal. Run it daily."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")

    def handle(self, *args: Any, database: str, **options: Any) -> None:
        """Revoke and print the counts. Raises CommandError if some tokens are left."""
        disconnected = self._disconnect_deactivated(database)
        outcome = revoke_due(database)
        parts = [
            ngettext(
                "%(count)d connection of inactive owners ended",
                "%(count)d connections of inactive owners ended",
                disconnected,
            )
            % {"count": disconnected},
            ngettext("%(count)d token revoked", "%(count)d tokens revoked", outcome.revoked)
            % {"count": outcome.revoked},
            _("%(left)d left") % {"left": outcome.failed},
        ]
        self.stdout.write(", ".join(parts))
        if outcome.failed:
            raise CommandError(
                _(
                    "Some tokens could not be revoked; the log has the reasons. Run the command "
                    "again."
                )
            )

    def _disconnect_deactivated(self, database: str) -> int:
        try:
            owner_class()._meta.get_field("is_active")
        except FieldDoesNotExist:
            return 0
        rows = Connection.objects.using(database).live().filter(owner__is_active=False)
        for connection in rows:
            disconnect_deactivated(connection)
        return len(rows)
