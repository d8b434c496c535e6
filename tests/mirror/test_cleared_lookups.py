"""A comparison reads the rows again whose lookups a deletion here has cleared."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.targets import target_of
from django_zcrm.models import Connection
from tests.mirror.shop.models import Account, Contact

pytestmark = pytest.mark.django_db


def test_deletion_forgets_times_of_children_only(connection: Connection) -> None:
    time = "2026-05-01T12:00:00Z"
    accounts = [{"id": key, "Account_Name": key, "Modified_Time": time} for key in "12"]
    apply(target_of("Accounts"), connection, accounts)
    records = [
        {"id": key, "Last_Name": key, "Account_Name": {"id": account}, "Modified_Time": time}
        for key, account in (("3", "1"), ("4", "2"))
    ]
    apply(target_of("Contacts"), connection, records)

    with CaptureQueriesContext(database) as queries:
        Account.objects.filter(zoho_id="1").delete()

    without_time = Contact.objects.filter(zoho_modified_time=None)
    assert list(without_time.values_list("zoho_id", flat=True)) == ["3"]
    assert Account.objects.exclude(zoho_modified_time=None).count() == 1
    table = Contact._meta.db_table
    updates = [q for q in queries if q["sql"].startswith("UPDATE") and table in q["sql"]]
    assert len(updates) == 2  # the second one is Django's, which clears the lookup
