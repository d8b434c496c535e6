"""Connect a self client's account from the terminal. Secrets are prompted for, never arguments."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from ...clients import zcrm
from ...conf import get_settings
from ...exceptions import ZCRMError
from ...policy import Actor, Source, acting_as


class Command(BaseCommand):
    """Ask for a grant token (or a refresh token) without echo, and store the connection."""

    help = (
        "Connect a Zoho account with a self client's grant token, or with a refresh token. The "
        "token is asked for without echo, or read from standard input; it is never an argument, "
        "where other users of the machine could see it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--identifier",
            default="",
            help="user_identifier of the connection (default: ZCRM['USER_IDENTIFIER'], or the "
            "Zoho user's e-mail)",
        )
        parser.add_argument(
            "--refresh-token",
            action="store_true",
            help="ask for a refresh token that was made elsewhere, in place of a grant token",
        )

    @sensitive_variables()
    def handle(self, *args: Any, identifier: str, refresh_token: bool, **options: Any) -> None:
        """Store the connection and print it. Raises CommandError."""
        try:
            identifier = identifier or get_settings().user_identifier
            with acting_as(Actor(source=Source.COMMAND)):
                if refresh_token:
                    connection = zcrm.generate_auth_token_from_refresh_token(
                        identifier, _secret(_("Refresh token: "))
                    )
                else:
                    connection = zcrm.generate_auth_tokens(identifier, _secret(_("Grant token: ")))
        except ZCRMError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(self.style.SUCCESS(_("Connected: %(name)s") % {"name": connection}))
        facts = [
            (_("data centre"), connection.get_data_center_display()),
            ("API", connection.hosts().api),
            (_("Zoho user"), connection.zoho_user_email),
        ]
        for name, fact in facts:
            if fact:
                self.stdout.write(f"  {name}: {fact}")
        if connection.is_default:
            self.stdout.write("  " + _("It is the site's default connection."))


def _secret(prompt: str) -> str:
    entered = getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()
    if not entered.strip():
        raise CommandError(_("No token was given."))
    return entered.strip()
