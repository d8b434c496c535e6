"""The command line of the emulator, shared by ``zcrm-emulator`` and the management command."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from .app import Emulator
from .core.options import COQL_QUOTES, COQL_REFUSED, EDITIONS, ENVIRONMENTS
from .state.grants import CLIENT_ID, CLIENT_SECRET
from .state_file import StateFile

LAST_PORT = 65_535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the emulator's options to any parser."""
    _add_server(parser)
    _add_data(parser)
    _add_organisations(parser)
    _add_oauth(parser)
    _add_records(parser)
    _add_limits(parser)


def _add_server(parser: argparse.ArgumentParser) -> None:
    """Add the options for the server's addresses and clients."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, default=8900, help="port to listen on, 0 for any")
    parser.add_argument(
        "--base-url", help="the emulator's address in responses, when behind a proxy"
    )
    parser.add_argument(
        "--allowed-host",
        action="append",
        dest="allowed_hosts",
        metavar="NAME",
        help="serve the pages and the control API at this host name too; repeatable",
    )


def _add_data(parser: argparse.ArgumentParser) -> None:
    """Add the options for the initial data and the state file."""
    parser.add_argument(
        "--data",
        choices=("demo", "empty"),
        help="what the organisation holds at first: a demo company, unless metadata is imported",
    )
    parser.add_argument(
        "--state",
        metavar="FILE",
        help="keep everything in this file, so that it survives a restart",
    )
    parser.add_argument(
        "--records",
        action="append",
        type=_records,
        metavar="[MODULE=]N",
        help="generate N records in each module, or in one; repeatable",
    )
    parser.add_argument(
        "--import",
        dest="metadata",
        metavar="FILE",
        help="import an organisation's modules and fields (JSON or CSV)",
    )
    parser.add_argument(
        "--calibration",
        metavar="FILE",
        help="behave as zcrm_probe found at an organisation, instead of guessing",
    )
    parser.add_argument("--seed", type=int, help="make tokens repeat from run to run")


def _add_organisations(parser: argparse.ArgumentParser) -> None:
    """Add the options for the organisations and their data centres."""
    parser.add_argument(
        "--environment",
        action="append",
        choices=ENVIRONMENTS,
        dest="environments",
        help="an organisation of this kind; repeatable",
    )
    parser.add_argument(
        "--data-center",
        action="append",
        type=_data_center,
        dest="data_centers",
        metavar="CODE[=PORT]",
        help="a separate data centre, at /CODE or on its own port; repeatable, the first is home",
    )
    parser.add_argument(
        "--secret-by-data-center",
        action="store_true",
        help="the client has another secret in every data centre but the first",
    )
    parser.add_argument(
        "--edition", choices=EDITIONS, default="Enterprise", help="decides the limits"
    )


def _add_oauth(parser: argparse.ArgumentParser) -> None:
    """Add the options for issuing and accepting tokens."""
    parser.add_argument(
        "--redirect-uri",
        action="append",
        dest="redirect_uris",
        help="accept only this redirect URI; repeatable",
    )
    parser.add_argument(
        "--milliseconds",
        action="store_true",
        help="expires_in in milliseconds, with expires_in_sec in seconds",
    )
    parser.add_argument(
        "--throttle-codes", action="store_true", help="ten codes per client in ten minutes"
    )
    parser.add_argument(
        "--throttle-refreshes",
        action="store_true",
        help="ten access tokens per refresh token in ten minutes",
    )
    parser.add_argument(
        "--refuse-bearer",
        action="store_true",
        help="accept `Authorization: Zoho-oauthtoken` only, not `Bearer`",
    )


def _add_records(parser: argparse.ArgumentParser) -> None:
    """How bulk jobs, COQL and searches behave."""
    parser.add_argument(
        "--bulk-polls",
        type=_count,
        default=2,
        metavar="N",
        help="a bulk job ends after its status was polled N times",
    )
    parser.add_argument(
        "--bulk-seconds",
        type=float,
        metavar="S",
        help="a bulk job ends after S seconds, however often it is polled",
    )
    parser.add_argument(
        "--bulk-rows", type=int, default=200_000, metavar="N", help="rows in a page of a bulk read"
    )
    parser.add_argument(
        "--limit-bulk-downloads",
        action="store_true",
        help="ten downloads of bulk reads a minute",
    )
    parser.add_argument(
        "--strict-picklists",
        action="store_true",
        help="refuse picklist values outside the list, which Zoho stores",
    )
    parser.add_argument(
        "--coql-quotes",
        choices=COQL_QUOTES,
        default="both",
        help="how a text in COQL writes its own quotes",
    )
    parser.add_argument(
        "--coql-refuse",
        dest="coql_refused",
        action="append",
        choices=COQL_REFUSED,
        help="what COQL refuses, as users saw it; may be repeated",
    )
    for name, meaning in (
        ("search-lag", "a search finds a record so long after it was written"),
        ("row-lag", "lists show a new record so long after it was created"),
    ):
        parser.add_argument(f"--{name}", type=float, default=0.0, metavar="SECONDS", help=meaning)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    """Add the options for Zoho's limits."""
    for name, meaning in (
        ("credits", "API credits in 24 hours"),
        ("concurrency", "calls at once"),
        ("sub-concurrency", "heavy calls at once"),
    ):
        parser.add_argument(
            f"--limit-{name}",
            nargs="?",
            type=int,
            const=True,
            default=False,
            metavar="N",
            help=f"limit the {meaning}: Zoho's number, or N",
        )


