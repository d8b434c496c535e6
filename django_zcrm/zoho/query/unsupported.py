"""Methods of Django's query sets that Zoho lacks: their errors give a reason and an alternative."""

from __future__ import annotations

from typing import Any, NoReturn

from ..errors import NotSupported


class UnsupportedMethods:
    """The methods of a query set that a record set does not support."""

    def _refuse(self, what: str, instead: str) -> NoReturn:
        raise NotSupported(f"Zoho has no {what} of records: {instead}")

    def distinct(self, *names: str) -> NoReturn:
        """Raise NotSupported: COQL has no DISTINCT."""
        self._refuse(
            "DISTINCT",
            "group with .values('Field').annotate(n=Count('id')), or use a set in Python.",
        )

    def union(self, *others: Any, all: bool = False) -> NoReturn:
        """Raise NotSupported: COQL has no UNION."""
        self._refuse("UNION", "join conditions with Q(...) | Q(...), or rows with itertools.chain.")

    def intersection(self, *others: Any) -> NoReturn:
        """Raise NotSupported: COQL has no INTERSECT."""
        self._refuse("INTERSECT", "join conditions with Q(...) & Q(...).")

    def difference(self, *others: Any) -> NoReturn:
        """Raise NotSupported: COQL has no EXCEPT."""
        self._refuse("EXCEPT", "use .exclude(...).")

    def select_for_update(self, **options: Any) -> NoReturn:
        """Raise NotSupported: Zoho locks no records for a transaction."""
        self._refuse(
            "SELECT FOR UPDATE",
            "update with if_unmodified_since, which refuses records that were changed since then.",
        )

    def select_related(self, *names: Any) -> NoReturn:
        """Raise NotSupported: name the fields of other modules individually."""
        self._refuse("select_related", "name the fields: .only('Account_Name__Industry').")

    def prefetch_related(self, *names: Any) -> NoReturn:
        """Raise NotSupported: query related records by their lookup."""
        self._refuse(
            "prefetch_related",
            "query the other module: crm.objects('Contacts').filter(Account_Name__in=ids).",
        )

    def alias(self, *expressions: Any, **kwargs: Any) -> NoReturn:
        """Raise NotSupported: COQL computes nothing for single records."""
        self._refuse("expressions", "compute from the rows in Python.")

    def dates(self, field_name: str, kind: str, order: str = "ASC") -> NoReturn:
        """Raise NotSupported: COQL has neither DISTINCT nor functions of dates."""
        self._refuse(
            "DISTINCT", f"use a set in Python: {{row[{field_name!r}] for row in records}}."
        )

    def datetimes(self, field_name: str, kind: str, order: str = "ASC", **zone: Any) -> NoReturn:
        """Raise NotSupported: COQL has neither DISTINCT nor functions of dates."""
        self.dates(field_name, kind, order)

    def extra(self, **parts: Any) -> NoReturn:
        """Raise NotSupported: conditions are written from names and values only."""
        self._refuse("raw parts in the query", "write COQL by hand: crm.coql.query('select ...').")

    def raw(self, query: str, *params: Any, **kwargs: Any) -> NoReturn:
        """Raise NotSupported: use `crm.coql.query` for hand-written COQL."""
        self.extra()

    def get_or_create(self, *defaults: Any, **fields: Any) -> NoReturn:
        """Raise NotSupported: another process could create the record between the two calls."""
        self._refuse(
            "transaction",
            ".upsert([row], on=['Email']) finds or creates a record by a field without duplicates, "
            "in one call.",
        )

    def update_or_create(self, *defaults: Any, **fields: Any) -> NoReturn:
        """Raise NotSupported: use `upsert`."""
        self.get_or_create()

    async def aget_or_create(self, *defaults: Any, **fields: Any) -> NoReturn:
        """Raise NotSupported: `aupsert` does it."""
        self.get_or_create()

    async def aupdate_or_create(self, *defaults: Any, **fields: Any) -> NoReturn:
        """Raise NotSupported: `aupsert` does it."""
        self.get_or_create()
