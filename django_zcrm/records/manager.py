"""`Lead.objects`: the records of a class, of the site's connection or of somebody's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import django_zcrm
from django_zcrm.zoho.query import RecordSet, WriteResult
from django_zcrm.zoho.query.templates import alters_data

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model
    from django.http import HttpRequest

    from django_zcrm.zoho.client import Client

    from .record import Record

R = TypeVar("R", bound="Record")


class Manager(Generic[R]):
    """The records of a class: `using(crm)`, `for_user(user)`, or those of the default connection.

    Everything else that a record set has, it has for the default connection: `Lead.objects.filter(
    company="Acme")`.
    """

    def __init__(self, kind: type[R]) -> None:
        self.model = kind

    def using(self, crm: Client) -> RecordSet[R]:
        """Return the records that a client sees."""
        return crm.objects(self.model)

    def for_user(
        self,
        user: AbstractBaseUser | AnonymousUser,
        *,
        organisation: str = "",
        environment: str = "",
    ) -> RecordSet[R]:
        """Return the records that a user's connection sees; see `zcrm.for_user`."""
        crm = django_zcrm.zcrm.for_user(user, organisation=organisation, environment=environment)
        return self.using(crm)

    def for_owner(self, owner: Model | None) -> RecordSet[R]:
        """Return the records that an owner's connection sees; see `zcrm.for_owner`."""
        return self.using(django_zcrm.zcrm.for_owner(owner))

    def for_request(self, request: HttpRequest) -> RecordSet[R]:
        """Return the records that the connection of a request's user sees."""
        return self.using(django_zcrm.zcrm.for_request(request))

    def all(self) -> RecordSet[R]:
        """Return the records that the site's default connection sees."""
        return django_zcrm.zcrm.objects(self.model)

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

    def get(self, *args: Any, **kwargs: Any) -> R:
        """Return the only record that matches; see `RecordSet.get`."""
        return self.all().get(*args, **kwargs)

    def first(self) -> R | None:
        """Return the first record, None when there is none."""
        return self.all().first()

    def last(self) -> R | None:
        """Return the last record, None when there is none."""
        return self.all().last()

    def count(self) -> int:
        """Return how many records there are."""
        return self.all().count()

    @alters_data
    def create(self, **fields: Any) -> R:
        """Create a record and return it; see `RecordSet.create`."""
        return self.all().create(**fields)

    @alters_data
    def bulk_create(self, rows: Iterable[Any], **options: Any) -> WriteResult:
        """Create records; see `RecordSet.bulk_create`."""
        return self.all().bulk_create(rows, **options)

    @alters_data
    def upsert(self, rows: Iterable[Any], on: Sequence[str] = (), **options: Any) -> WriteResult:
        """Update the records that match and create the rest; see `RecordSet.upsert`."""
        return self.all().upsert(rows, on, **options)

    @alters_data
    def bulk_update(
        self, rows: Iterable[Any], fields: Sequence[str], **options: Any
    ) -> WriteResult:
        """Write fields of records; see `RecordSet.bulk_update`."""
        return self.all().bulk_update(rows, fields, **options)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or not hasattr(RecordSet, name):
                raise AttributeError(f"{self!r} has no {name!r}")
            return getattr(self.all(), name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.model.__name__}>"


class Objects:
    """Gives a class its manager; instances have none, as in Django."""

    def __get__(self, record: None, owner: type[R]) -> Manager[R]:
        if record is not None:
            raise AttributeError(f"The manager is that of the class: {owner.__name__}.objects.")
        return Manager(owner)
