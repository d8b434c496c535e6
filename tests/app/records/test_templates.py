"""What a template may do with records: show them, never write or delete them."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Engine

from django_zcrm.records import Record
from django_zcrm.records.manager import Manager
from django_zcrm.testing.standalone import emulate
from django_zcrm.zoho.query import RecordSet, WriteResult
from tests.app.records.shop import Lead


def test_a_template_shows_records_and_cannot_write_or_delete_them() -> None:
    with emulate(data="empty") as zoho:
        zoho.create("Leads", 2, Last_Name="Wong")
        untyped, typed = zoho.client().objects("Leads"), Lead.objects.using(zoho.client())
        page = (
            "{% for lead in typed %}{{ lead.last_name }}{{ lead.save }}{{ lead.delete }},"
            "{% endfor %}{{ untyped.count }}{{ untyped.first.Last_Name }}"
            "{{ untyped.update }}{{ untyped.create }}{{ untyped.delete }}{{ typed.delete }}"
        )
        text = Engine().from_string(page).render(Context({"untyped": untyped, "typed": typed}))
        assert text == "Wong,Wong,2Wong"
        assert len(zoho.records("Leads")) == 2


@pytest.mark.parametrize("kind", [RecordSet, Record, Manager, WriteResult])
def test_everything_that_writes_is_kept_from_templates(kind: type[Any]) -> None:
    writing = "create bulk_create upsert bulk_update update delete save retry_failed".split()
    names = [name for method in writing for name in (method, f"a{method}") if hasattr(kind, name)]
    assert names
    assert [name for name in names if not hasattr(getattr(kind, name), "alters_data")] == []
