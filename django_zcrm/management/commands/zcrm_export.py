"""Write records to a file, however many there are, and go on where it was interrupted."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...exceptions import NotFound, ZCRMError
from ...zoho.client import Client
from ...zoho.query.query import UNLISTED_TYPES
from ..base import (
    ZCRMCommand,
    add_connection_arguments,
    cannot_write,
    check_writable,
    client_from,
    names_of,
)
from ..conditions import narrowed
from ..part_file import PartFile
from ..progress import Advance, progress_bar
from ..record_export import BY_ID, RecordExport, Row, Seen
from ..row_formats import FORMATS, RowFormat, format_of, row_format

TASK = ("where", "exclude", "fields", "order_by", "format", "spreadsheet", "identifier", "user")
"""Options that a file is written by, and is gone on with."""


class Command(ZCRMCommand):
    """Read records by the cheapest route, and write them as CSV or JSON Lines."""

    is_batch = True
    help = (
        "Write records of a module as CSV or JSON Lines. The file appears under its name when it "
        "is whole; until then --resume goes on with it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "module", nargs="?", default="", metavar="MODULE", help="API name, as in Leads"
        )
        parser.add_argument(
            "--module", dest="named", default="", metavar="MODULE", help="the same, by name"
        )
        add_connection_arguments(parser)
        for option, words in (("--where", "match"), ("--exclude", "do not match")):
            parser.add_argument(
                option,
                action="append",
                default=[],
                metavar="NAME=VALUE",
                help=f"only records that {words} this, as in Company__icontains=acme; repeatable",
            )
        for option, words in (
            ("--fields", "fields to write, with commas between them (default: all)"),
            ("--order-by", "order, as in --order-by=-Modified_Time (default: by id)"),
        ):
            parser.add_argument(option, action="append", default=[], metavar="NAMES", help=words)
        parser.add_argument(
            "--format", choices=FORMATS, help="default: what the file's name tells, or csv"
        )
        parser.add_argument(
            "--via",
            choices=("auto", "coql", "list", "bulk"),
            default="auto",
            help="how to read (default: whatever takes the fewest API credits)",
        )
        parser.add_argument(
            "-o", "--output", default="-", metavar="FILE", help="default: -, standard output"
        )
        parser.add_argument(
            "--resume", action="store_true", help="go on with a file that was left unfinished"
        )
        parser.add_argument(
            "--spreadsheet",
            action="store_true",
            help="CSV for a spreadsheet: with a byte order mark, and an apostrophe before text "
            "that could be taken for a formula",
        )

    def handle(
        self, *args: Any, module: str, output: str, resume: bool, via: Any, **options: Any
    ) -> None:
        """Write the file. Raises CommandError."""
        named = options["named"]
        if bool(module) == bool(named):
            raise CommandError(_("Give one module, as in --module Leads."))
        module = module or named
        path = None if output == "-" else Path(output)
        is_stream = path is None or (path.exists() and not path.is_file())
        options["format"] = options["format"] or format_of(output)
        order = names_of(options["order_by"])
        if options["spreadsheet"] and options["format"] != "csv":
            raise CommandError(_("--spreadsheet is for CSV."))
        if resume and is_stream:
            raise CommandError(_("--resume needs --output, the file to go on with."))
        if resume and order not in BY_ID:
            raise CommandError(
                _("--resume needs the order of the ids: in others, records move meanwhile.")
            )
        if path is not None:
            check_writable(path)  # before the calls, which cost credits
        client = client_from(options["identifier"], options["user"])
        records = client.objects(module).order_by(*order)
        records = narrowed(records, options["where"], options["exclude"])
        names = _columns(client, module, names_of(options["fields"]))
        export = RecordExport(records, names, via, order, needs_names=options["format"] != "csv")
        # A bar among the rows on a terminal would be in the way.
        is_seen = self.stderr.isatty() and not (path is None and self.stdout.isatty())
        shows = options["verbosity"] > 0 and is_seen
        with progress_bar(module, export.total, is_shown=shows) as advance:
            if path is None or is_stream:
                self._stream(path, export, options, advance)
                return
            task = {"module": module, **{name: options[name] for name in TASK}}
            part = PartFile(path, task, resume=resume)
            self._fill(part, export, options, advance)
        count = part.position.rows
        self.stdout.write(
            ngettext("%(path)s has %(count)d record", "%(path)s has %(count)d records", count)
            % {"path": path, "count": count}
        )

    def _stream(
        self, path: Path | None, export: RecordExport, options: dict[str, Any], advance: Advance
    ) -> None:
        text = _format(export, options)
        done = 0
        try:
            with nullcontext() if path is None else path.open("w", -1, "utf-8", newline="") as file:
                write = partial(self.stdout.write, ending="") if file is None else file.write

                def take(rows: list[Row], seen: Seen) -> None:
                    nonlocal done
                    write(text.text(rows))
                    done += len(rows)
                    advance(done, "")

                write(text.head())
                export.read(take, lambda state: advance(done, state))
                self.stdout.flush()
        except BrokenPipeError:  # who reads has seen enough, as in `| head`
            _ignore_what_is_left()
        except OSError as error:  # a full disk, behind `>`
            if path is None:
                _ignore_what_is_left()
            raise cannot_write(path or Path(_("standard output")), error) from error

    def _fill(
        self, part: PartFile, export: RecordExport, options: dict[str, Any], advance: Advance
    ) -> None:
        """Write the part file; give it its name when it is whole."""
        position = part.position
        export.names = position.seen.get("fields", export.names)
        text = _format(export, options)
        done = position.rows
        can_go_on = names_of(options["order_by"]) in BY_ID

        def take(rows: list[Row], seen: Seen) -> None:
            nonlocal done
            part.write(text.text(rows))
            done += len(rows)
            part.commit(done, **seen, fields=export.names)
            advance(done, "")

        try:
            if not position.size:
                part.write(text.head())
            advance(done, "")
            export.read(take, lambda state: advance(done, state), position.seen)
            position.rows = done
            part.finish()
        except (ZCRMError, OSError, KeyboardInterrupt) as error:
            if can_go_on and position.size:
                part.close()
                hint = ngettext(
                    "%(count)d record is in %(path)s: the same with --resume goes on.",
                    "%(count)d records are in %(path)s: the same with --resume goes on.",
                    position.rows,
                )
                self.stderr.write(hint % {"count": position.rows, "path": part.path.name})
            else:
                part.discard()
            if isinstance(error, NotFound) and position.seen.get("job"):
                raise CommandError(
                    _("Zoho has that bulk read no longer: begin anew, without --resume.")
                ) from error
            if isinstance(error, OSError):
                raise cannot_write(part.target, error) from error
            raise


def _columns(client: Client, module: str, chosen: list[str]) -> list[str]:
    """Return the fields to write, the id first."""
    names = chosen or [
        field.api_name
        for field in client.session.module_fields(module)
        if field.data_type not in UNLISTED_TYPES
    ]
    return list(dict.fromkeys(("id", *names)))


def _format(export: RecordExport, options: dict[str, Any]) -> RowFormat:
    return row_format(options["format"], export.names, for_spreadsheet=options["spreadsheet"])


def _ignore_what_is_left() -> None:
    """Keep Python from complaining of the broken pipe once more, when it flushes at its end."""
    with suppress(OSError, ValueError):  # standard output may be none of the system's
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
