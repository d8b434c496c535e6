"""The command line of a run, with a site (`manage.py zcrm_probe`) and without."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...zoho.auth.accounts import OAuthClient
from ...zoho.auth.granted import GrantedTokens
from ...zoho.calls.session import Session
from ...zoho.client import Client
from ...zoho.errors import ZCRMError
from ...zoho.http.datacenters import DATA_CENTERS, data_center
from ...zoho.http.transports.blocking import RequestsTransport
from ...zoho.secret import Secret
from ..guesses import GROUPS
from .journal import Journal
from .lab import RESERVE
from .registry import all_probes
from .report import describe, report_of, result_of
from .running import run

BUDGET = 500
"""Credits. A whole run uses about 320."""
INTERRUPTED = 130
"""The exit code of what Ctrl-C ended."""

Write = Callable[[str], Any]


class CannotRun(ZCRMError):
    """The result cannot be written."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of a run."""
    parser.add_argument(
        "--only",
        action="append",
        choices=GROUPS,
        metavar="GROUP",
        help=f"run the probes of this group; repeatable: {', '.join(GROUPS)}",
    )
    parser.add_argument(
        "--budget",
        type=_budget,
        default=BUDGET,
        metavar="N",
        help=f"API credits that may be used at most ({BUDGET}), {RESERVE} of them for the removal",
    )
    parser.add_argument(
        "--output",
        default="probe.json",
        metavar="FILE",
        help="where to write the result (probe.json)",
    )
    parser.add_argument(
        "--production",
        action="store_true",
        help="also write to an organisation that is neither a sandbox nor for developers",
    )


def _budget(text: str) -> int:
    """Read a number of credits that leaves some for the probes."""
    number = int(text) if text.isdecimal() else 0
    if number <= RESERVE:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above {RESERVE}")
    return number


def perform(client: Client, options: dict[str, Any], write: Write) -> int:
    """Run the probes, write the result and the report; return the exit code.

    Raises ZCRMError, and KeyboardInterrupt after everything was removed.
    """
    path = Path(options["output"])
    if path.exists():
        raise CannotRun(f"{path} exists: name another file with --output, or move it away.")
    names = [name for name in all_probes() if _is_wanted(name, options["only"])]
    numbers = {name: number for number, name in enumerate(names, start=1)}

    def show(name: str, fact: dict[str, str]) -> None:
        write(f"[{numbers[name]:>3}/{len(names)}] {name} - {describe(fact)}")

    try:
        journal = Journal(path.with_name(f"{path.name}.journal"))
    except OSError as error:
        raise CannotRun(f"{path} cannot be written: {error.strerror}.") from error
    if journal.is_resumed:
        write(f"Resuming; {journal.path} lists what is done.")
    is_complete = False
    try:
        outcome = run(
            client,
            journal,
            budget=options["budget"],
            groups=options["only"] or (),
            production=options["production"],
            progress=show,
        )
        if not outcome.remaining:
            path.write_text(json.dumps(result_of(outcome), indent=1) + "\n", "utf-8")
            is_complete = True
    except OSError as error:  # the journal keeps the findings
        raise CannotRun(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        journal.close()
        if is_complete or not (journal.things or journal.facts):
            journal.delete()
    write(report_of(outcome.facts))
    write(f"{outcome.credits} credits used.")
    if not is_complete:
        write(f"NOT removed: {', '.join(outcome.remaining)}. Run the same command again: it")
        write(f"removes the rest and writes {path}. Or delete what is named zcrm-probe in Zoho.")
        return 1
    write(f"The result is in {path}.")
    return 0


def _is_wanted(name: str, groups: Sequence[str] | None) -> bool:
    return not groups or name.partition(".")[0] in groups


def client_from_environment(code: str) -> Client:
    """Return a client made of ZCRM_CLIENT_ID, ZCRM_CLIENT_SECRET and ZCRM_REFRESH_TOKEN.

    Missing values are prompted for without echo. `code` is the data centre's.
    """
    values = [
        os.environ.get(name) or getpass.getpass(f"{name}: ")
        for name in ("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN")
    ]
    transport = RequestsTransport("django-zcrm/probe")
    oauth = OAuthClient(values[0], Secret(values[1]), "", data_center(code).accounts)
    return Client(Session(GrantedTokens(oauth, Secret(values[2]), transport), transport))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m django_zcrm.emulator.probe",
        description="Find out at a sandbox or a developer organisation what the emulator guesses.",
        epilog="The client and the grant are those of the environment variables ZCRM_CLIENT_ID, "
        "ZCRM_CLIENT_SECRET and ZCRM_REFRESH_TOKEN; what is missing is asked for.",
    )
    add_arguments(parser)
    parser.add_argument(
        "--data-center", choices=list(DATA_CENTERS), default="us", help="the client's (us)"
    )
    options = vars(parser.parse_args(arguments))
    try:
        return perform(client_from_environment(options["data_center"]), options, _say)
    except ZCRMError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; run the same command to go on.\n")
        return INTERRUPTED


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
