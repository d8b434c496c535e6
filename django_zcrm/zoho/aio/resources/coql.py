"""COQL: Zoho's query language.

Written by tools/write_resources.py from zoho/resources/coql.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...results import Record
from ..results import AsyncPage


class Coql:
    """Queries (Zoho's manual: COQL)."""

    async def query(
        self, select_query: str, *, include_meta: Sequence[Literal["fields"]] | None = None
    ) -> AsyncPage[Record]:
        """Return the rows of `select ... from ... where ...`; the where clause is required.

        Iterating goes through all pages of a query without `limit`, up to Zoho's maximum (100,000
        rows from v7, 10,000 before), past which it raises. A query with `limit` is one page, whose
        `more_records` says whether there are more. What `include_meta` (v7) adds is in `info`.
        """
        ...
