"""Writes the rows of an uploaded CSV as records, each checked as a single insert would be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ...core import Refusal, Request, dialect
from ...engine import saving, validation, visibility
from ...engine.history import log_change
from ...engine.values import JSONPath, format_moment, is_id
from ...state import Module, Organisation, StoredRecord
from .. import pipelines, record_locks
from . import resources
from .csv_reader import CsvFile, UnreadableCsv, open_csv
from .reports import COLUMNS_REPEATED, ResourceReport, Status
from .resources import Mapping, WriteResource
from .values import CellReader, reader

MAX_ROWS = 25_000
PARENT = "Parent_Id"


class Skipped(Exception):
    """A row is not written; `errors` look like `INVALID_DATA-Email`."""

    def __init__(self, *errors: str) -> None:
        super().__init__(*errors)
        self.errors = errors


@dataclass(frozen=True)
class CsvColumn:
    """A mapped column: its position, the default for empty cells, and how cells are read."""

    mapping: Mapping
    read: CellReader

    def text(self, row: list[str]) -> str:
        """Return the row's text in this column, or the default if it is empty."""
        index = self.mapping.index
        cell = row[index].strip() if index is not None and index < len(row) else ""
        return cell or self.mapping.default or ""


@dataclass
class Loader:
    """Writes the resources of one job, in order.

    Subform rows may refer to their parent by a value in the parent's row of the same job.
    """

    org: Organisation
    request: Request
    operation: str
    encoding: str | None
    all_resources: list[WriteResource]

    def __post_init__(self) -> None:
        self._parents: dict[tuple[str, int], dict[str, str]] = {
            (self._module(resource).parent_module or "", mapping.parent_column): {}
            for resource in self.all_resources
            for mapping in resource.mappings
            if mapping.parent_column is not None
        }

    def load(self, resource: WriteResource) -> ResourceReport:
        """Write one resource and return the report on its rows."""
        report = ResourceReport(resource.module, resource.file)
        archive = self.org.bulk.archives[resource.archive_id]
        try:
            csv_file = open_csv(archive.files[resource.file], self.encoding)
            writer = self._writer(resource, csv_file)
        except UnreadableCsv as unreadable:
            report.code = unreadable.code
            return report
        columns = writer.columns[:COLUMNS_REPEATED]
        report.header = [column.mapping.api_name for column in columns]
        keys = [key for key in self._parents if key[0] == resource.module]
        for number, row in enumerate(csv_file.rows):
            cells = [column.text(row) for column in columns]
            if number >= MAX_ROWS:
                report.add(cells, Status.UNPROCESSED, errors=["LIMIT_EXCEEDED"])
                continue
            try:
                status, record_id = writer.write(row)
            except Skipped as skipped:
                report.add(cells, Status.SKIPPED, errors=skipped.errors)
                continue
            report.add(cells, status, record_id)
            for key in keys:
                if key[1] < len(row):
                    self._parents[key][row[key[1]].strip()] = record_id
        return report

    def _module(self, resource: WriteResource) -> Module:
        module: Module = self.org.metadata.modules[resource.module]
        return module

    def _writer(self, resource: WriteResource, csv_file: CsvFile) -> RowWriter:
        module = self._module(resource)
        mappings = resource.mappings
        if not mappings:
            mappings = tuple(
                resources.parse_header(name, index) for index, name in enumerate(csv_file.header)
            )
            if self.operation == "insert":
                try:
                    resources.check_mandatory(module, mappings)
                except Refusal as refusal:
                    raise UnreadableCsv(refusal.code) from None
        columns = [self._column(module, mapping, len(csv_file.header)) for mapping in mappings]
        writer_class = RowWriter if module.parent_module is None else ChildWriter
        return writer_class(
            self.org, self.request, self.operation, module, resource, columns, self._parents
        )

    def _column(self, module: Module, mapping: Mapping, width: int) -> CsvColumn:
        if mapping.index is not None and mapping.index >= width:
            raise UnreadableCsv("COLUMN_INDEX_NOT_FOUND")
        try:
            field = resources.find_field(module, mapping.api_name, self.request.version)
        except Refusal as refusal:
            raise UnreadableCsv(refusal.code) from None
        if field is None:
            return CsvColumn(mapping, str)
        try:
            return CsvColumn(mapping, reader(self.org, field, mapping, self.request.user.time_zone))
        except ValueError:
            raise UnreadableCsv("INVALID_FORMAT") from None


