"""`python -m example_project.demo`: the example site on an emulator, a tour of it, then the site.

Serves both in threads of this process, and the mirror's worker is a process that ends with it, so
that nothing outlives it. SERVE=0 ends after the tour. With a client of Zoho's own in the settings
it starts no emulator and takes no tour.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from socketserver import TCPServer
from types import FrameType
from typing import TypeVar
from urllib.parse import urlsplit

import django
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import CommandError, call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.core.server import EmulatorServer
from example_project import settings

HOST = "127.0.0.1"
Server = TypeVar("Server", bound=TCPServer)


class QuietHandler(WSGIRequestHandler):
    """Leaves the terminal to the tour."""

    def log_message(self, format: str, *args: object) -> None:
        """Log no requests."""


def main() -> int:
    """Run the demo; the exit code is 1 when something went wrong."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "example_project.settings"
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background jobs ignore the first
        signal.signal(number, _interrupt)
    try:
        with ExitStack() as stack:
            _run(stack, serve=os.environ.get("SERVE", "1") != "0")
    except KeyboardInterrupt:
        write_line("\nStopped.")
    except CommandError as reason:
        write_line(f"\n{reason}")
        return 1
    return 0


def _run(stack: ExitStack, *, serve: bool) -> None:
    on_emulator = settings.ZCRM["CLIENT_ID"] == settings.EMULATOR_CLIENT
    site, url = _site(on_emulator)
    emulator: EmulatorServer | None = None
    if on_emulator:
        settings.ZCRM["REDIRECT_URI"] = f"{url}/zcrm/oauth/callback/"
        settings.ZCRM["MIRROR"]["NOTIFY_URL"] = f"{url}/zcrm/notify/"
        if settings.ZCRM["ACCOUNTS_URL"] == settings.EMULATOR_URL:
            emulator = first_free(_emulator, range(8900, 8910), "end one of them")
            stack.enter_context(running(emulator))
            for key in ("ACCOUNTS_URL", "API_URL", "UPLOAD_URL"):
                settings.ZCRM[key] = emulator.url
            write_line(f"The emulator stands in for Zoho at {emulator.url}")
    django.setup()
    call_command("migrate", verbosity=0)
    if emulator is not None:
        _forget_rows()
    site.set_app(StaticFilesHandler(get_wsgi_application()))
    stack.enter_context(running(site))
    call_command(
        "desk_tour",
        url,
        only_login=not on_emulator,
        start_worker=lambda: stack.enter_context(working()),
    )
    write_line(f"\nThe lead desk is at {url}/")
    if serve:
        write_line("Quit with Ctrl-C.")
        threading.Event().wait()


def _forget_rows() -> None:
    """Begin mirrors again: the emulator that their rows were read from is gone with all it had.

    Those of Zoho itself, from a run with another client, are kept.
    """
    from django_zcrm.mirror import forget  # models can be imported now
    from django_zcrm.models import Connection

    connections = Connection.objects.filter(client_id=settings.EMULATOR_CLIENT)
    for connection in connections.filter(mirrors__isnull=False).distinct():
        forget(connection)


def _site(on_emulator: bool) -> tuple[ThreadedWSGIServer, str]:
    """Return the site's server and its address: with a client of Zoho's own, the registered one."""
    callback = urlsplit(settings.ZCRM["REDIRECT_URI"])
    first_port = callback.port or 8000
    more = 10 if on_emulator else 1
    server = first_free(
        lambda port: ThreadedWSGIServer((HOST, port), QuietHandler),
        range(first_port, first_port + more),
        "end it, or set ZCRM_REDIRECT_URI to another port",
    )
    # Cookies are kept by host: the site must be opened under the name that Zoho sends back to.
    host = callback.hostname if callback.hostname in {"localhost", HOST} else HOST
    return server, f"http://{host}:{server.server_port}"


def _emulator(port: int) -> EmulatorServer:
    return EmulatorServer(Emulator(), HOST, port)


def first_free(make: Callable[[int], Server], ports: Sequence[int], advice: str) -> Server:
    """Make a server at the first port that is free. Raises CommandError when all are taken."""
    for port in ports:
        try:
            return make(port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    taken = f"port {ports[0]}" if len(ports) == 1 else f"each port from {ports[0]} to {ports[-1]}"
    raise CommandError(f"Something else listens at {taken}; {advice}.")


@contextmanager
def running(server: TCPServer) -> Iterator[None]:
    """Serve in a thread while the block runs."""
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def working() -> Iterator[None]:
    """Have a process at work for the mirror while the block runs: `zcrm_sync --watch`."""
    mirror = settings.ZCRM["MIRROR"]
    keys = ("ACCOUNTS_URL", "API_URL", "UPLOAD_URL", "REDIRECT_URI")
    variables = {f"ZCRM_{key}": settings.ZCRM[key] for key in keys}
    variables["ZCRM_MIRROR_NOTIFY_URL"] = mirror["NOTIFY_URL"]
    with subprocess.Popen(
        [sys.executable, "-m", "example_project.worker"],
        env=os.environ | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            yield
        finally:
            process.terminate()


def write_line(text: str) -> None:
    """Write a line at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
