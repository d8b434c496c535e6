"""The CSV of a bulk write, and the CSV of its result."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from ...calls.metadata import FieldMetadata, ModuleFields
from ...errors import ConfigurationError, NotSupported, UnknownField
from ...http.encoding import dumps, loads
from ..compile.fields import REFERENCE_TYPES, find
from ..read.archives import ZippedCSV, reading_archive

MAX_BYTES = 25_000_000
MAX_COLUMNS = 200
"""Of one upload (ZD 361)."""

REPEATED = 3
"""Columns that the result repeats before the outcome of a row (ZD 364)."""

ROWS = 25_000
"""Rows of one job (ZD 361)."""

LINE_BYTES = 1_024
"""Bytes that a line of the result has besides what it repeats."""

CELL_BYTES = 8
"""Bytes of a repeated character: up to four in UTF-8, and quotes are doubled."""

NAME = "rows.csv"

FORMATS = {"date": "yyyy-MM-dd", "datetime": "yyyy-MM-dd'T'HH:mm:ssXXX"}
"""Java's patterns for what JSON holds; Zoho expects American dates otherwise (ZD 362)."""

CSVRow = dict[str, str]
"""A row's texts by API name; an empty one stands for no value."""


def csv_row(item: Mapping[str, Any], fields: ModuleFields) -> CSVRow:
    """Return a record, given as JSON would send it, as a row of the CSV.

    Raises UnknownField for an unknown field, NotSupported for a value that no cell can represent.
    """
    plain: dict[str, Any] = loads(dumps(item))
    return {name: _text(_field(fields, name), value) for name, value in plain.items()}


def _field(fields: ModuleFields, name: str) -> FieldMetadata:
    if name in fields:
        return fields[name]
    if name.startswith("$"):
        raise NotSupported(f"A bulk write has no {name}: write with via='records'.")
    path, rest = find(lambda module: fields, fields.module, name)
    raise UnknownField(f"{fields.module} has no field {path.text}{rest and '__'}{rest}.")


