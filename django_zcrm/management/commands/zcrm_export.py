"""Write any number of records to a file; an interrupted export can be resumed."""

from __future__ import annotations

from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...exceptions import ApiError, NotFound, ZCRMError
from ...transfer.errors import cannot_write
from ...transfer.exporting import BY_ID, RecordExport, Row, can_resume
from ...transfer.files import FORMATS, RowFormat, format_of, row_format
from ...transfer.interrupts import Interrupts, deferring_interrupts
from ...transfer.part_file import PartFile, WriterState
from ...zoho.client import Client
from ...zoho.query.compile.query import UNLISTED_TYPES
from ...zoho.text import replace_surrogates
from ..base import (
    ZCRMCommand,
    add_connection_arguments,
    check_writable,
    client_from,
    names_of,
)
from ..conditions import filter_records
from ..output import discard_output
from ..progress import Advance, progress_bar

TASK = (
    "where",
    "exclude",
    "fields",
    "order_by",
    "format",
    "spreadsheet",
    "identifier",
    "user",
    "owner",
)
"""Options that must be the same when an export is resumed."""


class Command(ZCRMCommand):
    """Read records by the cheapest route, and write them as CSV or JSON Lines."""

    is_batch = True
    help = (
        "Write records of a module as CSV or JSON Lines. The file appears under its name when it "
        "is complete; until then, --resume continues it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "module", nargs="?", default="", metavar="MODULE", help="API name, as in Leads"
        )
        parser.add_argument(
            "--module", dest="named", default="", metavar="MODULE", help="the module, as an option"
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
            "--format", choices=FORMATS, help="default: by the file's extension, else csv"
        )
        parser.add_argument(
            "--via",
            choices=("auto", "coql", "list", "bulk"),
            default="auto",
            help="how to read (default: the route that uses the fewest API credits)",
        )
        parser.add_argument(
            "-o", "--output", default="-", metavar="FILE", help="default: -, standard output"
        )
        parser.add_argument("--resume", action="store_true", help="continue an unfinished file")
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
        module_option = options["named"]
        if bool(module) == bool(module_option):
            raise CommandError(_("Give one module, as in --module Leads."))
        module = module or module_option
        path = None if output == "-" else Path(output)
        if path is not None:
            check_writable(path)  # before the calls, which cost credits
        is_stream = path is None or (path.exists() and not path.is_file())
        options["format"] = options["format"] or format_of(output)
        order = names_of(options["order_by"])
        if options["spreadsheet"] and options["format"] != "csv":
            raise CommandError(_("--spreadsheet needs the format CSV."))
        if resume and is_stream:
            raise CommandError(_("--resume needs --output, the file to continue."))
        if resume and order not in BY_ID:
            raise CommandError(
                _(
                    "--resume needs the default order (by id): in other orders, records may move "
                    "in the meantime."
                )
            )
        client = client_from(options["identifier"], options["user"], options["owner"])
        records = client.objects(module).order_by(*order)
        records = filter_records(records, options["where"], options["exclude"])
        names = _columns(client, module, names_of(options["fields"]))
        export = RecordExport(records, names, via, order, needs_names=options["format"] != "csv")
        # On a terminal, a progress bar would mix with the rows.
        is_seen = self.stderr.isatty() and not (path is None and self.stdout.isatty())
        shows = options["verbosity"] > 0 and is_seen
        with progress_bar(module, export.total, is_shown=shows) as advance:
            if path is None or is_stream:
                self._stream(path, export, options, advance)
                return
            task = {"module": module, "organisation": client.connection.organisation_id}
            task |= {name: options[name] for name in TASK}
            with (
                closing(PartFile(path)) as part,
                deferring_interrupts(self.announce_interrupt) as interrupts,
            ):
                if not (resume and part.resume(task, can_resume)):
                    part.begin(task)
                self._fill(part, export, options, advance, interrupts)
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
                stream = self.data_stream if file is None else file

                def write(text: str) -> None:
                    if text:  # the stream of another command would end nothing with a newline
                        stream.write(replace_surrogates(text))

                def take(rows: list[Row], writer_state: WriterState) -> None:
                    nonlocal done
                    write(text.text(rows))
                    done += len(rows)
                    advance(done, "")

                write(text.head())
                export.read(take, lambda state: advance(done, state))
                stream.flush()
        except BrokenPipeError:  # the reader closed the pipe, as in `| head`
            discard_output()
        except (OSError, UnicodeEncodeError) as error:  # a full disk, with `>`; another encoding
            if path is None:
                discard_output()
            raise cannot_write(path or Path(_("standard output")), error) from error

    def _fill(
        self,
        part: PartFile,
        export: RecordExport,
        options: dict[str, Any],
        advance: Advance,
        interrupts: Interrupts,
    ) -> None:
        """Write the part file; rename it when it is complete."""
        position = part.position
        export.names = position.writer_state.get("fields", export.names)
        text = _format(export, options)
        done = position.rows
        can_go_on = names_of(options["order_by"]) in BY_ID

        def take(rows: list[Row], writer_state: WriterState) -> None:
            nonlocal done
            part.write(text.text(rows))
            done += len(rows)
            part.commit(done, **writer_state, fields=export.names)
            advance(done, "")
            if can_go_on:
                interrupts.hold()  # an interrupt waits for the next page
            interrupts.check()

        def report(state: str) -> None:
            advance(done, state)
            interrupts.release()  # the job's id is committed for a later run

        try:
            if not position.size:
                part.write(text.head())
            advance(done, "")
            if can_go_on:
                interrupts.hold()
            export.read(take, report, position.writer_state)
            interrupts.release()
            position.rows = done
            part.finish()
        except (ZCRMError, OSError, KeyboardInterrupt) as error:
            has_job = bool(position.writer_state.get("job"))
            is_gone = has_job and isinstance(error, NotFound)
            # A job that failed has an error without an HTTP status; so has a call that was not
            # sent.
            has_failed = has_job and isinstance(error, ApiError) and error.sent and not error.status
            if can_go_on and position.writer_state and not (is_gone or has_failed):
                self.stderr.write(_resume_hint(part))
            else:
                part.discard()
            if is_gone and not has_failed:
                raise CommandError(
                    _("Zoho no longer has that bulk read: start again without --resume.")
                ) from error
            if isinstance(error, OSError):
                raise cannot_write(part.target, error) from error
            raise


def _columns(client: Client, module: str, chosen_names: list[str]) -> list[str]:
    """Return the fields to write, the id first."""
    names = chosen_names or [
        field.api_name
        for field in client.session.module_fields(module)
        if field.data_type not in UNLISTED_TYPES
    ]
    return list(dict.fromkeys(("id", *names)))


def _format(export: RecordExport, options: dict[str, Any]) -> RowFormat:
    return row_format(options["format"], export.names, for_spreadsheet=options["spreadsheet"])


def _resume_hint(part: PartFile) -> str:
    count = part.position.rows
    hint = ngettext(
        "%(count)d record is in %(path)s. Run the same command with --resume to continue.",
        "%(count)d records are in %(path)s. Run the same command with --resume to continue.",
        count,
    )
    return hint % {"count": count, "path": part.path.name}
