"""`Lead.objects` has what a record set has, with the types of the class, and deletes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_type

import pytest
from asgiref.sync import async_to_sync

from django_zcrm.records.manager import Manager
from django_zcrm.testing.site import SiteEmulator
from django_zcrm.zoho.query import RecordSet, WriteResult
from django_zcrm.zoho.query.unsupported import UnsupportedMethods
from tests.app.records.shop import Lead

pytestmark = pytest.mark.django_db

RARE = set("query source ordered reverse annotate contains acontains aexplain".split())
"""What is not worth a line of its own: `Lead.objects.all()` has it."""


@pytest.fixture
def zoho(zcrm_emulator: SiteEmulator) -> SiteEmulator:
    zcrm_emulator.connect()
    zcrm_emulator.create("Leads", 3, Company="Acme")
    return zcrm_emulator


def test_reading_has_the_types_of_the_class(zoho: SiteEmulator) -> None:
    leads = Lead.objects
    first = assert_type(leads.first(), Lead | None)
    assert first is not None
    assert assert_type(leads.in_bulk([first.id]), dict[Any, Lead]) == {first.id: first}
    assert assert_type(leads.earliest("company", "id"), Lead) == first
    assert next(assert_type(leads.iterator(), Iterator[Lead])) == first
    assert assert_type(leads.values("company"), RecordSet[dict[str, Any]])[0] == {"company": "Acme"}
    assert list(leads.values_list("company", flat=True)) == ["Acme"] * 3
    assert assert_type(leads.exists(), bool)
    assert leads.explain().records == 2_000
    assert leads.defer("company").count() == 3


def test_reading_is_awaited(zoho: SiteEmulator) -> None:
    async def work() -> None:
        first = assert_type(await Lead.objects.afirst(), Lead | None)
        assert first is not None
        assert assert_type(await Lead.objects.aget(id=first.id), Lead) == first
        assert assert_type(await Lead.objects.acount(), int) == 3
        assert first in [lead async for lead in Lead.objects.aiterator()]

    async_to_sync(work)()


def test_writing_goes_to_the_default_connection(zoho: SiteEmulator) -> None:
    made = assert_type(Lead.objects.create(last_name="Wong"), Lead)
    assert len(assert_type(Lead.objects.update(company="Quokka"), WriteResult).accepted) == 4
    assert made.refresh().company == "Quokka"


@pytest.mark.parametrize("name", ["delete", "adelete"])
def test_objects_delete_without_filter_raises(name: str, zoho: SiteEmulator) -> None:
    with pytest.raises(AttributeError, match=r"as in Django: all\(\)\.a?delete\(\) deletes all"):
        getattr(Lead.objects, name)
    assert len(zoho.records("Leads")) == 3


def test_type_checkers_know_what_record_sets_have() -> None:
    has = {name for name in dir(RecordSet) if not name.startswith("_")} - vars(
        UnsupportedMethods
    ).keys()
    assert has - set(dir(Manager)) == {"delete", "adelete"} | RARE
