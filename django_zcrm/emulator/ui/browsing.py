"""Pages that show records: those of a module, and one record with related data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from ..core import Request, Response, Routes
from ..core.zoho import Zoho
from ..engine.rendering import Renderer, display_name, localize
from ..state import Module, Organisation, RelatedList, StoredRecord
from .pages import render

routes = Routes()

PER_PAGE = 50
MAX_CHANGES = 20
MAX_CELL_LENGTH = 80
PAGE = "/emulator/browse/{org_id}/{module}"


@routes.open("GET", PAGE)
def browse_module(zoho: Zoho, request: Request, org_id: str, module: str) -> Response:
    """The newest records of a module, fifty a page; with a search word, only those with it."""
    match = _find(zoho, org_id, module)
    if match is None:
        return render(request, "not_found.html", 404)
    org, definition = match
    word = request.args.get("word", "").strip()
    number = request.args.get("page", "1")
    page = max(1, int(number)) if number.isdecimal() and len(number) < 10 else 1
    first = (page - 1) * PER_PAGE
    records = list(islice(_filter_matching(org, definition, word), first, first + PER_PAGE + 1))
    presenter = _Presenter(org, request)
    names, rows = presenter.table(definition, records[:PER_PAGE])
    return render(
        request,
        "module.html",
        org=org,
        module=definition,
        count=len(org.records.table(module)),
        word=word,
        page=page,
        has_more=len(records) > PER_PAGE,
        columns=[*(definition.field_map[name].label for name in names), "Id"],
        rows=rows,
    )


@routes.open("GET", f"{PAGE}/{{id}}")
def browse_record(zoho: Zoho, request: Request, org_id: str, module: str, id: str) -> Response:
    """One record: its fields, its subform rows, its related records, its history."""
    match = _find(zoho, org_id, module)
    record = None if match is None else match[0].records.table(module).get(id)
    if match is None or record is None:
        return render(request, "not_found.html", 404)
    org, definition = match
    presenter = _Presenter(org, request)
    row = Renderer(org, presenter.reader, definition, children=True).row(record)
    return render(
        request,
        "record.html",
        org=org,
        module=definition,
        id=id,
        name=display_name(org, record) or id,
        fields=[
            (field, presenter.texts(row[field.api_name], max_length=None))
            for field in definition.fields
            if field.data_type != "subform" and row.get(field.api_name) not in (None, "", [])
        ],
        subforms=[
            (field, *presenter.subform(row.get(field.api_name) or []))
            for field in definition.subforms
        ],
        related_lists=list(presenter.related_lists(definition, record)),
        timeline=presenter.timeline(id),
    )


class PageText(NamedTuple):
    """A text on a page, a link if it has a URL."""

    text: str
    url: str = ""


Cell = list[PageText]


class _Presenter:
    """Presents values of one organisation as its first user would see them."""

    def __init__(self, org: Organisation, request: Request) -> None:
        self.org = org
        self.root = urlsplit(request.address.base_url).path
        #: The request by which that user would read records.
        self.reader = Request.build("GET", "/crm/v8")
        self.reader.user = next(iter(org.users.values()))

    def link(self, record_id: str, text: str) -> PageText:
        """A link to a record of any module; the bare text when there is no such record."""
        module = self.org.records.homes.get(record_id)
        if module is None:
            return PageText(text)
        path = f"/emulator/browse/{self.org.id}/{quote(module)}/{quote(record_id)}"
        return PageText(text, self.root + path)

    def texts(self, value: Any, max_length: int | None = MAX_CELL_LENGTH) -> Cell:
        """A value in human-readable form; a list has a text for each item."""
        if isinstance(value, list):
            return [text for item in value for text in self.texts(item, max_length)]
        if isinstance(value, bool):
            return [PageText("yes" if value else "no")]
        if isinstance(value, dict):
            name = value.get("name") or value.get("File_Name__s")
            if name and "id" in value:
                return [self.link(str(value["id"]), str(name))]
            return [PageText(json.dumps(value, ensure_ascii=False))]
        text = "" if value is None else str(value)
        if max_length is not None and len(text) > max_length:
            text = f"{text[: max_length - 1]}…"
        return [PageText(text)]

    def table(
        self, module: Module, records: Iterable[StoredRecord]
    ) -> tuple[list[str], list[list[Cell]]]:
        """The fields of a module's first view, and a row for each record.

        A row's first cell is a link to the record, its last the record's id.
        """
        columns = module.views[0].fields if module.views else ()
        names = [name for name in columns if name in module.field_map and name != "id"]
        renderer = Renderer(self.org, self.reader, module, names)
        rows = []
        for record in records:
            record_id = record["id"]
            row = renderer.row(record)
            first, *others = [*(self.texts(row.get(name)) for name in names), [PageText(record_id)]]
            title = ", ".join(text for text, _ in first)
            rows.append([[self.link(record_id, title or record_id)], *others])
        return names, rows

    def subform(self, rows: list[dict[str, Any]]) -> tuple[list[str], list[list[Cell]]]:
        """The fields of a subform that have values, and its rows."""
        names = [
            name
            for name in (rows[0] if rows else ())
            if any(row.get(name) not in (None, [], "") for row in rows)
            and name not in ("id", "Parent_Id", "Created_By", "Modified_By")
            and not name.endswith("_Time")
        ]
        return names, [[self.texts(row.get(name)) for name in names] for row in rows]

    def related_lists(
        self, module: Module, record: StoredRecord
    ) -> Iterator[tuple[RelatedList, int, list[PageText]]]:
        """The related lists of a record that are not empty, their length and first records."""
        store = self.org.records
        for related in module.related_lists:
            if related.linked:
                ids = list(store.get_links(module.api_name, record["id"], related.module))
            elif related.field is not None:
                children = store.children(related.module, related.field, record["id"])
                ids = [row["id"] for row in children]
            else:
                ids = []
            rows = [row for row in map(store.get, ids) if row is not None]
            if rows:
                yield (
                    related,
                    len(rows),
                    [
                        self.link(row["id"], display_name(self.org, row) or row["id"])
                        for row in rows[:PER_PAGE]
                    ],
                )

    def timeline(self, record_id: str) -> list[dict[str, str]]:
        """The latest changes of a record, newest first."""
        changes = self.org.records.timeline.get(record_id, [])[-MAX_CHANGES:]
        zone = self.reader.user.time_zone
        return [
            {
                "time": localize(change["time"], zone)[:19].replace("T", " "),
                "action": change["action"],
                "user": user.full_name if (user := self.org.users.get(change["user"])) else "",
                "fields": ", ".join(field["api_name"] for field in change["changes"]),
            }
            for change in reversed(changes)
        ]


def _find(zoho: Zoho, org_id: str, module: str) -> tuple[Organisation, Module] | None:
    org = zoho.organisations.get(org_id)
    definition = None if org is None else org.metadata.modules.get(module)
    return None if org is None or definition is None else (org, definition)


def _filter_matching(org: Organisation, module: Module, word: str) -> Iterable[StoredRecord]:
    newest = org.records.table(module.api_name).newest_first()
    if not word:
        return newest
    word = word.casefold()
    return (
        record
        for record in newest
        if any(isinstance(value, str) and word in value.casefold() for value in record.values())
    )
