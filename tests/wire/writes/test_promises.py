"""Writes as Django's documentation promises them: the same call does the same on both sides.

What differs on purpose is in docs/reference/record-sets.md: rows that cannot be written are
reported instead of raising, since Zoho has no transactions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.wire.writes.sides import Ask, Sides, both_sides


@pytest.fixture
def sides(django_db_blocker: Any) -> Iterator[Sides]:
    """Return both sides; the database is one of the test's own."""
    with django_db_blocker.unblock(), both_sides() as sides:
        yield sides


def new(model: Any, *numbers: int, **values: Any) -> list[Any]:
    return [model(last_name=f"New {number}", **values) for number in numbers]


def change_leads(leads: Any, **values: Any) -> list[Any]:
    """Return leads with other values, not saved."""
    stored = list(leads.order_by("id"))
    for lead in stored:
        for name, value in values.items():
            setattr(lead, name, value)
    return stored


def save_lead(model: Any, leads: Any, **values: Any) -> Any:
    lead = leads.create(**values)
    lead.company = "changed since"
    lead.save()
    return leads.get(pk=lead.pk).company


async def create_lead(leads: Any) -> Any:
    return (await leads.acreate(last_name="New", employees=3)).last_name


def ids_known(model: Any, leads: Any) -> Any:
    rows = new(model, 1, 2)
    leads.bulk_create(rows)
    return [leads.get(pk=row.pk).last_name for row in rows]


def after_evaluation(leads: Any, write: Any) -> list[Any]:
    """Evaluate, write, and read the same set again."""
    assert len(leads) > 0
    write(leads)
    return [lead.last_name for lead in leads]


