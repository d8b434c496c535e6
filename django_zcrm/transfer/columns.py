"""Maps the columns of a file to fields, and converts rows to items for Zoho."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..records.inspecting import FoundField
from ..zoho.query.write.operation import encoding_error
from .cells import READABLE, TEXTS, InvalidCell, parse_cell, parse_spreadsheet_cell
from .errors import TransferError
from .files import SourceRow

ImportAction = Literal["create", "update", "upsert"]
Item = dict[str, Any]

ID = FoundField("id", "lookup")
"""The id, which metadata may lack."""


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column by its title in the file, and its field; None if the column is left out."""

    title: str
    field: FoundField | None
    reason: str = ""


def columns_of(
    titles: Sequence[str],
    fields: Iterable[FoundField],
    mapped: Mapping[str, str],
    *,
    is_json: bool,
) -> list[FileColumn]:
    """Return the field of each column: by `mapped`, else by API name, else by label.

    A column is left out if it is mapped to nothing, or if its field takes no values. Raises
    TransferError, which names all columns without a field.
    """
    by_name = {field.name: field for field in fields} | {"id": ID}
    if unknown := [title for title in mapped if title not in titles]:
        raise TransferError(
            _("--map names a column %(title)r, but the file has: %(titles)s.")
            % {"title": unknown[0], "titles": ", ".join(titles)}
        )
    columns: list[FileColumn] = []
    wrong: list[str] = []
    for title in titles:
        name = mapped.get(title)
        if name == "":
            columns.append(FileColumn(title, None, _("as specified by --map")))
            continue
        field = by_name.get(name) if name is not None else _find_field(title, by_name)
        if field is None:
            wrong.append(_hint(name or title, title, by_name))
        elif reason := _why_unusable(field, is_json=is_json):
            if name is not None:
                raise TransferError(f"--map {title}={name}: {reason}.")
            columns.append(FileColumn(title, None, reason))
        else:
            columns.append(FileColumn(title, field))
    if wrong:
        raise TransferError(
            _(
                'No field matches these columns: %(columns)s. Use --map "Column=Api_Name", or '
                '--map "Column=" to leave a column out.'
            )
            % {"columns": "; ".join(wrong)}
        )
    _check_unique(columns)
    return columns


def _find_field(title: str, by_name: Mapping[str, FoundField]) -> FoundField | None:
    if title in by_name:
        return by_name[title]
    folded = title.casefold().strip()
    if not folded:  # the id has no label
        return None
    for spellings in (
        {name: name.casefold() for name in by_name},
        {name: name.replace("_", " ").casefold() for name in by_name},
        {name: field.label.casefold() for name, field in by_name.items()},
    ):
        matching = [name for name, spelling in spellings.items() if spelling == folded]
        if len(matching) == 1:
            return by_name[matching[0]]
    return None


def _hint(name: str, title: str, by_name: Mapping[str, FoundField]) -> str:
    column = repr(title) if name == title else f"{title!r} ({name})"
    if not (close := get_close_matches(name, by_name, n=1)):
        return column
    return _("%(column)s, is it %(name)s?") % {"column": column, "name": close[0]}


def _why_unusable(field: FoundField, *, is_json: bool) -> str:
    """Return why a field cannot be written to; an empty string if it can."""
    if field.name != "id" and (field.read_only or field.is_computed):
        return _("%(name)s is read-only") % {"name": field.name}
    if not is_json and field.data_type not in READABLE:
        return _("a cell cannot hold %(name)s, of type %(type)s") % {
            "name": field.name,
            "type": field.data_type,
        }
    return ""


def _check_unique(columns: Sequence[FileColumn]) -> None:
    title_by_name: dict[str, str] = {}
    for column in columns:
        if column.field is None:
            continue
        name = column.field.name
        if name in title_by_name:
            raise TransferError(
                _("The columns %(first)r and %(second)r both map to %(name)s.")
                % {"first": title_by_name[name], "second": column.title, "name": name}
            )
        title_by_name[name] = column.title


class Converter:
    """Converts rows to items for Zoho. Raises TransferError for missing columns.

    With `on`, records are found by these fields; without, rows that have a column for the id update
    records, and others create them. An empty cell leaves a field unchanged, or clears it with
    `cleared`. `from_spreadsheet` removes the apostrophes before texts that would be formulas.
    """

    def __init__(
        self,
        columns: Sequence[FileColumn],
        fields: Iterable[FoundField],
        on: Sequence[str],
        *,
        is_json: bool,
        cleared: bool = False,
        from_spreadsheet: bool = False,
    ) -> None:
        self.on = on
        self._is_json, self._cleared, self._unescapes = is_json, cleared, from_spreadsheet
        names = {column.field.name for column in columns if column.field}
        self.action: ImportAction = "upsert" if on else "update" if "id" in names else "create"
        if "id" in on:
            raise TransferError(
                _("--on names other fields than id: leave it out to update the records by id.")
            )
        if missing := [name for name in on if name not in names]:
            raise TransferError(
                _("No column maps to %(name)s, which --on names.") % {"name": missing[0]}
            )
        if not names - {"id"}:
            raise TransferError(_("No column maps to any field."))
        self._required = {
            field.name
            for field in fields
            if field.required and not field.read_only and field.data_type != "boolean"
        }
        if self.action == "create" and (missing := sorted(self._required - names)):
            raise TransferError(
                _("No column maps to %(name)s, which Zoho requires.") % {"name": missing[0]}
            )
        # Rows that are matched by other fields may come from another organisation, with its ids.
        self.columns = [
            FileColumn(column.title, None, _("records are found by --on"))
            if on and column.field is ID
            else column
            for column in columns
        ]

    def item(self, row: SourceRow) -> tuple[Item, str]:
        """Return the item for a row, and the error, if any."""
        if row.problem:
            return {}, row.problem
        item: Item = {}
        problems: list[str] = []
        for column in self.columns:
            if column.field is None:
                continue
            name = column.field.name
            try:
                value = self._value(row.values.get(column.title), column.field)
            except InvalidCell as error:
                problems.append(
                    _("%(name)s takes %(expected)s") % {"name": name, "expected": error.expected}
                )
                continue
            if value is None and name in self._required and self.action != "upsert":
                if self.action == "create" or self._cleared:
                    problems.append(_("%(name)s is empty") % {"name": name})
            elif value is not None or (self._cleared and self.action != "create"):
                item[name] = value
        if self.action == "update" and not item.get("id"):
            problems.append(_("%(name)s is empty") % {"name": "id"})
        if self.on and not any(item.get(name) is not None for name in self.on):
            problems.append(
                _("%(names)s: empty, but it identifies the record") % {"names": ", ".join(self.on)}
            )
        if not problems and not item.keys() - {"id"}:
            problems.append(_("has no values"))
        if unfit := encoding_error(item):
            problems.append(str(unfit))
        return item, "; ".join(problems)

    def _value(self, cell: Any, field: FoundField) -> Any:
        if field is ID:
            lookup = parse_cell(str(cell or ""), "lookup")
            return lookup["id"] if lookup else None
        value = cell
        if isinstance(cell, str):
            text = parse_spreadsheet_cell(cell) if self._unescapes else cell
            value = (text or None) if self._is_json else parse_cell(text, field.data_type)
        elif isinstance(cell, dict) and "id" in cell:
            value = {"id": cell["id"]}  # a lookup as the API shows it
        is_text = isinstance(value, str) and field.data_type in TEXTS
        if is_text and 0 < field.length < len(value):
            expected = ngettext(
                "%(count)d character at most", "%(count)d characters at most", field.length
            )
            raise InvalidCell(expected % {"count": field.length})
        return value
