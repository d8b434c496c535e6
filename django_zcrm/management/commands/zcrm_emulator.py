"""``manage.py zcrm_emulator``: run an emulator of Zoho for development.

The emulator itself defines the options and serves.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from ..base import ZCRMCommand

try:
    from django_zcrm.emulator import commandline
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] not in ("werkzeug", "jinja2"):
        raise
    IS_INSTALLED = False
else:
    IS_INSTALLED = True


class Command(ZCRMCommand):
    """Serves the emulator until Ctrl-C."""

    help = "Serve a stateful stand-in for Zoho's accounts server and CRM API."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the emulator's options."""
        if IS_INSTALLED:
            commandline.add_arguments(parser)

    def run_from_argv(self, argv: list[str]) -> None:
        """Drop the options if the extra is missing; `handle` then reports the missing extra."""
        super().run_from_argv(argv if IS_INSTALLED else argv[:2])

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve. Raises CommandError when the extra is missing or the port is not available."""
        if not IS_INSTALLED:
            raise CommandError(
                "The emulator needs Werkzeug and Jinja2: pip install django-zcrm[emulator]"
            )
        try:
            emulator = commandline.emulator_from(options)
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        try:
            commandline.serve(emulator, options, self._say)
        except ValueError as error:
            raise CommandError(f"{options['state']}: {error}") from error
        except OSError as error:
            where = error.filename or f"Cannot listen on {options['host']}:{options['port']}"
            raise CommandError(f"{where}: {error}") from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