PROMISES: dict[str, Ask] = {
    "create saves and returns the object": lambda model, leads: (
        leads.create(last_name="New", company="Acme").last_name
    ),
    "create returns an object of the class": lambda model, leads: isinstance(
        leads.create(last_name="New"), model
    ),
    "create gives the object its key": lambda model, leads: bool(leads.create(last_name="New").pk),
    "what was created can be saved again": lambda model, leads: save_lead(
        model, leads, last_name="New"
    ),
    "create knows its fields": lambda model, leads: leads.create(lastname="New"),
    "create on a filtered set ignores the filter": lambda model, leads: (
        leads.filter(company="x").create(last_name="New").last_name
    ),
    "acreate": lambda model, leads: create_lead(leads),
    "bulk_create inserts in the order given": lambda model, leads: leads.bulk_create(
        new(model, 3, 1, 2)
    ),
    "bulk_create gives the objects their keys": ids_known,
    "bulk_create takes a generator": lambda model, leads: leads.bulk_create(
        model(last_name=f"New {number}") for number in range(3)
    ),
    "bulk_create of nothing": lambda model, leads: leads.bulk_create([]),
    "bulk_create in batches": lambda model, leads: leads.bulk_create(new(model, *range(7)), 3),
    "bulk_create in one batch": lambda model, leads: leads.bulk_create(
        new(model, 1, 2), batch_size=50
    ),
    "bulk_create without a size": lambda model, leads: leads.bulk_create(
        new(model, 1, 2), batch_size=None
    ),
    "bulk_create needs a positive size": lambda model, leads: leads.bulk_create(
        new(model, 1), batch_size=-1
    ),
    "bulk_create with different fields set": lambda model, leads: leads.bulk_create(
        [*new(model, 1, company="a"), *new(model, 2, employees=2), *new(model, 3)]
    ),
    "bulk_create of empty fields": lambda model, leads: leads.bulk_create(
        new(model, 1, company=None, employees=None)
    ),
    "abulk_create": lambda model, leads: leads.abulk_create(new(model, 1, 2)),
    "bulk_update counts the rows": lambda model, leads: leads.bulk_update(
        change_leads(leads, company="b"), ["company"]
    ),
    "bulk_update writes the fields named only": lambda model, leads: leads.bulk_update(
        change_leads(leads, company="b", employees=1), ["employees"]
    ),
    "bulk_update of several fields": lambda model, leads: leads.bulk_update(
        change_leads(leads, company="b", employees=1), ["employees", "company"]
    ),
    "bulk_update empties": lambda model, leads: leads.bulk_update(
        change_leads(leads, company=None), ["company"]
    ),
    "bulk_update of some": lambda model, leads: leads.bulk_update(
        change_leads(leads.filter(employees__gte=30), company="b"), ["company"]
    ),
    "bulk_update in batches": lambda model, leads: leads.bulk_update(
        change_leads(leads, company="b"), ["company"], batch_size=2
    ),
    "bulk_update of nothing": lambda model, leads: leads.bulk_update([], ["company"]),
    "bulk_update needs fields": lambda model, leads: leads.bulk_update(change_leads(leads), []),
    "bulk_update leaves the key alone": lambda model, leads: leads.bulk_update(
        change_leads(leads), ["id"]
    ),
    "bulk_update needs a positive size": lambda model, leads: leads.bulk_update(
        change_leads(leads), ["company"], batch_size=0
    ),
    "abulk_update": lambda model, leads: leads.abulk_update(
        change_leads(leads, company="b"), ["company"]
    ),
    "update counts the rows that match": lambda model, leads: leads.filter(
        company="Company 1"
    ).update(company="b"),
    "update counts rows that have the value already": lambda model, leads: leads.filter(
        company="Company 1"
    ).update(company="Company 1"),
    "update of all": lambda model, leads: leads.update(employees=7),
    "update of several fields": lambda model, leads: leads.update(employees=7, company="b"),
    "update of what the filter tests": lambda model, leads: leads.filter(employees__lt=25).update(
        employees=100
    ),
    "update empties": lambda model, leads: leads.update(company=None),
    "update of what is excluded": lambda model, leads: leads.exclude(company="Company 1").update(
        company="b"
    ),
    "update of none": lambda model, leads: leads.none().update(company="b"),
    "update where nothing matches": lambda model, leads: leads.filter(company="x").update(
        company="b"
    ),
    "update of an ordered set": lambda model, leads: leads.order_by("-employees").update(
        company="b"
    ),
    "update of a reversed set": lambda model, leads: (
        leads.order_by("id").reverse().update(company="b")
    ),
    "update of a slice is refused": lambda model, leads: leads.order_by("id")[:2].update(
        company="b"
    ),
    "update of values()": lambda model, leads: leads.values("company").update(company="b"),
    "update knows its fields": lambda model, leads: leads.update(compny="b"),
    "update forgets what was fetched": lambda model, leads: after_evaluation(
        leads.filter(company="Company 1"), lambda some: some.update(company="b")
    ),
    "update of an only() set": lambda model, leads: leads.only("employees").update(company="b"),
    "aupdate": lambda model, leads: leads.filter(employees__gt=20).aupdate(company="b"),
    "delete counts the rows": lambda model, leads: leads.filter(company="Company 0").delete(),
    "delete of all": lambda model, leads: leads.delete(),
    "delete of what is excluded": lambda model, leads: leads.exclude(company="Company 0").delete(),
    "delete of none": lambda model, leads: leads.none().delete(),
    "delete where nothing matches": lambda model, leads: leads.filter(company="x").delete(),
    "delete of an ordered set": lambda model, leads: leads.order_by("-employees").delete(),
    "delete of a slice is refused": lambda model, leads: leads.order_by("id")[:2].delete(),
    "delete after values() is refused": lambda model, leads: leads.values("company").delete(),
    "delete forgets what was fetched": lambda model, leads: after_evaluation(
        leads.filter(company="Company 1"), lambda some: some.delete()
    ),
    "adelete": lambda model, leads: leads.filter(employees__gt=20).adelete(),
}


@pytest.mark.parametrize("promise", PROMISES)
def test_writes_are_those_of_django(promise: str, sides: Sides) -> None:
    zoho, django = sides.does(PROMISES[promise])
    assert zoho == django
