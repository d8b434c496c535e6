"""`push()` of query sets changes rows, and notes the changes for Zoho."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection as database
from django.db.models import Exists, OuterRef, QuerySet
from django.test.utils import CaptureQueriesContext

from django_zcrm.exceptions import ConfigurationError
from django_zcrm.mirror import no_push
from django_zcrm.mirror.locking import lock_rows
from django_zcrm.mirror.models import MirroredRecord, OutboxItem
from django_zcrm.mirror.options import options_of
from django_zcrm.mirror.outbox import bulk
from django_zcrm.models import Connection
from tests.cases import collect_failures
from tests.mirror.capturing import list_changes, mirror_lead
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


def test_push_of_many_rows_takes_few_queries(connection: Connection) -> None:
    for number in range(20):
        mirror_lead(connection, name=f"Fox {number}", company="Acme" if number % 2 else "Zenith")
    new = Lead.objects.create(name="New")
    OutboxItem.objects.all().delete()
    with CaptureQueriesContext(database) as queries:
        assert Lead.objects.push(company="Zenith") == 21
    updates = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    # An UPDATE of many keys would have MariaDB wait for rows that are not meant.
    assert len(updates) == (21 if database.vendor == "mysql" else 1)
    assert len(queries) - len(updates) <= 9
    items = OutboxItem.objects.order_by("pk")
    assert {item.operation for item in items} == {"update", "create"}
    assert len(items) == 11  # the others had it already
    assert items[0].changed == {"Company": "Zenith"}
    assert items[0].base == {"Company": "Acme"}
    assert items[10].object_id == str(new.pk)
    assert Lead.objects.filter(company="Zenith").count() == 21
    with no_push():
        Lead.objects.push(company="Here")
    assert len(items.all()) == 11


def test_push_of_rows_that_match_because_of_others_changes_all(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "ROWS", 1)
    for name in ("Fox", "Wolf", "Bear"):
        mirror_lead(connection, name=name, company="Acme")
    fox = Lead.objects.filter(name="Fox", source="", company=OuterRef("company"))
    assert Lead.objects.filter(Exists(fox)).push(source="Web") == 3


def test_push_leaves_rows_that_ceased_to_match_before_they_were_locked(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Fox", "Wolf"):
        mirror_lead(connection, name=name)

    def lock_late(rows: QuerySet[Any]) -> list[Any]:
        Lead.objects.filter(name="Fox").update(source="Partner")  # another request was faster
        return lock_rows(rows)

    monkeypatch.setattr(bulk, "lock_rows", lock_late)
    assert Lead.objects.filter(source="").push(source="Web") == 1
    assert {lead.name: lead.source for lead in Lead.objects.all()} == {
        "Fox": "Partner",
        "Wolf": "Web",
    }
    assert list_changes() == [("update", {"Lead_Source": "Web"}, {"Lead_Source": None})]


def test_push_without_pushed_fields_raises(connection: Connection) -> None:
    with pytest.raises(ConfigurationError, match="sends no changes"):
        MirroredRecord.objects.push(module="Leads")
    Lead.objects.bulk_create([Lead(name="Bulk", connection=connection)])
    Lead.objects.update(name="Set")
    assert list_changes() == []


def test_push_with_own_column_updates_it(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror_lead(connection)
    fields = {"company": "Company"}
    options = replace(options_of(Lead), fields=fields, push=("company",))
    monkeypatch.setattr(bulk, "options_of", lambda model: options)
    Lead.objects.push(company="Zenith", no_of_employees=5)
    assert list_changes() == [("update", {"Company": "Zenith"}, {"Company": None})]
    assert Lead.objects.get().no_of_employees == 5


def test_push_of_unsent_column_raises(connection: Connection) -> None:
    mirror_lead(connection)
    before = Lead.objects.values().get()
    unsent: tuple[dict[str, Any], ...] = (
        {"zoho_id": "9"},
        {"no_of_employees": 4},
        {"name": "Wolf", "no_of_employees": 4},
    )
    with collect_failures() as case:
        for values in unsent:
            with case(values), pytest.raises(ConfigurationError, match=list(values)[-1]):
                Lead.objects.push(**values)
    with pytest.raises(TypeError, match="Cannot push once a slice has been taken"):
        Lead.objects.all()[:2].push(name="Wolf")
    assert Lead.objects.values().get() == before
    assert list_changes() == []