def _text(field: FieldMetadata, value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return format(Decimal(repr(value)), "f")
        case str():
            return value
        case {"id": str() | int() as record_id} if field.data_type in REFERENCE_TYPES:
            return str(record_id)
        case list() if field.data_type == "multiselectpicklist":
            return _join(field, ";", value)
        case list() if field.data_type == "tags":
            return _join(field, ",", [item.get("name") for item in value if isinstance(item, dict)])
    raise NotSupported(
        f"{field.api_name} ({field.data_type}): a cell of a bulk write cannot hold this value; "
        "write with via='records'."
    )


def _join(field: FieldMetadata, by: str, values: Sequence[Any]) -> str:
    if any(not isinstance(value, str) or by in value for value in values):
        raise NotSupported(f"{field.api_name}: a bulk write takes texts without {by!r} in a list.")
    return by.join(values)


def columns_of(rows: Sequence[CSVRow], key: str, *, is_new: bool) -> tuple[list[str], bool]:
    """Return the columns of rows, the key first, and whether some rows lack some of them.

    Raises ConfigurationError if there are too many, or if an empty cell would be ambiguous.
    """
    names: dict[str, None] = {key: None} if key else {}
    for row in rows:
        names.update(dict.fromkeys(row))
    if len(names) > MAX_COLUMNS:
        raise ConfigurationError(
            f"A bulk write accepts {MAX_COLUMNS} columns, but these rows have {len(names)}."
        )
    differ = any(len(row) < len(names) for row in rows)
    emptied = next((name for row in rows for name, text in row.items() if not text), None)
    if differ and emptied is not None and not is_new:
        raise ConfigurationError(
            f"One row clears {emptied}, and another omits a field: in a bulk write, both are "
            "empty cells. Give all rows the same fields, or write with via='records'."
        )
    return list(names), differ


class BulkCSV:
    """The rows of one job as a CSV in a zip, written to `file`; raises what `columns_of` raises.

    `key` is the column that identifies records; it comes first, so that the result repeats it. With
    `ignore_empty`, empty cells are values that a row leaves out, not values that it clears.
    """

    def __init__(self, rows: Sequence[CSVRow], key: str, file: IO[bytes], *, is_new: bool) -> None:
        self.columns, self.ignore_empty = columns_of(rows, key, is_new=is_new)
        self.key_cells = [self._line(row, self.columns[:REPEATED]) for row in rows]
        self.file = file
        with (
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open(NAME, "w") as entry,
        ):
            text = io.TextIOWrapper(entry, "utf-8", newline="")
            writer = csv.writer(text)
            writer.writerow(self.columns)
            writer.writerows([row.get(name, "") for name in self.columns] for row in rows)
            text.flush()
            text.detach()
        self.size = file.seek(0, io.SEEK_END)

    @staticmethod
    def _line(row: CSVRow, columns: Sequence[str]) -> tuple[str, ...]:
        return tuple(row.get(name, "").strip() for name in columns)

    def mappings(self, fields: ModuleFields) -> list[dict[str, Any]]:
        """Return the field mappings of the columns."""
        mapped: list[dict[str, Any]] = []
        for index, name in enumerate(self.columns):
            mapping: dict[str, Any] = {"api_name": name, "index": index}
            data_type = fields[name].data_type
            if data_type in FORMATS:
                mapping["format"] = FORMATS[data_type]
            elif data_type in REFERENCE_TYPES:
                mapping["find_by"] = "id"
            mapped.append(mapping)
        return mapped


@dataclass(frozen=True, slots=True)
class ResultLine:
    """The result of a row: ADDED, UPDATED, SKIPPED or UNPROCESSED."""

    repeated: tuple[str, ...]
    status: str
    record_id: str
    errors: str


def read_result(
    file: IO[bytes], job_id: str, key_cells: Sequence[tuple[str, ...]]
) -> list[ResultLine]:
    """Read the result of a job from its zip; `key_cells` are those that the result repeats.

    Raises UnreadableResponse for damaged files, and for files larger than a job's result.
    """
    repeated = sum(len(cell) for row in key_cells for cell in row)
    max_bytes = ROWS * LINE_BYTES + CELL_BYTES * repeated
    with reading_archive(f"result of the bulk write {job_id}"):
        lines = ZippedCSV(file, max_rows=ROWS, max_bytes=max_bytes)
        status, record_id, errors = (
            lines.header.index(title) for title in ("STATUS", "RECORD_ID", "ERRORS")
        )
        return [
            ResultLine(
                tuple(cell.strip() for cell in line[:status]),
                line[status],
                line[record_id],
                line[errors],
            )
            for line in lines
        ]


def match_lines(
    key_cells: Sequence[tuple[str, ...]], lines: Sequence[ResultLine]
) -> tuple[list[ResultLine | None], bool]:
    """Return the result line of each row sent, and whether any could be matched.

    Zoho does not document that a result keeps the order of the rows, so lines are matched by the
    values that they repeat. Lines with other values, such as a number in another form, are matched
    by order if there are as many lines as unmatched rows.
    """
    if len(lines) == len(key_cells) and all(
        line.repeated == row for line, row in zip(lines, key_cells, strict=True)
    ):
        return list(lines), True
    waiting: dict[tuple[str, ...], deque[ResultLine]] = defaultdict(deque)
    for line in lines:
        waiting[line.repeated].append(line)
    matches: list[ResultLine | None] = [
        waiting[row].popleft() if waiting[row] else None for row in key_cells
    ]
    is_known = any(matches)
    unmatched = {id(line) for queue in waiting.values() for line in queue}
    rest = [line for line in lines if id(line) in unmatched]
    if len(rest) == matches.count(None):
        others = iter(rest)
        matches = [next(others) if line is None else line for line in matches]
    return matches, is_known
