"""Connect a self client's account from the terminal. Secrets are prompted for, never arguments."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from ...conf import get_settings
from ...oauth import connect_with_grant_token, connect_with_refresh_token
from ...oauth.grants import ConnectionTarget
from ...zoho.secret import Secret
from ..base import ZCRMCommand, add_connection_arguments, owner_from


class Command(ZCRMCommand):
    """Ask for a grant token (or a refresh token) without echo, and store the connection."""

    help = (
        "Connect a Zoho account with a self client's grant token, or with a refresh token. The "
        "token is asked for without echo, or read from standard input; it is never an argument, "
        "where other users of the machine could see it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_connection_arguments(
            parser, "ZCRM['USER_IDENTIFIER'], or the Zoho user's e-mail address"
        )
        parser.add_argument(
            "--refresh-token",
            action="store_true",
            help="prompt for a refresh token from another program instead of a grant token",
        )

    @sensitive_variables()
    def handle(
        self,
        *args: Any,
        identifier: str,
        user: str,
        owner: str,
        refresh_token: bool,
        **options: Any,
    ) -> None:
        """Store the connection and print it. Raises CommandError."""
        if (chosen_owner := owner_from(identifier, user, owner)) is not None:
            target = ConnectionTarget(owner=chosen_owner)
        else:
            name = identifier or get_settings().user_identifier
            target = ConnectionTarget(identifier=name, single=True)
        if refresh_token:
            connection = connect_with_refresh_token(_secret(_("Refresh token: ")), target)
        else:
            connection = connect_with_grant_token(_secret(_("Grant token: ")), target)
        self.stdout.write(self.style.SUCCESS(_("Connected: %(name)s") % {"name": connection}))
        facts = [
            (_("data centre"), connection.get_data_center_display()),
            ("API", connection.hosts().api),
            (_("Zoho user"), connection.zoho_user_email),
        ]
        for name, fact in facts:
            if fact:
                self.stdout.write(f"  {name}: {fact}")
        if connection.is_default and chosen_owner is None:
            self.stdout.write("  " + _("It is the site's default connection."))


def _secret(prompt: str) -> Secret:
    try:
        entered = getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()
    except EOFError:  # Ctrl-D
        entered = ""
    if not entered.strip():
        raise CommandError(_("No token was given."))
    return Secret(entered.strip())
