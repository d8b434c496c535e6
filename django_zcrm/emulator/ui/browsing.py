"""Pages that show records: those of a module, and one record with all that belongs to it.

Read-only; knows how to present records to people.
"""

from __future__ import annotations

import json
from html import escape
from itertools import islice
from typing import Any
from urllib.parse import urlencode, urlsplit

from django_zcrm.emulator.core.request import Call
from django_zcrm.emulator.core.response import Answer
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.world import World
from django_zcrm.emulator.engine.rendering import Renderer, display_name, in_zone
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.store import Record
from django_zcrm.emulator.ui.layout import Html, html, link, table, trail, values, whole_page

routes = Routes()

PER_PAGE = 50
CHANGES_SHOWN = 20
LONGEST_CELL = 80
PAGE = "/emulator/browse/{org_id}/{module}"


@routes.open("GET", PAGE)
def browse_module(world: World, call: Call, org_id: str, module: str) -> Answer:
    """The newest records of a module, fifty a page; with a search word, only those with it."""
    found = _find(world, org_id, module)
    if found is None:
        return _nothing(call)
    org, known = found
    word = call.params.get("word", "").strip()
    number = call.params.get("page", "1")
    page = max(1, int(number)) if number.isdecimal() and len(number) < 10 else 1
    first = (page - 1) * PER_PAGE
    rows = list(islice(_matching(org, known, word), first, first + PER_PAGE + 1))
    shown = rows[:PER_PAGE]
    columns = known.views[0].fields if known.views else ()
    names = [name for name in columns if name in known.field_map and name != "id"]
    shows = _Shows(org, call)
    renderer = Renderer(org, shows.call, known, names)
    count = len(org.records.table(module))
    body = [
        trail(shows.home, org.name, known.plural_label),
        f"<h1>{escape(known.plural_label)}</h1>",
        f'<p class="small">{count:,} {"record" if count == 1 else "records"}; API name '
        f"<code>{escape(module)}</code></p>",
        _find_form(word),
        table(
            [*(known.field_map[name].label for name in names), "Id"],
            [shows.line(record, renderer.row(record), names) for record in shown],
            "None found." if word or page > 1 else "None.",
        ),
        _pages(page, len(rows) > PER_PAGE, word),
    ]
    return Answer(200, whole_page(known.plural_label, "".join(body)))


@routes.open("GET", f"{PAGE}/{{id}}")
def browse_record(world: World, call: Call, org_id: str, module: str, id: str) -> Answer:
    """One record: its fields, its subform rows, its related records, its history."""
    found = _find(world, org_id, module)
    record = None if found is None else found[0].records.table(module).get(id)
    if found is None or record is None:
        return _nothing(call)
    org, known = found
    shows = _Shows(org, call)
    row = Renderer(org, shows.call, known, children=True).row(record)
    title = display_name(org, record) or id
    fields = [field for field in known.fields if field.data_type != "subform"]
    parts = [
        trail(shows.home, org.name, shows.module_link(known), title),
        f"<h1>{escape(title)}</h1>",
        f'<p class="small">{escape(known.singular_label)} <code>{escape(id)}</code></p>',
        values(
            (
                Html(f'<span title="{escape(field.api_name)}">{escape(field.label)}</span>'),
                shows.cell(row.get(field.api_name), longest=None),
            )
            for field in fields
            if row.get(field.api_name) not in (None, "", [])
        ),
        *(
            f"<h2>{escape(field.label)}</h2>{shows.rows(row.get(field.api_name) or [])}"
            for field in known.subforms
        ),
        *_related(shows, known, record),
        "<h2>Timeline</h2>",
        _timeline(org, shows.call.user.time_zone, id),
    ]
    return Answer(200, whole_page(title, "".join(parts)))


