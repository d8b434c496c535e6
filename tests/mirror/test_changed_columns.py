"""A save writes only what was changed: Django's internal `_do_update` is called as we expect."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from django.db import DatabaseError
from django.db import connection as database
from django.db.models import FileField, Model
from django.test.utils import CaptureQueriesContext, isolate_apps

from django_zcrm.mirror import no_push
from django_zcrm.mirror.models import MirrorModel
from django_zcrm.mirror.models.loaded import values_of
from django_zcrm.models import Connection
from tests.mirror.capturing import mirror_lead
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(connection: Connection) -> Lead:
    """A row that is in Zoho, as it is read from the database."""
    return mirror_lead(connection, company="Acme")


def list_updates(lead: Lead, **options: Any) -> list[set[str]]:
    """The columns of each UPDATE that saving a row takes."""
    with no_push(), CaptureQueriesContext(database) as queries:
        lead.save(**options)
    updates = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    names = [field.attname for field in Lead._meta.concrete_fields]
    quote = database.ops.quote_name
    parts = [sql.partition(" WHERE ")[0] for sql in updates]
    return [{name for name in names if f"{quote(name)} = " in part} for part in parts]


def test_internal_method_has_the_expected_parameters() -> None:
    names = list(inspect.signature(Model._do_update).parameters)
    assert names[:6] == ["self", "base_qs", "using", "pk_val", "values", "update_fields"]
    assert names[6:] in (["forced_update"], ["forced_update", "returning_fields"])


def test_save_of_the_text_of_a_value_writes_nothing(lead: Lead) -> None:
    Lead.objects.update(no_of_employees=5)
    lead.refresh_from_db()
    lead.no_of_employees = "5"
    assert list_updates(lead) == []


@pytest.mark.django_db(transaction=True)
def test_second_save_of_the_text_of_a_value_writes_nothing(lead: Lead) -> None:
    lead.no_of_employees = "6"
    assert list_updates(lead) == [{"no_of_employees"}]
    assert list_updates(lead) == []


def test_save_keeps_columns_of_the_mirror(lead: Lead) -> None:
    Lead.objects.filter(pk=lead.pk).update(zoho_id="2", name="Read")
    lead.company, lead.zoho_id = "Zenith", "3"
    assert list_updates(lead) == [{"company"}]
    lead.refresh_from_db()
    assert (lead.name, lead.company, lead.zoho_id) == ("Read", "Zenith", "2")


def test_save_with_update_fields_writes_these(lead: Lead) -> None:
    assert list_updates(lead, update_fields=["name"]) == [{"name"}]
    lead.zoho_id = "2"
    assert list_updates(lead, update_fields=["zoho_id"]) == [{"zoho_id"}]


def test_save_of_deleted_row_with_update_fields_raises(lead: Lead) -> None:
    with no_push():
        Lead.objects.filter(pk=lead.pk).delete()
        with pytest.raises(DatabaseError):
            lead.save(update_fields=["name"])


@isolate_apps("tests.mirror.shop")
def test_loaded_value_of_a_file_keeps_its_name() -> None:
    class Paper(MirrorModel):
        plan = FileField()

        class Meta:
            app_label = "shop"

    paper = Paper()
    file = paper.plan
    loaded = values_of(paper)
    file.name = "plan.pdf"  # as FieldFile.save() does
    assert not loaded["plan"]
