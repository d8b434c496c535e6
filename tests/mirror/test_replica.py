"""A site whose reads go to a replica: the mirror reads its own tables from the primary."""

from __future__ import annotations

from copy import copy
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from django_zcrm import zcrm
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pulling import do_due_work
from tests.mirror.shop.models import Account, Contact

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def router(settings: Any, connection: Connection, notified: None) -> None:
    # There is no database of that name: what is read from it raises.
    settings.DATABASE_ROUTERS = ["tests.mirror.replica.Router"]


def test_worker_reads_from_primary(zcrm_emulator: SiteEmulator, client: Client) -> None:
    account = zcrm_emulator.create("Accounts", Account_Name="Acme")
    zcrm_emulator.create("Contacts", Last_Name="Fox", Account_Name=account)
    do_due_work()
    fox = Contact.objects.using("default").select_related("account").get()
    assert fox.account is not None
    assert fox.account.name == "Acme"

    fox.first_name = "Ann"
    fox.save()
    Contact.objects.create(last_name="Wolf", account=Account.objects.create(name="Zenith"))
    Contact.objects.filter(last_name="Wolf").push(first_name="Ben")
    do_due_work()
    names = {
        (record["First_Name"], record["Last_Name"]) for record in zcrm_emulator.records("Contacts")
    }
    assert names == {("Ann", "Fox"), ("Ben", "Wolf")}

    fox.delete()
    zcrm.records.update("Accounts", [{"id": account["id"], "Account_Name": "Changed"}])
    assert {response.status_code for response in zcrm_emulator.deliver_callbacks(client)} == {200}
    do_due_work()
    assert len(zcrm_emulator.records("Contacts")) == 1
    assert Account.objects.using("default").get(zoho_id=account["id"]).name == "Changed"
    assert zcrm.mirror(Contact).reconcile() == 0
    assert not OutboxItem.objects.exclude(state=OutboxItem.State.DONE).exists()
    assert not MirrorState.objects.exclude(last_error="").exists()


def test_rows_of_connections_are_read_from_the_replica(connection: Connection) -> None:
    replica = copy(connections["default"])
    replica.alias = "replica"
    for rows in (
        Contact.objects.for_connection(connection),
        Contact.objects.filter(connection__in=Connection.objects.usable()),
    ):
        assert rows.db == "replica"
        assert rows.query.get_compiler(connection=replica).as_sql()