class _Shows:
    """Renders values of one organisation as its first user would see them."""

    def __init__(self, org: Organisation, call: Call) -> None:
        self.org = org
        self.base = urlsplit(call.base_url).path
        self.call = Call.build("GET", "/crm/v8")
        self.call.user = next(iter(org.users.values()))
        self.home = Html(f'<a href="{escape(self.base)}/">Overview</a>')

    def module_link(self, module: Module) -> Html:
        return link(
            module.plural_label, "emulator", "browse", self.org.id, module.api_name, base=self.base
        )

    def record_link(self, record_id: str, text: str) -> Html:
        """A link to a record of any module; the bare text when there is no such record."""
        home = self.org.records.homes.get(record_id)
        if home is None:
            return html(text)
        return link(text, "emulator", "browse", self.org.id, home, record_id, base=self.base)

    def cell(self, value: Any, longest: int | None = LONGEST_CELL) -> str:
        """A value in human-readable form."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, dict):
            name = value.get("name") or value.get("File_Name__s")
            if name and "id" in value:
                return self.record_link(str(value["id"]), str(name))
            return json.dumps(value, ensure_ascii=False)
        if isinstance(value, list):
            return Html(", ".join(html(self.cell(item, longest)) for item in value))
        text = str(value)
        return text if longest is None or len(text) <= longest else f"{text[: longest - 1]}…"

    def line(self, record: Record, row: dict[str, Any], names: list[str]) -> list[str]:
        """A record's cells; the first links to the record, the last is its id."""
        record_id = record["id"]
        first, *others = [*(self.cell(row.get(name)) for name in names), record_id]
        return [self.record_link(record_id, first or record_id), *others]

    def rows(self, rows: list[dict[str, Any]]) -> str:
        """The rows of a subform."""
        names = [
            name
            for name in (rows[0] if rows else ())
            if any(row.get(name) not in (None, [], "") for row in rows)
            and name not in ("id", "Parent_Id", "Created_By", "Modified_By")
            and not name.endswith("_Time")
        ]
        return table(names, [[self.cell(row.get(name)) for name in names] for row in rows])


def _find(world: World, org_id: str, module: str) -> tuple[Organisation, Module] | None:
    org = world.organisations.get(org_id)
    known = None if org is None else org.metadata.modules.get(module)
    return None if org is None or known is None else (org, known)


def _nothing(call: Call) -> Answer:
    home = f'<a href="{escape(urlsplit(call.base_url).path)}/">Overview</a>'
    return Answer(404, whole_page("Not here", f"<h1>There is no such page</h1><p>{home}</p>"))


def _matching(org: Organisation, module: Module, word: str) -> Any:
    newest = org.records.table(module.api_name).newest_first()
    if not word:
        return newest
    wanted = word.casefold()
    return (
        record
        for record in newest
        if any(isinstance(value, str) and wanted in value.casefold() for value in record.values())
    )


def _find_form(word: str) -> str:
    return (
        '<form class="find" role="search"><input type="search" name="word" aria-label="A word" '
        f'placeholder="A word or an id" value="{escape(word)}"><button>Find</button></form>'
    )


def _pages(page: int, more: bool, word: str) -> str:
    def to(number: int, text: str) -> str:
        query = urlencode({"page": number, **({"word": word} if word else {})})
        return f'<a href="?{escape(query)}">{text}</a>'

    newer = to(page - 1, "Newer") if page > 1 else "<span></span>"
    older = to(page + 1, "Older") if more else "<span></span>"
    return f'<nav class="pages">{newer}{older}</nav>' if page > 1 or more else ""


def _related(shows: _Shows, module: Module, record: Record) -> list[str]:
    """The related lists of a record that are not empty."""
    parts = []
    store = shows.org.records
    for related in module.related_lists:
        if related.linked:
            ids = list(store.linked(module.api_name, record["id"], related.module))
        elif related.field is not None:
            ids = [row["id"] for row in store.children(related.module, related.field, record["id"])]
        else:
            ids = []
        rows = [found for found in map(store.get, ids) if found is not None]
        if rows:
            names = (display_name(shows.org, row) or row["id"] for row in rows[:PER_PAGE])
            links = "".join(
                f"<li>{shows.record_link(row['id'], name)}</li>"
                for row, name in zip(rows, names, strict=False)
            )
            parts.append(f"<h2>{escape(related.label)} ({len(rows)})</h2><ul>{links}</ul>")
    return parts


def _timeline(org: Organisation, zone: str, record_id: str) -> str:
    entries = org.records.timeline.get(record_id, [])[-CHANGES_SHOWN:]
    return table(
        ["Time", "What", "Who", "Fields"],
        [
            [
                in_zone(entry["time"], zone)[:19].replace("T", " "),
                entry["action"],
                user.full_name if (user := org.users.get(entry["user"])) else "",
                ", ".join(change["api_name"] for change in entry["changes"]),
            ]
            for entry in reversed(entries)
        ],
        "Nothing was changed yet.",
    )
