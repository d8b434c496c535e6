"""COQL: Zoho's query language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..coql import rows
from ..operation import operation
from ..results import Page, Record
from . import Resource


class Coql(Resource):
    """Queries (Zoho's manual: COQL)."""

    @operation(
        "POST",
        "/crm/{version}/coql",
        key="data",
        beside=("select_query", "include_meta"),
        returns=rows,
        safe=True,
        scopes=("ZohoCRM.coql.READ", "ZohoCRM.modules.{module}.READ"),
    )
    def query(
        self, select_query: str, *, include_meta: Sequence[Literal["fields"]] | None = None
    ) -> Page[Record]:
        """Return the rows of `select ... from ... where ...`; the where clause is required.

        Iterating goes through all pages of a query without `limit`, up to Zoho's maximum (100,000
        rows from v7, 10,000 before), past which it raises. A query with `limit` is one page, whose
        `more_records` says whether there are more. What `include_meta` (v7) adds is in `info`.
        """
        ...