def _records(text: str) -> tuple[str, int]:
    """Read ``N`` or ``MODULE=N``."""
    module, _, number = text.rpartition("=")
    return module, _count(number)


def _count(text: str) -> int:
    """Read a number from 0 up."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 0 or more")
    return int(text)


def _port(text: str) -> int:
    """Read a port number."""
    number = _count(text)
    if number > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port")
    return number


def _data_center(text: str) -> tuple[str, int | None]:
    """Read ``CODE`` or ``CODE=PORT``."""
    code, _, port = text.partition("=")
    return code, _port(port) if port else None


def emulator_from(options: dict[str, Any]) -> Emulator:
    """The emulator that parsed arguments describe. Raises ValueError or OSError."""
    arguments = {
        name: options[name]
        for name in (
            "edition",
            "metadata",
            "seed",
            "base_url",
            "milliseconds",
            "throttle_codes",
            "throttle_refreshes",
            "limit_credits",
            "limit_concurrency",
            "limit_sub_concurrency",
            "bulk_polls",
            "bulk_seconds",
            "bulk_rows",
            "limit_bulk_downloads",
            "coql_quotes",
            "search_lag",
            "row_lag",
            "refuse_bearer",
            "strict_picklists",
            "secret_by_data_center",
            "calibration",
        )
    }
    arguments["data"] = options["data"] or ("empty" if options["metadata"] else "demo")
    counts = dict(options["records"] or ())
    arguments["records"] = counts.get("", counts) or 0
    arguments["data_centers"] = tuple(code for code, _ in options["data_centers"] or ())
    for name in ("environments", "redirect_uris", "allowed_hosts", "coql_refused"):
        if options[name]:
            arguments[name] = tuple(options[name])
    return Emulator(**arguments)


def serve(emulator: Emulator, options: dict[str, Any], write: Callable[[str], Any]) -> None:
    """Serve until interrupted or terminated.

    Raises OSError when a port or the state file is unavailable, ValueError if that file has no
    valid state.
    """
    host = options["host"]
    ports = {code: port for code, port in options["data_centers"] or () if port is not None}
    home, *others = emulator.options.codes
    with ExitStack() as stack:
        if options["state"]:
            stack.enter_context(StateFile(emulator, Path(options["state"])))
        port = ports.get(home, options["port"])
        main = stack.enter_context(emulator.listen(host, port, home))
        write(f"Zoho CRM emulator at {main.url}")
        write(f"Client id:     {CLIENT_ID}")
        write(f"Client secret: {CLIENT_SECRET}")
        for code in others:
            url = f"{main.url}/{code}"
            if code in ports:
                url = stack.enter_context(emulator.serve(host, ports[code], data_center=code)).url
            write(f"Data centre {code}: {url}, secret {_secret(emulator, code)}")
        write("Quit with Ctrl-C.")
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            main.serve_forever()
        except KeyboardInterrupt:
            write("Stopped.")
        finally:
            signal.signal(signal.SIGTERM, before)


def _secret(emulator: Emulator, code: str) -> str:
    client = emulator.zoho.grants.clients[CLIENT_ID]
    return client.secrets.get(code, client.secret)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="zcrm-emulator",
        description="A stateful stand-in for Zoho's accounts server and CRM API.",
    )
    add_arguments(parser)
    options = vars(parser.parse_args(arguments))
    try:
        emulator = emulator_from(options)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    try:
        serve(emulator, options, _say)
    except ValueError as error:
        parser.error(f"{options['state']}: {error}")
    except OSError as error:
        where = error.filename or f"cannot listen on {options['host']}:{options['port']}"
        parser.exit(1, f"{where}: {error.strerror or error}\n")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
