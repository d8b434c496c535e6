"""COQL: Zoho's query language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.coql import rows
from ..operations.operation import operation
from ..operations.results import Page, RecordDict
from . import Resource


class Coql(Resource, key="data"):
    """Queries (Zoho's manual: COQL)."""

    @operation(
        "POST",
        "/crm/{version}/coql",
        top_level=("select_query", "include_meta"),
        returns=rows,
        safe=True,
        scopes=("ZohoCRM.coql.READ", "ZohoCRM.modules.{module}.READ"),
    )
    def query(
        self, select_query: str, *, include_meta: Sequence[Literal["fields"]] | None = None
    ) -> Page[RecordDict]:
        """Return the rows of a query.

        Iteration fetches all pages of a query without `limit`, up to Zoho's maximum (100,000 rows
        from v7, 10,000 before); a further page raises. A query with `limit` is one page; its
        `more_records` shows whether there are more rows. The keys that `include_meta` adds are in
        `info`.

        Args:
            select_query: `select ... from ... where ...`; the where clause is required.
            include_meta: `["fields"]` also returns the metadata of the selected fields. From v7.
        """
        ...