@dataclass
class RowWriter:
    """Writes the rows of one module."""

    org: Organisation
    request: Request
    operation: str
    module: Module
    resource: WriteResource
    columns: list[CsvColumn]
    parents: dict[tuple[str, int], dict[str, str]]

    def __post_init__(self) -> None:
        self.place = JSONPath(dialect(self.request.version), self.module.api_name, "$")
        self.table = self.org.records.table(self.module.api_name)
        self._found_by = self.resource.find_by

    def write(self, row: list[str]) -> tuple[Status, str]:
        """Write a row; return its status and its record's id. Raises Skipped."""
        item = dict(self._values(row))
        old = self._find_existing(item)
        if old is not None and visibility.is_hidden(self.org, self.request, self.module, old):
            old = None
        if old is None:
            if self.operation == "update":
                raise Skipped(f"RESOURCE_NOT_FOUND-{self._found_by}")
            return Status.ADDED, self._insert(item)
        if self.operation == "insert":
            raise Skipped(f"DUPLICATE_DATA-{self._found_by}")
        if old.get("Converted__s"):
            raise Skipped("CANNOT_PROCESS-id")
        try:
            visibility.require(self.org, self.request, self.module, old, "update")
            record_locks.guard(self.org, self.request, self.module, old, "update", item)
        except Refusal as refusal:
            raise Skipped(f"{refusal.code}-id") from None
        return Status.UPDATED, self._update(item, old)

    def _values(self, row: list[str]) -> Iterator[tuple[str, Any]]:
        # An insert has nothing to clear.
        keeps = self.resource.ignore_empty or self.operation == "insert"
        for column in self.columns:
            text = column.text(row)
            if text:
                yield column.mapping.api_name, column.read(text)
            elif not keeps:
                yield column.mapping.api_name, None

    def _find_existing(self, item: dict[str, Any]) -> StoredRecord | None:
        name = self._found_by
        if name is None:
            return None
        value = item.get(name, item.get("Id") if name == "id" else None)
        if value is None:
            if self.operation == "update":
                raise Skipped(f"MANDATORY_NOT_FOUND-{name}")
            return None
        if name != "id":
            return next(iter(self.table.find(name, value)), None)
        if not is_id(value):
            raise Skipped("INVALID_DATA-id")
        return self.table.get(value)

    def _insert(self, item: dict[str, Any]) -> str:
        validated = self._check_values(item, None)
        record = saving.insert(self.org, self.module, validated, self.request.user)
        log_change(self.org, self.request, self.module, "added", None, record)
        return str(record["id"])

    def _update(self, item: dict[str, Any], old: StoredRecord) -> str:
        validated = self._check_values(item, old)
        changed = saving.update(
            self.org, self.module, old, validated, self.request.user, self.place.dialect
        )
        log_change(self.org, self.request, self.module, "updated", old, changed)
        return str(changed["id"])

    def _check_values(
        self, item: dict[str, Any], old: StoredRecord | None
    ) -> validation.ValidatedRecord:
        """Check the row's values and return them. Raises Skipped with all errors."""
        validated, refusals = validation.validate_fields(
            self.org, self.module, item, self.place, old, self.request.user
        )
        for subform in self.module.subforms:
            # Its rows have their own CSV.
            refusals.pop(subform.name_in(self.request.version), None)
        refusals |= validation.duplicate_errors(self.org, self.module, validated, self.place, old)
        if refusals:
            raise Skipped(*_errors(refusals.items()))
        now = format_moment(self.org.clock.now())
        try:
            validation.check_dependencies(self.module, validated, self.place, old, now)
            pipelines.guard(self.org, self.module, {**(old or {}), **validated.values}, self.place)
        except Refusal as refusal:
            raise Skipped(f"{refusal.code}-{refusal.details['api_name']}") from None
        return validated


def _errors(refusals: Iterable[tuple[str, Refusal]]) -> Iterator[str]:
    for name, refusal in refusals:
        yield f"{refusal.code}-{name}"


@dataclass
class ChildWriter(RowWriter):
    """Writes subform rows, each into its parent record."""

    def write(self, row: list[str]) -> tuple[Status, str]:
        item = dict(self._values(row))
        old = self._find_existing(item)
        if old is None and self.operation == "update":
            raise Skipped(f"RESOURCE_NOT_FOUND-{self._found_by}")
        if old is not None and self.operation == "insert":
            raise Skipped(f"DUPLICATE_DATA-{self._found_by}")
        parent = self._parent(row, item, old)
        validated = self._check_values(item, old)
        subform = self._subform()
        rows = [validation.ValidatedRow(old["id"] if old else None, validated.values)]
        # Rows are added to the existing ones, whatever a v2 update of the parent would do.
        changed = saving.update(
            self.org,
            self.org.metadata.modules[self.module.parent_module or ""],
            parent,
            validation.ValidatedRecord({}, {subform: rows}),
            self.request.user,
            dialect(8),
        )
        if old is not None:
            return Status.UPDATED, str(old["id"])
        return Status.ADDED, str(changed[subform][-1])

    def _parent(
        self, row: list[str], item: dict[str, Any], old: StoredRecord | None
    ) -> StoredRecord:
        parent: StoredRecord | None = None
        reference = item.pop(PARENT, None)
        column = next((entry for entry in self.columns if entry.mapping.api_name == PARENT), None)
        if column is not None and column.mapping.parent_column is not None:
            key = self.module.parent_module or "", column.mapping.parent_column
            parent = self.org.records.get(self.parents[key].get(column.text(row), ""))
        elif isinstance(reference, dict):
            parent = self.org.records.get(reference["id"])
        elif reference is None and old is not None:
            parent = self.org.records.get(old[PARENT])
        if parent is None or self.org.records.homes[parent["id"]] != self.module.parent_module:
            raise Skipped(f"RESOURCE_NOT_FOUND-{PARENT}")
        return parent

    def _subform(self) -> str:
        parent = self.org.metadata.modules[self.module.parent_module or ""]
        return next(
            field.api_name for field in parent.subforms if field.subform == self.module.api_name
        )
