"""`manage.py desk_tour URL`: makes a login, and shows the main job at a running site."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from requests import RequestException

from django_zcrm import ZCRMError
from example_project.browser import PageError
from example_project.mirror_tour import MirrorTour
from example_project.tour import TourFailed

LOGIN = "demo"


class Command(BaseCommand):
    """The tour. It writes records, so it is for the emulator."""

    stealth_options = ("start_worker",)
    help = "Make a login, and show the main job on the emulator at the site's URL."

    def add_arguments(self, parser: CommandParser) -> None:
        """The site's address, and whether to make the login only."""
        parser.add_argument("url", help="where the site runs, e.g. http://127.0.0.1:8000")
        parser.add_argument("--only-login", action="store_true", help="take no tour")

    def handle(self, *args: Any, url: str, only_login: bool, **options: Any) -> None:
        """Take the tour. Raises CommandError at the first step that goes wrong.

        `start_worker`, which only code can give, is called when the mirror is to be worked for;
        without it `zcrm_sync --watch` runs already.
        """
        start_worker: Callable[[], object] = options.get("start_worker") or _nothing
        user, password = self._login()
        if only_login:
            self.stdout.write(
                "The settings name a client of Zoho's own, so there is no tour: it would connect, "
                "list, create, attach, search and convert leads in a real organisation. Log in and "
                "press Connect to do that yourself."
            )
            start_worker()
        else:
            try:
                MirrorTour(url, user, password, self.stdout, start_worker).run()
            except (TourFailed, PageError, ZCRMError, RequestException) as error:
                raise CommandError(f"The tour failed: {error}") from error
        self.stdout.write(f"\nLogin: {user.username}   Password: {password}")

    @staticmethod
    def _login() -> tuple[User, str]:
        """Make the demo's user, with a new password each time: the site may be seen by others."""
        password = secrets.token_hex(5)
        user, _ = User.objects.get_or_create(
            username=LOGIN, defaults={"is_staff": True, "is_superuser": True}
        )
        user.set_password(password)
        user.save()
        return user, password


def _nothing() -> None:
    """Start no worker."""
