"""Rows and connections are deleted while a worker writes them: without any deadlock."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.db import connection as database
from django.db.models import Model
from django.utils import timezone

from django_zcrm.exceptions import NotConnected
from django_zcrm.mirror import no_push
from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.leased_mirror import lease_mirror
from django_zcrm.mirror.leases import LeaseLost
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.mirror.outbox.references import row_reference
from django_zcrm.mirror.push.changes import Link
from django_zcrm.mirror.push.outcomes import link_rows
from django_zcrm.models import Connection
from tests.mirror.shop.models import Account, Contact

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not database.features.has_select_for_update, reason="a database of one writer at a time"
    ),
]

PATIENCE = 120

LOCKING = ("FOR UPDATE", "DELETE")


class Deleter(threading.Thread):
    """Deletes a row, and notifies just before it first locks one of a table."""

    def __init__(self, row: Model, table: type[Model], at: tuple[str, ...] = LOCKING) -> None:
        super().__init__()
        self.at = at
        self.row, self.table = row, table._meta.db_table
        self.is_there = threading.Event()
        self.error: Exception | None = None
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def run(self) -> None:
        try:
            with database.execute_wrapper(self._look):
                self.row.delete()
        except Exception as error:
            self.error = error
        finally:
            self.is_there.set()
            connections.close_all()

    def _look(self, execute: Any, sql: str, *args: Any) -> Any:
        if self.table in sql and any(words in sql for words in self.at):
            self.is_there.set()
            self.may_go_on.wait(1)
        return execute(sql, *args)


def waiting(contact: Contact, account: Account) -> OutboxItem:
    return OutboxItem.objects.create(
        connection=contact.connection,
        module="Contacts",
        object_id=str(contact.pk),
        operation="update",
        waits_for=row_reference("Accounts", str(account.pk)),
        due=timezone.now() + timedelta(hours=1),
    )


@pytest.mark.parametrize("writes", ["rows", "outbox"])
def test_connection_deleted_while_its_mirror_is_written_leaves_nothing(
    connection: Connection, writes: str
) -> None:
    with no_push():
        account = Account.objects.create(connection=connection, name="Acme")
        contact = Contact.objects.create(connection=connection, zoho_id="7", last_name="Fox")
    waits = waiting(contact, account)
    mirror = lease_mirror(MirrorState.objects.create(connection=connection, module="Contacts"))
    assert mirror is not None
    deleter = Deleter(Connection.objects.get(), MirrorState)
    with mirror.commit():
        deleter.start()
        assert deleter.is_there.wait(PATIENCE)
        if writes == "rows":
            record = {"id": "7", "Last_Name": "Wolf"}
            apply(mirror.target, connection, [record, {**record, "id": "8"}])
        else:
            OutboxItem.objects.filter(pk=waits.pk).update(error="It was looked at.")
    deleter.join(PATIENCE)
    assert deleter.error is None
    assert not Connection.objects.exists()
    assert not Contact.objects.exists()
    with pytest.raises(LeaseLost):
        mirror.lease.fence()


def test_row_deleted_while_it_gets_its_id_ends_the_wait_of_another(connection: Connection) -> None:
    with no_push():
        account = Account.objects.create(connection=connection, name="Acme")
        contact = Contact.objects.create(connection=connection, zoho_id="7", last_name="Fox")
    waits = waiting(contact, account)
    mirror = lease_mirror(MirrorState.objects.create(connection=connection, module="Accounts"))
    assert mirror is not None
    deleter = Deleter(Account.objects.get(), Account)
    with mirror.commit():
        Account.objects.select_for_update().get()
        deleter.start()
        assert deleter.is_there.wait(PATIENCE)
        link_rows(mirror, {str(account.pk): Link("8")})
    deleter.join(PATIENCE)
    assert deleter.error is None
    assert not Account.objects.exists()
    waits.refresh_from_db()
    assert (waits.waits_for, waits.due <= timezone.now()) == ("", True)


def test_row_created_while_its_connection_is_deleted_leaves_nothing(connection: Connection) -> None:
    with no_push():
        Contact.objects.create(connection=connection, zoho_id="7", last_name="Fox")
    table = database.ops.quote_name(Connection._meta.db_table)
    deleter = Deleter(Connection.objects.get(), Connection, at=(f"DELETE FROM {table}",))  # noqa: S608
    deleter.may_go_on.clear()
    deleter.start()
    assert deleter.is_there.wait(PATIENCE)
    try:
        with pytest.raises(NotConnected, match="has been deleted"):
            Contact.objects.create(connection=connection, last_name="Wolf")
    finally:
        deleter.may_go_on.set()
        deleter.join(PATIENCE)
    assert deleter.error is None
    assert not Connection.objects.exists()
    assert not Contact.objects.exists()


def test_uncommitted_row_of_a_deleted_connection_leaves_nothing(connection: Connection) -> None:
    MirrorState.objects.create(connection=connection, module="Contacts")
    deleter = Deleter(Connection.objects.get(), MirrorState)
    with suppress(IntegrityError), transaction.atomic():  # PostgreSQL checks at the commit
        Contact.objects.create(connection=connection, last_name="Wolf")
        deleter.start()
        assert deleter.is_there.wait(PATIENCE)
        deleter.join(1)
    deleter.join(PATIENCE)
    assert deleter.error is None
    assert not Connection.objects.exists()
    assert not Contact.objects.exists()


def test_row_saved_while_its_connection_is_deleted_leaves_nothing(connection: Connection) -> None:
    with no_push():
        contact = Contact.objects.create(connection=connection, zoho_id="7", last_name="Fox")
    deleter = Deleter(Connection.objects.get(), Contact)
    with transaction.atomic():
        Contact.objects.select_for_update().get()
        deleter.start()
        assert deleter.is_there.wait(PATIENCE)
        deleter.join(0.3)
        contact.last_name = "Wolf"
        contact.save()
    deleter.join(PATIENCE)
    assert deleter.error is None
    assert not Connection.objects.exists()
    assert not OutboxItem.objects.exists()
