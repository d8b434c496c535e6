"""The methods of a record set that define the query: each returns another record set."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Generic, Self, TypeVar

from ..errors import ConfigurationError, NotSupported
from .compile import tree
from .compile.query import Query, order_names
from .model import Model
from .steps import RecordSource
from .unsupported import UnsupportedMethods

T = TypeVar("T")


class Chain(tree.Subquery, UnsupportedMethods, Generic[T]):
    """The query methods of `RecordSet`."""

    def __init__(self, model: Model[T], source: RecordSource, query: Query | None = None) -> None:
        self.model = model
        try:
            self._meta = model._meta  # pyright: ignore[reportPrivateUsage]  (Django's name)
            module = self._meta.module
        except AttributeError:
            model_class = model if isinstance(model, type) else type(model)
            raise ConfigurationError(
                "objects() takes a module's API name or a class of records, not "
                f"{model_class.__name__}."
            ) from None
        self._source = source
        self._is_manager = query is None  # as `crm.objects(...)` gives it, Django's manager here
        self._query = query or Query(module, fields=self._meta.default_fields())
        if not re.fullmatch(r"\w+", self._query.module, re.ASCII):
            raise ConfigurationError(f"{self._query.module!r} is not the API name of a module.")

    @property
    def source(self) -> RecordSource:
        """Where the records come from: the client's sessions."""
        return self._source

    def _copy(self, **changes: Any) -> Self:
        """Return a copy with changes of the query."""
        return type(self)(self.model, self._source, replace(self._query, **changes))

    def _forbid_slice(self, what: str) -> None:
        if self._query.is_sliced:
            raise TypeError(f"Cannot {what} once a slice has been taken.")

    def all(self) -> Self:
        """Return a record set with the same query, without cached records."""
        return self._copy()

    def none(self) -> Self:
        """Return an empty record set, which makes no calls to Zoho."""
        return self._copy(is_none=True)

    def filter(self, *args: Any, **kwargs: Any) -> Self:
        """Return the records that match all conditions.

        Conditions are `Q` objects (Django's or ours) and `name=value`. The name is a field's API
        name, optionally through lookups (`Account_Name__Industry`), with an optional lookup type
        (`Company__icontains`).
        """
        return self._filter(args, kwargs, negated=False)

    def exclude(self, *args: Any, **kwargs: Any) -> Self:
        """Return the records that do not match all conditions, also those with empty fields."""
        return self._filter(args, kwargs, negated=True)

    def _filter(self, args: tuple[Any, ...], kwargs: dict[str, Any], *, negated: bool) -> Self:
        if args or kwargs:
            self._forbid_slice("filter a query")
            self._forbid_search("filter what it finds")
        conditions = tree.tree_of(args, kwargs, self._zoho_name, negated=negated)
        return self._copy(where=tree.both(self._query.where, conditions))

    def _zoho_name(self, name: str) -> str:
        if any(
            f"{name}__".startswith(f"{aggregation.key}__") for aggregation in self._query.aggregates
        ):
            raise NotSupported(
                f"{name}: COQL has no HAVING, so groups cannot be filtered by aggregates: filter "
                "the rows in Python."
            )
        return self._meta.zoho_name(name)

    def order_by(self, *names: str) -> Self:
        """Return the records in the order of some fields, a minus before a name for descending.

        Without names, and where the fields are equal, the order is that of the ids. As in Django,
        an order that `reverse()` reversed stays reversed.
        """
        self._forbid_slice("reorder a query")
        self._forbid_search("order what it finds")
        orders = tuple(self._order(name) for name in order_names(names))
        return self._copy(orders=orders)

    def _order(self, name: str) -> str:
        sign, bare = ("-", name[1:]) if name.startswith("-") else ("", name.removeprefix("+"))
        is_computed = any(bare == aggregation.key for aggregation in self._query.aggregates)
        return sign + (bare if is_computed else self._meta.zoho_name(bare))

    def reverse(self) -> Self:
        """Return the records in the opposite order."""
        self._forbid_slice("reverse a query")
        self._forbid_search("reverse its order")
        return self._copy(is_reversed=not self._query.is_reversed)

    @property
    def ordered(self) -> bool:
        """True: the order is always defined, because the ids come last."""
        return True

    def only(self, *names: str) -> Self:
        """Return records with these fields and the id alone.

        A name may go through lookups (`Account_Name__Industry`); it is then the key in the row.
        """
        if self._query.aggregates:
            raise TypeError("Cannot call only() after .values() or .values_list().")
        return self._copy(fields=self._names(names) or self._meta.default_fields(), left_out=())

    def defer(self, *names: str | None) -> Self:
        """Return records without these fields; None restores all fields."""
        if names == (None,):
            return self._copy(left_out=())
        left_out = self._names(tuple(name for name in names if name is not None))
        if self._query.fields is not None:
            fields = tuple(name for name in self._query.fields if name not in left_out)
            return self._copy(fields=fields)
        return self._copy(left_out=(*self._query.left_out, *left_out))

    def _names(self, names: tuple[Any, ...]) -> tuple[str, ...]:
        for name in names:
            if hasattr(name, "resolve_expression"):
                raise NotSupported("COQL selects fields, not expressions: give their names.")
            if not isinstance(name, str) or not name:
                raise ConfigurationError(f"{name!r} is not the name of a field.")
        return tuple(self._meta.zoho_name(name) for name in names)

    def view(self, cvid: str | int) -> Self:
        """Return the records of a custom view, by its id (`crm.custom_views.list`).

        The view's criteria apply, not its order or columns.
        """
        self._forbid_slice("filter a query")
        self._forbid_search("look in a view")
        if not re.fullmatch(r"[0-9]{1,19}", str(cvid)):
            raise ConfigurationError(
                "The id of a custom view is a number: see crm.custom_views.list()."
            )
        return self._copy(view=str(cvid))

    @staticmethod
    def _check_slice(part: slice) -> None:
        for end in (part.start, part.stop):
            if end is not None and not hasattr(end, "__index__"):
                raise TypeError(f"A record set is sliced by integers, not {type(end).__name__}.")
            if end is not None and end < 0:
                raise ValueError("Negative indexing is not supported.")

    def search(
        self,
        *,
        word: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        criteria: str | None = None,
    ) -> Self:
        """Return the results of Zoho's search by one of these arguments, best matches first.

        Build `criteria` with `django_zcrm.zoho.criteria`. The search index lags behind writes and
        returns at most 2,000 records, and its `equals` also matches texts that contain the value.
        `filter` has none of these limits.
        """
        terms = {"word": word, "email": email, "phone": phone, "criteria": criteria}
        searches = [(name, value) for name, value in terms.items() if value]
        if len(searches) != 1:
            raise ConfigurationError("search() takes one of word, email, phone and criteria.")
        query = self._query
        if query.where or query.orders or query.is_reversed or query.view or query.is_sliced:
            raise NotSupported("Zoho's search takes neither conditions nor an order nor a view.")
        if query.aggregates:
            raise NotSupported("Zoho's search cannot compute: compute from the rows.")
        return self._copy(search=searches[0])

    def _forbid_search(self, what: str) -> None:
        if self._query.search:
            raise NotSupported(
                f"Zoho's search cannot {what}: put conditions into its criteria, or use filter() "
                "instead of search()."
            )

    def _slice(self, part: slice) -> Self:
        if part.step is not None:
            raise NotSupported(
                "Zoho cannot skip records: slice without a step, then slice the list."
            )
        query = self._query.with_slice(part.start, part.stop)
        return self._copy(start=query.start, stop=query.stop)

    def __and__(self, other: Chain[T]) -> Self:
        mine, theirs = self._query, self._combinable(other)
        return self._copy(
            where=tree.both(mine.where, theirs.where), is_none=mine.is_none or theirs.is_none
        )

    def __or__(self, other: Chain[T]) -> Self:
        mine, theirs = self._query, self._combinable(other)
        if mine.is_none or theirs.is_none:
            side = theirs if mine.is_none else mine
            return self._copy(where=side.where, is_none=side.is_none)
        return self._copy(where=tree.either(mine.where, theirs.where))

    def __xor__(self, other: Chain[T]) -> Self:
        mine, theirs = self._query, self._combinable(other)
        if mine.is_none or theirs.is_none:
            side = theirs if mine.is_none else mine
            return self._copy(where=side.where, is_none=side.is_none)
        return self._copy(where=tree.one_of(mine.where, theirs.where))

    def _combinable(self, other: Chain[T]) -> Query:
        mine, theirs = self._query, other._query
        if (mine.module, mine.view) != (theirs.module, theirs.view):
            raise TypeError("Only record sets of the same module and view can be combined.")
        if not self._source.is_same_as(other._source):
            raise TypeError("Only record sets of the same connection can be combined.")
        self._forbid_search("join it with others")
        other._forbid_search("join it with others")
        if mine.is_sliced or theirs.is_sliced:
            raise TypeError("Cannot combine queries once a slice has been taken.")
        return theirs
