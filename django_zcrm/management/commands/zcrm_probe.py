"""``manage.py zcrm_probe``: check the emulator's guesses against a real organisation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from ..base import INTERRUPTED, ZCRMCommand, add_connection_arguments, client_from

try:
    from django_zcrm.emulator.probe import commandline
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] not in ("werkzeug", "jinja2"):
        raise
    IS_INSTALLED = False
else:
    IS_INSTALLED = True


class Command(ZCRMCommand):
    """Runs the probes through a connection of the site."""

    is_batch = True
    help = (
        "Find out at a sandbox or a developer organisation what the emulator guesses; write it to "
        "probe.json, which zcrm_emulator --calibration takes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_connection_arguments(parser)
        if IS_INSTALLED:
            commandline.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the probes. Raises CommandError, also if some test data could not be removed."""
        if not IS_INSTALLED:
            raise CommandError(
                "The emulator needs Werkzeug and Jinja2: pip install django-zcrm[emulator]"
            )
        client = client_from(options["identifier"], options["user"], options["owner"])
        try:
            code = commandline.perform(client, options, self._say)
        except KeyboardInterrupt as error:
            raise CommandError(
                "Stopped; run the same command to continue.", returncode=INTERRUPTED
            ) from error
        if code:
            raise CommandError("Not everything was removed.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
