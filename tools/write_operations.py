"""Write docs/reference/operations.md from the client itself: `python tools/write_operations.py`.

A test holds the page to what this prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from django_zcrm.zoho.catalogue import CatalogueEntry, entries

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "operations.md"
HEAD = """\
# Operations

<!-- Written by tools/write_operations.py: change the resources, not this page. -->

Every operation that Zoho publishes, and the call that performs it: `crm.records.list("Leads")`. The
heading of a table is the client's attribute, and names the page of
[Zoho's manual](https://www.zoho.com/crm/developer/docs/api/v8/) that tells what Zoho does with it.
`help(crm.records.list)` tells all arguments; `...` stands for optional ones. A scope with
`{module}` is for the module that is called for, in lower case and without underscores, `custom` for
modules of one's own; `manage.py zcrm_scopes` puts scopes together. Whatever is not here yet:
`crm.request("GET", "/crm/{version}/...")`.
"""


def page() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *_tables()]).rstrip() + "\n"


def _tables() -> Iterator[str]:
    count = len({(entry.operation.method, entry.operation.path) for entry in entries()})
    yield f"{len(entries())} methods for {count} operations.\n"
    for resource, group in groupby(entries(), lambda entry: entry.resource):
        rows = list(group)
        yield f"## {resource}\n"
        if rows[0].manual:
            yield f"Zoho's manual: {rows[0].manual}.\n"
        yield "| call | sends | scopes |\n|---|---|---|"
        yield from map(_row, rows)
        yield ""


def _row(entry: CatalogueEntry) -> str:
    operation = entry.operation
    since = f" (from {operation.since})" if operation.since != "v2" else ""
    host = f", {operation.host} host" if operation.host != "api" else ""
    scopes = " ".join(f"`{scope}`" for scope in operation.scopes) or "not published"
    return f"| `{entry.call}` | {operation.method} `{operation.path}`{since}{host} | {scopes} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
