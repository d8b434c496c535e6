"""Django's ORM as the oracle of record sets: the same records in SQLite and in the emulator."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cached_property, reduce
from operator import and_, or_, xor
from typing import Any

from django.db import connections, models
from django.db.models import F, Q

from django_zcrm.testing.standalone import ZCRMEmulator

ALIAS = "oracle"


class Contact(models.Model):  # noqa: DJ008
    """A contact; fields have Zoho's names, so that the same conditions serve both sides."""

    id = models.BigIntegerField(primary_key=True)
    Last_Name = models.CharField(max_length=80, db_collation="NOCASE")
    Department = models.CharField(max_length=80, null=True, db_collation="NOCASE")  # noqa: DJ001

    class Meta:
        app_label = "oracle"
        managed = False


class Lead(models.Model):  # noqa: DJ008
    """A lead with a field of every kind that conditions can be on."""

    id = models.BigIntegerField(primary_key=True)
    Company = models.CharField(max_length=255, null=True, db_collation="NOCASE")  # noqa: DJ001
    Lead_Status = models.CharField(max_length=80, null=True, db_collation="NOCASE")  # noqa: DJ001
    Email = models.CharField(max_length=100, null=True, db_collation="NOCASE")  # noqa: DJ001
    No_of_Employees = models.IntegerField(null=True)
    Annual_Revenue = models.FloatField(null=True)
    Customer_Number = models.BigIntegerField(null=True)
    Email_Opt_Out = models.BooleanField()
    Follow_Up_Date = models.DateField(null=True)
    Demo_Scheduled_At = models.DateTimeField(null=True)
    Referred_By = models.ForeignKey(Contact, models.DO_NOTHING, null=True)

    class Meta:
        app_label = "oracle"
        managed = False


COMPANIES = ["Acme", "ACME", "acme Ltd", "O'Neil", 'The "Best"', "Zed, Inc.", "a_b", "Größe", "100"]
STATUSES = ["Contacted", "Lost Lead", "Not Contacted", "Pre-Qualified"]
EMAILS = ["ada@acme.example", "bo@zed.example", "o'neil@acme.example"]
NUMBERS = [0, 1, 7, 50, 560]
AMOUNTS = [0.0, 0.5, 12.25, 1000.0, 53_200_000.0, -3.75]
LONG_NUMBERS = [0, 12, 999_999_999_999_999_999]
DAYS = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 6, 30), date(2026, 2, 28)]
MOMENTS = [
    datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2025, 1, 1, tzinfo=UTC),
    datetime(2025, 1, 1, 12, 30, tzinfo=UTC),
    datetime(2026, 7, 1, 6, tzinfo=UTC),
]
BETWEEN = [
    datetime(2024, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC),
    datetime(2025, 1, 1, 18, tzinfo=timezone(timedelta(hours=5, minutes=30))),
]
"""Moments that no lead has as they stand: within a second, and in another time zone."""

DEPARTMENTS = ["Sales", "R&D"]

VALUES: dict[str, list[Any]] = {
    "Company": COMPANIES,
    "Lead_Status": STATUSES,
    "Email": EMAILS,
    "No_of_Employees": NUMBERS,
    "Annual_Revenue": AMOUNTS,
    "Customer_Number": LONG_NUMBERS,
    "Follow_Up_Date": DAYS,
    "Demo_Scheduled_At": MOMENTS,
}
TEXTS = ("Company", "Lead_Status", "Email")


def _rows(model: type[models.Model]) -> Any:
    return models.QuerySet(model, using=ALIAS)


class Oracle:
    """The leads of both sides: `leads` of Django's, `records` as sent to Zoho."""

    def __init__(self, zcrm: ZCRMEmulator, size: int, seed: int = 7) -> None:
        self.zcrm = zcrm
        chance = random.Random(seed)  # noqa: S311
        contacts = [
            zcrm.create("Contacts", Last_Name=name, Department=department)
            for name in ("Abel", "abel", "Zoe")
            for department in (*DEPARTMENTS, None)
        ]
        self.contact_ids = [int(contact["id"]) for contact in contacts]
        _rows(Contact).bulk_create(
            Contact(
                id=int(contact["id"]),
                Last_Name=contact["Last_Name"],
                Department=contact["Department"],
            )
            for contact in contacts
        )
        _rows(Lead).bulk_create(self._lead(chance) for _ in range(size))
        self.leads = _rows(Lead)
        self.lead_ids = list(self.leads.order_by("id").values_list("pk", flat=True))

    def _lead(self, chance: random.Random) -> Lead:
        row = {
            name: None if chance.random() < 0.2 else chance.choice(values)
            for name, values in VALUES.items()
        }
        row["Email_Opt_Out"] = chance.random() < 0.3
        referrer = None if chance.random() < 0.3 else chance.choice(self.contact_ids)
        sent = {**row, **self._sent(row), "Referred_By": referrer and str(referrer)}
        made = self.zcrm.create("Leads", Last_Name="Lead", **sent)
        row["Referred_By_id"] = referrer
        return Lead(id=int(made["id"]), **row)

    @staticmethod
    def _sent(row: dict[str, Any]) -> dict[str, Any]:
        number = row["Customer_Number"]
        return {"Customer_Number": None if number is None else str(number)}

    def ids(self, condition: Q) -> list[int]:
        """The leads that match, in the order of their ids."""
        if not _follows_lookups(condition):
            return list(self.leads.filter(condition).order_by("id").values_list("pk", flat=True))
        # Below two negations, Django may join a table such that leads without a record there are
        # lost; what each single condition finds is right, and is put together here.
        return sorted(self._found(condition))

    def ordered(self, ids: list[int], names: list[str]) -> list[int]:
        """Leads in an order: empty fields last, and by id where all else is equal."""
        order = [_last_when_empty(name) for name in names if name.lstrip("-") != "id"]
        by_id = next((name for name in names if name.lstrip("-") == "id"), "id")
        if by_id in names:
            order = order[: names.index(by_id)]
        rows = self.leads.filter(pk__in=ids).order_by(*order, by_id)
        return list(rows.values_list("pk", flat=True))

    def _found(self, condition: Any) -> set[int]:
        if isinstance(condition, tuple):
            return set(self.leads.filter(condition).values_list("pk", flat=True))
        parts = [self._found(child) for child in condition.children]
        join: dict[str, Any] = {"AND": and_, "OR": or_, "XOR": xor}
        ids: set[int] = reduce(join[condition.connector], parts)
        return self.every - ids if condition.negated else ids

    @cached_property
    def every(self) -> set[int]:
        """The ids of all leads."""
        return set(self.leads.values_list("pk", flat=True))


def _last_when_empty(name: str) -> Any:
    if name.startswith("-"):
        return F(name[1:]).desc(nulls_last=True)
    return F(name).asc(nulls_last=True)


def _follows_lookups(condition: Any) -> bool:
    if isinstance(condition, tuple):
        return str(condition[0]).startswith("Referred_By__")
    return any(map(_follows_lookups, condition.children))


@contextmanager
def database() -> Iterator[None]:
    """Open an SQLite database in memory with the tables of both models."""
    connections.settings[ALIAS] = {
        **connections.settings["default"],
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
    }
    try:
        with connections[ALIAS].schema_editor() as editor:
            editor.create_model(Contact)
            editor.create_model(Lead)
        yield
    finally:
        # Django does not close what is only in memory.
        connections[ALIAS].connection.close()
        del connections[ALIAS]
        del connections.settings[ALIAS]
