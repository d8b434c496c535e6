"""The same leads in SQLite and in the emulator, written by Django's methods and by ours."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import async_to_sync
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import connections, models

from django_zcrm.records import Integer, Record, Text
from django_zcrm.testing.standalone import emulate
from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.query import WriteResult

ALIAS = "writes"
SIZE = 6

Ask = Callable[[Any, Any], Any]
"""What is done with all leads, given with their class; the answer is compared."""


class Row(models.Model):  # noqa: DJ008
    """A lead of Django's."""

    last_name = models.CharField(max_length=80)
    company = models.CharField(max_length=200, null=True)  # noqa: DJ001
    employees = models.IntegerField(null=True)

    class Meta:
        app_label = "writes"
        managed = False


class Lead(Record):
    """A lead of Zoho's."""

    last_name = Text("Last_Name")
    company = Text("Company")
    employees = Integer("No_of_Employees")

    class Zoho:
        module = "Leads"


class Sides:
    """Six leads of each side."""

    def __init__(self, zoho: Any) -> None:
        self.zoho = zoho
        self.django: models.QuerySet[Row] = models.QuerySet(Row, using=ALIAS)
        for side in (self.zoho, self.django):
            side.bulk_create(
                side.model(
                    last_name=f"Lead {number}",
                    company=None if number == SIZE - 1 else f"Company {number % 2}",
                    employees=number * 10,
                )
                for number in range(SIZE)
            )

    def does(self, ask: Ask) -> tuple[Any, Any]:
        """Do the same on both sides; return what came of it there, Zoho's side first."""
        return _came_of(ask, Lead, self.zoho), _came_of(ask, Row, self.django)


@contextmanager
def both_sides() -> Iterator[Sides]:
    """Give the leads of both sides while the block runs."""
    with emulate(data="empty") as zcrm, _database():
        yield Sides(zcrm.client().objects(Lead).all())


@contextmanager
def _database() -> Iterator[None]:
    connections.settings[ALIAS] = {
        **connections.settings["default"],
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
    }
    try:
        with connections[ALIAS].schema_editor() as editor:
            editor.create_model(Row)
        yield
    finally:
        # Django does not close what is only in memory.
        connections[ALIAS].connection.close()
        del connections[ALIAS]
        del connections.settings[ALIAS]


def _came_of(ask: Ask, model: Any, leads: Any) -> tuple[Any, list[Any]]:
    """Return the answer, or the name of the error, and the leads that there are afterwards."""
    try:
        answer = ask(model, leads.all())
        if inspect.isawaitable(answer):
            answer = async_to_sync(_wait)(answer)
        answer = _count_written(answer)
    except (FieldError, FieldDoesNotExist, ConfigurationError):
        answer = "what is wrong with a name or a value"
    except Exception as error:
        answer = type(error).__name__
    names = ("last_name", "company", "employees")
    return answer, list(leads.order_by("id").values_list(*names))


async def _wait(answer: Any) -> Any:
    return await answer


def _count_written(answer: Any) -> Any:
    """Return how many were written, which Django reports in one of several ways."""
    if isinstance(answer, WriteResult):
        return len(answer.raise_for_failures().accepted)
    if isinstance(answer, tuple):  # what `delete()` returns
        return answer[0]
    return len(answer) if isinstance(answer, list) else answer
