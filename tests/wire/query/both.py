"""The same leads as records of Zoho and as rows of Django's, and both results of a query."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from asgiref.sync import async_to_sync
from django.core.exceptions import FieldError
from django.db import models
from django.utils import timezone

from django_zcrm.records import (
    BigInt,
    Boolean,
    Currency,
    Date,
    DateTime,
    Email,
    Integer,
    Lookup,
    Picklist,
    Record,
    Text,
)
from django_zcrm.testing.standalone import emulate
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.query import Options
from tests.wire.query.oracle import Oracle, database

SIZE = 80

Ask = Callable[[Any], Any]


class Contact(Record):
    """A contact, whose attributes have the names of Django's fields."""

    Last_Name = Text("Last_Name", required=True)
    Department = Text("Department")

    class Zoho:
        module = "Contacts"


class Lead(Record):
    """A lead, likewise."""

    Company = Text("Company")
    Lead_Status = Picklist("Lead_Status")
    Email = Email("Email")
    No_of_Employees = Integer("No_of_Employees")
    Annual_Revenue = Currency("Annual_Revenue")
    Customer_Number = BigInt("Customer_Number")
    Email_Opt_Out = Boolean("Email_Opt_Out")
    Follow_Up_Date = Date("Follow_Up_Date")
    Demo_Scheduled_At = DateTime("Demo_Scheduled_At")
    Referred_By = Lookup("Referred_By", to=Contact)

    class Zoho:
        module = "Leads"


class Both:
    """Leads of both sides: `django` those of SQLite, `zoho` those of the emulator."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        options = Options(zone=timezone.get_current_timezone)
        self.crm = Client(oracle.zcrm.client().session, options)

    @property
    def django(self) -> Any:
        """Django's query set of all leads."""
        return self.oracle.leads.all()

    @property
    def zoho(self) -> Any:
        """Our record set of all leads."""
        return self.crm.objects(Lead)

    def answers(self, ask: Ask) -> tuple[Any, Any]:
        """Query both sides; return Zoho's result and Django's, or what they raise, in one form."""
        return _answer(ask, self.zoho), _answer(ask, self.django)


@contextmanager
def both_sides() -> Iterator[Both]:
    """Give the leads of both sides while the block runs."""
    with timezone.override("America/New_York"), database(), emulate(data="empty") as zcrm:
        yield Both(Oracle(zcrm, SIZE))


def _answer(ask: Ask, leads: Any) -> Any:
    try:
        return _plain(_await_result(ask(leads)))
    except (FieldError, ConfigurationError):
        return "what is wrong with a name or a value"
    except Exception as error:
        # Errors of ours have the names of Django's.
        return type(error).__name__


def _await_result(value: Any) -> Any:
    if not isinstance(value, Coroutine):
        return value

    async def wait() -> Any:
        return await value

    return async_to_sync(wait)()


def _plain(value: Any) -> Any:
    """Return an answer in a form that both sides share: a record is its id, a number."""
    if isinstance(value, models.Model | Record):
        return "record", int(value.pk)
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, str):
        return int(value) if value.isdigit() and len(value) > 15 else value
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "__iter__"):
        return [_plain(item) for item in value]
    return value
