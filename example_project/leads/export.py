"""Streams records as CSV: a line at a time, whatever their number."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from django_zcrm import ZCRMError
from django_zcrm.query import RecordSet
from django_zcrm.zoho.operations.results import RecordDict

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""By which spreadsheets know UTF-8."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""How texts begin that a spreadsheet would run as a formula (OWASP, CSV injection)."""


class Echo:
    """A file that returns what is written to it, as in Django's how-to on CSV."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def csv_response(
    records: RecordSet[RecordDict], columns: Sequence[str], filename: str
) -> StreamingHttpResponse:
    """Return a CSV download of the columns of all records, in the order of their ids.

    Another order would not reach all of them: see docs/reference/record-sets.md.
    """
    # A bulk read may be cheaper, but takes minutes before the first row comes.
    rows = records.order_by().only(*columns).iterator(via="coql")
    # Fetched before the response begins, so that an error here is an ordinary error.
    first = list(islice(rows, 1))
    return StreamingHttpResponse(
        _lines(chain(first, rows), columns),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def _lines(rows: Iterable[RecordDict], columns: Sequence[str]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield BYTE_ORDER_MARK + writer.writerow(columns)
    try:
        for row in rows:
            yield writer.writerow(_cell(row[name]) for name in columns)
    except ZCRMError as error:
        # The response has begun: write the error into the file, and break off the download.
        yield writer.writerow([_("The rest is missing: %(reason)s") % {"reason": error}])
        raise


def _cell(value: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
