"""Write the rows of a file to Zoho, after a dry run, and record the result of each row."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ...clients import ConnectionClient
from ...exceptions import ApiError, ZCRMError
from ...records.inspecting import parse_fields
from ...transfer.columns import Converter, columns_of
from ...transfer.errors import cannot_write
from ...transfer.files import FORMATS, RowFile, format_of
from ...transfer.importing import (
    CREATED,
    REFUSED,
    UNKNOWN,
    UPDATED,
    RecordImport,
    can_resume,
    rows_of,
)
from ...transfer.interrupts import deferring_interrupts
from ...transfer.part_file import PartFile
from ...transfer.references import ReferenceCheck
from ...transfer.repeats import find_earlier_result, result_path
from ...zoho.client import Client
from ...zoho.resources.record_actions import Trigger
from ..base import ZCRMCommand, add_connection_arguments, client_from, names_of
from ..progress import progress_bar

SHOWN = 10
"""Number of refused rows that a dry run lists."""

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
    "owner",
)
"""Options that must be the same when an import is resumed."""


_ACTIONS = {
    "create": gettext_lazy("create"),
    "update": gettext_lazy("update"),
    "upsert": gettext_lazy("create or update"),
}

_OUTCOMES = {
    CREATED: gettext_lazy("%(count)d created"),
    UPDATED: gettext_lazy("%(count)d updated"),
    REFUSED: gettext_lazy("%(count)d refused"),
    UNKNOWN: gettext_lazy("%(count)d unknown"),
}


class Command(ZCRMCommand):
    """Show the plan, ask for confirmation unless `--yes`, write, and record every outcome."""

    is_batch = True
    help = (
        "Write the rows of a CSV or JSON Lines file to a module. First comes a dry run, which "
        "shows where the columns go and which rows are refused; then it asks, or needs --yes. "
        "The outcome of each row is in a file next to it: leads.result.csv for leads.csv."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", metavar="FILE", help="CSV, or JSON Lines")
        parser.add_argument("--module", required=True, help="API name, as in Leads")
        add_connection_arguments(parser)
        for option, metavar, words in (
            (
                "--on",
                "NAMES",
                "fields that match records, such as Email; other rows create them",
            ),
            ("--map", "COLUMN=NAME", "the field of a column, or none to leave it out; repeatable"),
        ):
            parser.add_argument(option, action="append", default=[], metavar=metavar, help=words)
        for option, words in (
            ("--yes", "write without asking"),
            ("--dry-run", "write nothing, and do not ask"),
            ("--resume", "continue an interrupted import"),
            ("--clear-empty", "let empty cells clear fields of existing records"),
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
        parser.add_argument("--format", choices=FORMATS, help="default: by the file's extension")
        parser.add_argument(
            "--encoding", default="", help="default: by the byte order mark, else UTF-8"
        )
        parser.add_argument("--delimiter", default="", help="default: detected in the first line")

    def handle(self, *args: Any, file: str, module: str, resume: bool, **options: Any) -> None:
        """Import the file. Raises CommandError."""
        if options["dry_run"] and (options["yes"] or resume):
            raise CommandError(_("--dry-run writes nothing: leave out --yes and --resume."))
        delimiter = "\t" if options["delimiter"] in ("\\t", "tab") else options["delimiter"]
        if len(delimiter) > 1 or delimiter in ('"', "\r", "\n"):
            raise CommandError(_("--delimiter is one character, or tab."))
        path = Path(file)
        options |= {"module": module, "resume": resume, "delimiter": delimiter}
        # The lock lasts from the first read to the end, so that no other process imports the file.
        with nullcontext() if options["dry_run"] else self._lock_file(path, resume=resume) as part:
            source = RowFile(
                path,
                is_json=(options["format"] or format_of(file)) == "jsonl",
                encoding=options["encoding"],
                delimiter=delimiter,
            )
            client = client_from(options["identifier"], options["user"], options["owner"])
            converter = _converter(client, module, source, options)
            if not resume and converter.action == "create":
                _check_is_new(source)
            references = ReferenceCheck(module, converter)
            total, refused = self._rehearse(source, converter, references)
            unknown = 0 if resume else self._name_unknown(references, client)
            may_write = resume or self._may_write(module, total, refused, unknown, options)
            if part is not None and may_write:
                self._write(part, source, converter, client, total, options)

    @staticmethod
    @contextmanager
    def _lock_file(path: Path, *, resume: bool) -> Iterator[PartFile]:
        """Lock the result file. Raises CommandError if the file was imported before."""
        target = result_path(path)
        with closing(PartFile(target)) as part:
            if resume and not part.is_begun:
                raise CommandError(
                    _("There is no unfinished import of %(path)s: leave out --resume.")
                    % {"path": target.name}
                )
            if not resume and part.is_begun:
                raise CommandError(
                    _("An import of %(file)s is unfinished. Use --resume to continue it.")
                    % {"file": path.name}
                )
            if target.exists():
                raise CommandError(
                    _(
                        "%(result)s is the result of an earlier import of %(file)s: move it away "
                        "to import again."
                    )
                    % {"result": target.name, "file": path.name}
                )
            yield part

    def _write(
        self,
        part: PartFile,
        source: RowFile,
        converter: Converter,
        client: ConnectionClient,
        total: int,
        options: dict[str, Any],
    ) -> None:
        task = {"module": options["module"], source.path.name: source.digest}
        task["organisation"] = client.connection.organisation_id
        task |= {name: options[name] for name in TASK}
        if not options["resume"]:
            part.begin(task)
        elif not part.resume(task, can_resume):
            raise CommandError(
                _("%(path)s is damaged: the import cannot be resumed.") % {"path": part.state.name}
            )
        trigger: list[Trigger] | None = [] if options["no_automation"] else None
        shows = options["verbosity"] > 0 and self.stderr.isatty()
        try:
            with (
                deferring_interrupts(self.announce_interrupt) as interrupts,
                progress_bar(options["module"], total, is_shown=shows) as advance,
            ):
                writing = RecordImport(
                    client,
                    options["module"],
                    converter,
                    part,
                    via=options["via"],
                    trigger=trigger,
                    interrupts=interrupts,
                )
                writing.write(rows_of(source, converter), advance)
            part.finish()
        except (ZCRMError, OSError, KeyboardInterrupt) as error:
            hint = _("Outcomes in %(path)s: %(done)d of %(total)d; use --resume to continue.")
            figures = {"done": part.position.rows, "total": total, "path": part.path.name}
            self.stderr.write(hint % figures)
            if isinstance(error, OSError):
                raise cannot_write(part.target, error) from error
            raise
        self._tell(writing, part.target)

    def _rehearse(
        self, source: RowFile, converter: Converter, references: ReferenceCheck
    ) -> tuple[int, int]:
        """Print the field of each column and the rows that fail; return both counts."""
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
            references.add(row.item)
            if row.problem and refused <= SHOWN:
                self.stdout.write(
                    _("line %(line)d is refused: %(problem)s")
                    % {"line": row.line, "problem": row.problem}
                )
        if refused > SHOWN:
            self.stdout.write(_("... and %(count)d more") % {"count": refused - SHOWN})
        words = ngettext(
            "%(total)d row to %(action)s, %(refused)d of them refused",
            "%(total)d rows to %(action)s, %(refused)d of them refused",
            total,
        )
        self.stdout.write(
            words % {"total": total, "action": _ACTIONS[converter.action], "refused": refused}
        )
        return total, refused

    def _name_unknown(self, references: ReferenceCheck, client: Client) -> int:
        """Print the columns with ids that are not in the organisation; return their number."""
        columns = references.find_unknown(client)
        for sampled in columns:
            self.stderr.write(
                _(
                    "%(column)s: ids that this organisation does not have: %(unknown)d of "
                    "%(checked)d checked, such as %(id)s."
                )
                % {
                    "column": sampled.column.title,
                    "unknown": len(sampled.unknown),
                    "checked": len(sampled.ids),
                    "id": sampled.unknown[0],
                }
            )
        if columns:
            self.stderr.write(
                _(
                    "Each organisation has its own ids, and Zoho refuses rows with others. If the "
                    "file comes from another organisation, leave the column out with "
                    '--map "%(title)s=", or replace its ids.'
                )
                % {"title": columns[0].column.title}
            )
        return len(columns)

    def _may_write(
        self, module: str, total: int, refused: int, unknown: int, options: dict[str, Any]
    ) -> bool:
        if options["yes"]:
            return True
        if not options["dry_run"] and sys.stdin.isatty():
            question = ngettext(
                "Write %(count)d row to %(module)s? [y/N] ",
                "Write %(count)d rows to %(module)s? [y/N] ",
                total - refused,
            )
            try:
                answer = input(question % {"count": total - refused, "module": module})
            except EOFError:  # Ctrl-D
                answer = ""
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
        if unknown:
            raise CommandError(
                ngettext(
                    "%(count)d column has unknown ids.",
                    "%(count)d columns have unknown ids.",
                    unknown,
                )
                % {"count": unknown}
            )
        return False

    def _tell(self, writing: RecordImport, target: Path) -> None:
        counts = ", ".join(
            str(_OUTCOMES[outcome] % {"count": count}) for outcome, count in writing.tally.items()
        )
        counts = counts or _("no rows")
        summary = f"{target}: {counts}"
        if not writing.tally[REFUSED] and not writing.tally[UNKNOWN]:
            self.stdout.write(self.style.SUCCESS(summary))
            return
        if writing.tally[UNKNOWN]:
            advice = _(
                "Rows with an unknown outcome may have been created: check before you "
                "send them again"
            )
            summary = f"{summary}. {advice}"
        raise CommandError(f"{summary}.")


def _converter(client: Client, module: str, source: RowFile, options: dict[str, Any]) -> Converter:
    try:
        fields = parse_fields(module, client.fields.list(module))
    except ApiError as error:
        raise CommandError(f"{module}: {error}") from error
    on = names_of(options["on"])
    columns = columns_of(
        source.columns or _keys(source),
        fields,
        _parse_map(options["map"]),
        is_json=source.is_json,
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


def _check_is_new(source: RowFile) -> None:
    """Raise CommandError if a copy of the file was imported: records would be created again."""
    if result := find_earlier_result(source.path, source.digest):
        raise CommandError(
            _(
                "%(file)s has the rows of an import whose result is %(result)s, and would create "
                "the records again: move that result away to import them again."
            )
            % {"file": source.path.name, "result": result.name}
        )


def _check_bulk(converter: Converter, options: dict[str, Any]) -> None:
    """Raise CommandError for options that a bulk write does not support."""
    if options["no_automation"]:
        raise CommandError(_("Zoho has no bulk write without automation: leave out --via bulk."))
    if converter.action == "update" or len(converter.on) > 1:
        raise CommandError(
            _("--via bulk creates records, or finds them by one field, as in --on Email.")
        )
    if options["clear_empty"]:
        raise CommandError(_("A bulk write cannot clear fields: leave out --via bulk."))


def _keys(source: RowFile) -> list[str]:
    """Return the keys of all rows of JSON Lines, in the order of their first use."""
    keys = dict.fromkeys(key for row in source.rows() for key in row.values)
    if not keys:
        raise CommandError(_("%(path)s has no rows.") % {"path": source.path.name})
    return list(keys)


def _parse_map(arguments: Iterable[str]) -> dict[str, str]:
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
