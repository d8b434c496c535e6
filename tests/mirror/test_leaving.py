"""A connection is deleted while a worker writes under its lease: neither waits for the other's."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection as database
from django.db import connections
from django.utils import timezone

from django_zcrm.mirror import no_push
from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.leases import LeaseLost
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.mirror.push.cycles import place
from django_zcrm.mirror.work import taken
from django_zcrm.models import Connection
from tests.mirror.shop.models import Account, Contact

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 30


class Deleter(threading.Thread):
    """Deletes a connection, and tells just before it first asks for a mirror's row."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection
        self.is_at_mirror = threading.Event()
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            with database.execute_wrapper(self._look):
                self.connection.delete()
        except Exception as error:
            self.error = error
        finally:
            self.is_at_mirror.set()
            connections.close_all()

    def _look(self, execute: Any, sql: str, *given: Any) -> Any:
        if "zcrm_mirror_mirrorstate" in sql and ("FOR UPDATE" in sql or "DELETE" in sql):
            self.is_at_mirror.set()
        return execute(sql, *given)


@pytest.mark.skipif(
    not database.features.has_select_for_update, reason="a database of one writer at a time"
)
@pytest.mark.parametrize("writes", ["rows", "outbox"])
def test_both_come_to_their_end(connection: Connection, writes: str) -> None:
    with no_push():
        account = Account.objects.create(connection=connection, name="Acme")
        contact = Contact.objects.create(connection=connection, zoho_id="7", last_name="Fox")
    waits = OutboxItem.objects.create(
        connection=connection,
        module="Contacts",
        object_id=str(contact.pk),
        operation="update",
        waits_for=place("Accounts", str(account.pk)),
        due=timezone.now(),
    )
    work = taken(MirrorState.objects.create(connection=connection, module="Contacts"))
    assert work is not None
    deleter = Deleter(Connection.objects.get())
    with work.commit():
        deleter.start()
        assert deleter.is_at_mirror.wait(PATIENCE)
        if writes == "rows":
            record = {"id": "7", "Last_Name": "Wolf"}
            apply(work.target, connection, [record, {**record, "id": "8"}])
        else:
            OutboxItem.objects.filter(pk=waits.pk).update(error="It was looked at.")
    deleter.join(PATIENCE)
    assert deleter.error is None
    assert not Connection.objects.exists()
    assert not Contact.objects.exists()
    with pytest.raises(LeaseLost):
        work.lease.fence()
