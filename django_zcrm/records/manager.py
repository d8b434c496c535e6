"""`Lead.objects`: the records of a class, through the site's connection or another one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

import django_zcrm
from django_zcrm.zoho.query import RecordSet, WriteResult
from django_zcrm.zoho.query.templates import alters_data

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model
    from django.http import HttpRequest

    from django_zcrm.zoho.client import Client
    from django_zcrm.zoho.query.read.route import Explanation

    from .record import Record

R = TypeVar("R", bound="Record")


class Manager(Generic[R]):
    """The records of a class: `using(crm)`, `for_user(user)`, or those of the default connection.

    All other methods of a record set use the default connection: `Lead.objects.filter(
    company="Acme")`.
    """

    def __init__(self, record_class: type[R]) -> None:
        self.model = record_class

    def using(self, crm: Client) -> RecordSet[R]:
        """Return the records that a client can read."""
        return crm.objects(self.model).all()

    def for_user(
        self,
        user: AbstractBaseUser | AnonymousUser,
        *,
        organisation: str = "",
        environment: str = "",
    ) -> RecordSet[R]:
        """Return the records that a user's connection can read; see `zcrm.for_user`."""
        crm = django_zcrm.zcrm.for_user(user, organisation=organisation, environment=environment)
        return self.using(crm)

    def for_owner(self, owner: Model | None) -> RecordSet[R]:
        """Return the records that an owner's connection can read; see `zcrm.for_owner`."""
        return self.using(django_zcrm.zcrm.for_owner(owner))

    def for_request(self, request: HttpRequest) -> RecordSet[R]:
        """Return the records that the connection of a request's user can read."""
        return self.using(django_zcrm.zcrm.for_request(request))

    def all(self) -> RecordSet[R]:
        """Return the records that the site's default connection can read."""
        return django_zcrm.zcrm.objects(self.model).all()

    # The methods below are those of a record set, declared for type checkers.

    def none(self) -> RecordSet[R]:
        """Return no records."""
        return self.all().none()

    def filter(self, *args: Any, **kwargs: Any) -> RecordSet[R]:
        """Return the records that match all conditions; see `RecordSet.filter`."""
        return self.all().filter(*args, **kwargs)

    def exclude(self, *args: Any, **kwargs: Any) -> RecordSet[R]:
        """Return the records that do not match; see `RecordSet.exclude`."""
        return self.all().exclude(*args, **kwargs)

    def order_by(self, *names: str) -> RecordSet[R]:
        """Return the records in an order; see `RecordSet.order_by`."""
        return self.all().order_by(*names)

    def only(self, *names: str) -> RecordSet[R]:
        """Return records with these fields only; see `RecordSet.only`."""
        return self.all().only(*names)

    def defer(self, *names: str | None) -> RecordSet[R]:
        """Return records without these fields; see `RecordSet.defer`."""
        return self.all().defer(*names)

    def view(self, cvid: str | int) -> RecordSet[R]:
        """Return the records of a custom view; see `RecordSet.view`."""
        return self.all().view(cvid)

    def search(
        self,
        *,
        word: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        criteria: str | None = None,
    ) -> RecordSet[R]:
        """Return the results of Zoho's search; see `RecordSet.search`."""
        return self.all().search(word=word, email=email, phone=phone, criteria=criteria)

    def values(self, *names: str) -> RecordSet[dict[str, Any]]:
        """Return dicts in place of records; see `RecordSet.values`."""
        return self.all().values(*names)

    @overload
    def values_list(self, name: str, /, *, flat: Literal[True]) -> RecordSet[Any]: ...

    @overload
    def values_list(
        self, *names: str, flat: Literal[False] = False
    ) -> RecordSet[tuple[Any, ...]]: ...

    def values_list(self, *names: str, **options: Any) -> RecordSet[Any]:
        """Return tuples in place of records; see `RecordSet.values_list`."""
        return self.all().values_list(*names, **options)

    def iterator(self, *args: Any, **options: Any) -> Iterator[R]:
        """Yield the records without keeping them; see `RecordSet.iterator`."""
        return self.all().iterator(*args, **options)

    def aiterator(self, *args: Any, **options: Any) -> AsyncIterator[R]:
        """Async version of `iterator`."""
        return self.all().aiterator(*args, **options)

    def explain(self, **options: Any) -> Explanation:
        """Explain how all records would be read; see `RecordSet.explain`."""
        return self.all().explain(**options)

    def get(self, *args: Any, **kwargs: Any) -> R:
        """Return the only record that matches; see `RecordSet.get`."""
        return self.all().get(*args, **kwargs)

    async def aget(self, *args: Any, **kwargs: Any) -> R:
        """Async version of `get`."""
        return await self.all().aget(*args, **kwargs)

    def first(self) -> R | None:
        """Return the first record, None when there is none."""
        return self.all().first()

    async def afirst(self) -> R | None:
        """Async version of `first`."""
        return await self.all().afirst()

    def last(self) -> R | None:
        """Return the last record, None when there is none."""
        return self.all().last()

    async def alast(self) -> R | None:
        """Async version of `last`."""
        return await self.all().alast()

    def earliest(self, *names: str) -> R:
        """Return the first record in an order; see `RecordSet.earliest`."""
        return self.all().earliest(*names)

    async def aearliest(self, *names: str) -> R:
        """Async version of `earliest`."""
        return await self.all().aearliest(*names)

    def latest(self, *names: str) -> R:
        """Return the last record in an order; see `RecordSet.latest`."""
        return self.all().latest(*names)

    async def alatest(self, *names: str) -> R:
        """Async version of `latest`."""
        return await self.all().alatest(*names)

    def in_bulk(self, ids: Iterable[Any] | None = None, *, field_name: str = "id") -> dict[Any, R]:
        """Return records by id; see `RecordSet.in_bulk`."""
        return self.all().in_bulk(ids, field_name=field_name)

    async def ain_bulk(
        self, ids: Iterable[Any] | None = None, *, field_name: str = "id"
    ) -> dict[Any, R]:
        """Async version of `in_bulk`."""
        return await self.all().ain_bulk(ids, field_name=field_name)

    def count(self) -> int:
        """Return the number of records."""
        return self.all().count()

    async def acount(self) -> int:
        """Async version of `count`."""
        return await self.all().acount()

    def exists(self) -> bool:
        """Return whether there is any record."""
        return self.all().exists()

    async def aexists(self) -> bool:
        """Async version of `exists`."""
        return await self.all().aexists()

    def aggregate(self, *aggregates: Any, **kwargs: Any) -> dict[str, Any]:
        """Return aggregates of all records; see `RecordSet.aggregate`."""
        return self.all().aggregate(*aggregates, **kwargs)

    async def aaggregate(self, *aggregates: Any, **kwargs: Any) -> dict[str, Any]:
        """Async version of `aggregate`."""
        return await self.all().aaggregate(*aggregates, **kwargs)

    @alters_data
    def create(self, *, validate: bool = True, **fields: Any) -> R:
        """Create a record and return it; see `RecordSet.create`."""
        return self.all().create(validate=validate, **fields)

    @alters_data
    async def acreate(self, *, validate: bool = True, **fields: Any) -> R:
        """Async version of `create`."""
        return await self.all().acreate(validate=validate, **fields)

    @alters_data
    def bulk_create(self, rows: Iterable[Any], **options: Any) -> WriteResult:
        """Create records; see `RecordSet.bulk_create`."""
        return self.all().bulk_create(rows, **options)

    @alters_data
    async def abulk_create(self, rows: Iterable[Any], **options: Any) -> WriteResult:
        """Async version of `bulk_create`."""
        return await self.all().abulk_create(rows, **options)

    @alters_data
    def upsert(self, rows: Iterable[Any], on: Sequence[str] = (), **options: Any) -> WriteResult:
        """Update the records that match and create the rest; see `RecordSet.upsert`."""
        return self.all().upsert(rows, on, **options)

    @alters_data
    async def aupsert(
        self, rows: Iterable[Any], on: Sequence[str] = (), **options: Any
    ) -> WriteResult:
        """Async version of `upsert`."""
        return await self.all().aupsert(rows, on, **options)

    @alters_data
    def bulk_update(
        self, rows: Iterable[Any], fields: Sequence[str], **options: Any
    ) -> WriteResult:
        """Write fields of records; see `RecordSet.bulk_update`."""
        return self.all().bulk_update(rows, fields, **options)

    @alters_data
    async def abulk_update(
        self, rows: Iterable[Any], fields: Sequence[str], **options: Any
    ) -> WriteResult:
        """Async version of `bulk_update`."""
        return await self.all().abulk_update(rows, fields, **options)

    @alters_data
    def update(self, **fields: Any) -> WriteResult:
        """Write the same values into all records; see `RecordSet.update`."""
        return self.all().update(**fields)

    @alters_data
    async def aupdate(self, **fields: Any) -> WriteResult:
        """Async version of `update`."""
        return await self.all().aupdate(**fields)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in ("delete", "adelete"):
                raise AttributeError(
                    f"{self!r} has no {name!r}, as in Django: all().{name}() deletes all records."
                )
            if name.startswith("_") or not hasattr(RecordSet, name):
                raise AttributeError(f"{self!r} has no {name!r}")
            return getattr(self.all(), name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.model.__name__}>"


class Objects:
    """Gives a class its manager; instances have none, as in Django."""

    def __get__(self, record: None, owner: type[R]) -> Manager[R]:
        if record is not None:
            raise AttributeError(
                f"The manager is not accessible via instances: use {owner.__name__}.objects."
            )
        return Manager(owner)
