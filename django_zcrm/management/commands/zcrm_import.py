"""Write the rows of a file to Zoho, after a dry run, and account for each of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...exceptions import ApiError, ZCRMError
from ...records.inspecting import found_fields
from ...zoho.client import Client
from ...zoho.resources.record_actions import Trigger
from ..base import (
    ZCRMCommand,
    add_connection_arguments,
    cannot_write,
    check_writable,
    client_from,
    names_of,
)
from ..import_columns import Converter, columns_of
from ..part_file import PartFile
from ..progress import progress_bar
from ..record_import import REFUSED, UNKNOWN, RecordImport, rows_of
from ..row_files import RowFile
from ..row_formats import FORMATS, format_of

SHOWN = 10
"""Refused rows that a dry run tells of."""

TASK = (
    "on",
    "map",
    "encoding",
    "delimiter",
    "spreadsheet",
    "clear_empty",
    "no_automation",
    "via",
    "identifier",
    "user",
)
"""Options that a file is imported by, and is gone on with."""


class Command(ZCRMCommand):
    """Tell what would be written; ask, or be told by --yes; write, and note every outcome."""

    is_batch = True
    help = (
        "Write the rows of a CSV or JSON Lines file to a module. First comes a dry run, which "
        "shows where the columns go and which rows are refused; then it asks, or needs --yes. "
        "What became of each row stands in a file beside it: leads.result.csv for leads.csv."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", metavar="FILE", help="CSV, or JSON Lines")
        parser.add_argument("--module", required=True, help="API name, as in Leads")
        add_connection_arguments(parser)
        for option, metavar, words in (
            ("--on", "NAMES", "fields by which records are found, as in Email; others are created"),
            ("--map", "COLUMN=NAME", "the field of a column, or none to leave it out; repeatable"),
        ):
            parser.add_argument(option, action="append", default=[], metavar=metavar, help=words)
        for option, words in (
            ("--yes", "write without asking"),
            ("--dry-run", "write nothing, and do not ask"),
            ("--resume", "go on with an import that was interrupted"),
            ("--clear-empty", "let empty cells empty fields of records that there are"),
            ("--no-automation", "run no workflows, approvals or blueprints of Zoho's"),
            ("--spreadsheet", "the file was written by zcrm_export --spreadsheet"),
        ):
            parser.add_argument(option, action="store_true", help=words)
        parser.add_argument(
            "--via",
            choices=("records", "bulk"),
            default="records",
            help="100 rows a request (default), or bulk writes of up to 25,000 rows each",
        )
        parser.add_argument("--format", choices=FORMATS, help="default: what the file's name tells")
        parser.add_argument(
            "--encoding", default="", help="default: by a byte order mark, else UTF-8"
        )
        parser.add_argument("--delimiter", default="", help="default: what the first line tells")

    def handle(self, *args: Any, file: str, module: str, resume: bool, **options: Any) -> None:
        """Import the file. Raises CommandError."""
        if options["dry_run"] and (options["yes"] or resume):
            raise CommandError(_("--dry-run writes nothing: leave out --yes and --resume."))
        path = Path(file)
        delimiter = "\t" if options["delimiter"] in ("\\t", "tab") else options["delimiter"]
        if len(delimiter) > 1 or delimiter in ('"', "\r", "\n"):
            raise CommandError(_("--delimiter is one character, or tab."))
        source = RowFile(
            path,
            is_json=(options["format"] or format_of(file)) == "jsonl",
            encoding=options["encoding"],
            delimiter=delimiter,
        )
        target = path.with_name(f"{path.stem}.result.csv")
        if not options["dry_run"] and not resume:
            _check_new(path, target)
        client = client_from(options["identifier"], options["user"])
        converter = _converter(client, module, source, options)
        total, refused = self._rehearse(source, converter)
        if not resume and not self._may_write(module, total, refused, options):
            return
        task = {"module": module, path.name: source.digest}
        task |= {name: options[name] for name in TASK}
        part = PartFile(target, task, resume=resume, may_begin=not resume)
        trigger: list[Trigger] | None = [] if options["no_automation"] else None
        writing = RecordImport(client, module, converter, part, via=options["via"], trigger=trigger)
        shows = options["verbosity"] > 0 and self.stderr.isatty()
        try:
            with progress_bar(module, total, is_shown=shows) as advance:
                writing.write(rows_of(source, converter), advance)
            part.finish()
        except (ZCRMError, OSError, KeyboardInterrupt) as error:
            part.close()
            hint = _("Outcomes in %(path)s: %(done)d of %(total)d; --resume goes on.")
            figures = {"done": part.position.rows, "total": total, "path": part.path.name}
            self.stderr.write(hint % figures)
            if isinstance(error, OSError):
                raise cannot_write(target, error) from error
            raise
        self._tell(writing, target)

    def _rehearse(self, source: RowFile, converter: Converter) -> tuple[int, int]:
        """Tell where the columns go and which rows are refused; return how many of each."""
        form = "JSON Lines" if source.is_json else f"CSV, {source.delimiter!r}"
        self.stdout.write(f"{source.path.name}: {form}, {source.encoding}")
        width = max(len(column.title) for column in converter.columns)
        for column in converter.columns:
            if column.field is None:
                goes = _("left out: %(reason)s") % {"reason": column.reason}
            else:
                goes = f"{column.field.name} ({column.field.data_type})"
            self.stdout.write(f"  {column.title:{width}} -> {goes}")
        total = refused = 0
        for row in rows_of(source, converter):
            total += 1
            refused += bool(row.problem)
            if row.problem and refused <= SHOWN:
                self.stdout.write(
                    _("line %(line)d is refused: %(problem)s")
                    % {"line": row.line, "problem": row.problem}
                )
        if refused > SHOWN:
            self.stdout.write(_("... and %(count)d more") % {"count": refused - SHOWN})
        counted = ngettext(
            "%(total)d row to %(action)s, %(refused)d of them refused",
            "%(total)d rows to %(action)s, %(refused)d of them refused",
            total,
        )
        self.stdout.write(
            counted % {"total": total, "action": converter.action, "refused": refused}
        )
        return total, refused

    def _may_write(self, module: str, total: int, refused: int, options: dict[str, Any]) -> bool:
        if options["yes"]:
            return True
        if not options["dry_run"] and sys.stdin.isatty():
            question = ngettext(
                "Write %(count)d row to %(module)s? [y/N] ",
                "Write %(count)d rows to %(module)s? [y/N] ",
                total - refused,
            )
            answer = input(question % {"count": total - refused, "module": module})
            if answer.strip().lower() in ("y", "yes"):
                return True
        self.stdout.write(_("Nothing was written; --yes writes."))
        if refused:
            raise CommandError(
                ngettext(
                    "%(count)d row would be refused.", "%(count)d rows would be refused.", refused
                )
                % {"count": refused}
            )
        return False

    def _tell(self, writing: RecordImport, target: Path) -> None:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in writing.tally.items())
        counts = counts or _("no rows")
        summary = f"{target}: {counts}"
        if not writing.tally[REFUSED] and not writing.tally[UNKNOWN]:
            self.stdout.write(self.style.SUCCESS(summary))
            return
        if writing.tally[UNKNOWN]:
            advice = _("What is unknown may have been created: look before you send it again")
            summary = f"{summary}. {advice}"
        raise CommandError(f"{summary}.")


def _check_new(path: Path, target: Path) -> None:
    """Raise CommandError where there was an import before, whose rows would be written twice."""
    if PartFile.is_begun(target):
        raise CommandError(
            _("An import of %(file)s is unfinished: --resume goes on with it.")
            % {"file": path.name}
        )
    if target.exists():
        raise CommandError(
            _("%(result)s tells of an earlier import of %(file)s: move it away to import again.")
            % {"result": target.name, "file": path.name}
        )
    check_writable(target)


def _converter(client: Client, module: str, source: RowFile, options: dict[str, Any]) -> Converter:
    try:
        fields = found_fields(module, client.fields.list(module))
    except ApiError as error:
        raise CommandError(f"{module}: {error}") from error
    on = names_of(options["on"])
    columns = columns_of(
        source.columns or _keys(source), fields, _mapped(options["map"]), is_json=source.is_json
    )
    converter = Converter(
        columns,
        fields,
        on,
        is_json=source.is_json,
        cleared=options["clear_empty"],
        from_spreadsheet=options["spreadsheet"],
    )
    if options["via"] == "bulk":
        _check_bulk(converter, options)
    return converter


def _check_bulk(converter: Converter, options: dict[str, Any]) -> None:
    """Raise CommandError for what a bulk write cannot do."""
    if options["no_automation"]:
        raise CommandError(_("Zoho has no bulk write without automation: leave out --via bulk."))
    if converter.action == "update" or len(converter.on) > 1:
        raise CommandError(
            _("--via bulk creates records, or finds them by one field, as in --on Email.")
        )
    if options["clear_empty"]:
        raise CommandError(_("In a bulk write, empty cells empty nothing: leave out --via bulk."))


def _keys(source: RowFile) -> list[str]:
    """Return the keys of all rows of JSON Lines, in the order in which they come."""
    keys = dict.fromkeys(key for row in source.rows() for key in row.values)
    if not keys:
        raise CommandError(_("%(path)s has no rows.") % {"path": source.path.name})
    return list(keys)


def _mapped(arguments: Iterable[str]) -> dict[str, str]:
    """Return the names of fields by column; a column's title may contain an equals sign."""
    mapped = {}
    for text in arguments:
        title, equals, name = text.rpartition("=")
        if not equals or not title:
            raise CommandError(
                _("--map takes COLUMN=NAME, as in E-Mail=Email, not %(text)r.") % {"text": text}
            )
        mapped[title.strip()] = name.strip()
    return mapped
