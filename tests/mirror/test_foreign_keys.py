"""Foreign keys of mirrored rows lead to rows of the same connection, whatever writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet, Value
from django.forms import modelform_factory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_zcrm.mirror import CrossConnectionError, no_push
from django_zcrm.mirror.forms import MirrorModelForm
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import push_changes
from tests.mirror.shop.models import Account, Contact

pytestmark = pytest.mark.django_db


class Tenants:
    """Two connections, an account of each, and a contact of the first one."""

    def __init__(self, zoho: SiteEmulator) -> None:
        self.own, self.other = (
            zoho.connect(User.objects.create(username=name)) for name in ("ines", "tomas")
        )
        self.account = Account.objects.create(connection=self.own, name="Own", zoho_id="1")
        self.theirs = Account.objects.create(connection=self.other, name="Theirs", zoho_id="2")
        self.contact = Contact.objects.create(
            connection=self.own, last_name="Fox", account=self.account
        )
        OutboxItem.objects.all().delete()

    def contacts(self, count: int, account: Account | None) -> list[Contact]:
        """Unsaved contacts of the first connection."""
        return [
            Contact(connection=self.own, last_name=f"Fox {number}", account=account)
            for number in range(count)
        ]


@pytest.fixture
def tenants(zcrm_emulator: SiteEmulator) -> Tenants:
    return Tenants(zcrm_emulator)


def set_account(tenants: Tenants) -> None:
    tenants.contact.account = tenants.theirs
    tenants.contact.save()


def set_key(tenants: Tenants) -> None:
    tenants.contact.account_id = str(tenants.theirs.pk)
    tenants.contact.save(update_fields=["account"])


def create(tenants: Tenants) -> None:
    Contact.objects.create(connection=tenants.own, last_name="Hen", account=tenants.theirs)


def create_related(tenants: Tenants) -> None:
    tenants.theirs.contacts.create(connection=tenants.own, last_name="Hen")


def add_related(tenants: Tenants) -> None:
    tenants.theirs.contacts.add(tenants.contact)


def bulk_create(tenants: Tenants) -> None:
    rows = [*tenants.contacts(1, tenants.account), *tenants.contacts(1, tenants.theirs)]
    Contact.objects.bulk_create(rows)


def upsert(tenants: Tenants) -> None:
    row = Contact(
        pk=tenants.contact.pk, connection=tenants.other, last_name="Hen", account=tenants.theirs
    )
    unique = ["pk"] if connection.features.supports_update_conflicts_with_target else None
    Contact.objects.bulk_create(
        [row], update_conflicts=True, update_fields=["account"], unique_fields=unique
    )


def bulk_update(tenants: Tenants) -> None:
    tenants.contact.account = tenants.theirs
    Contact.objects.bulk_update([tenants.contact], ["account"])


def bulk_update_of_another_connection_in_memory(tenants: Tenants) -> None:
    tenants.contact.account, tenants.contact.connection = tenants.theirs, tenants.other
    Contact.objects.bulk_update([tenants.contact], ["account"])


def update(tenants: Tenants) -> None:
    Contact.objects.filter(last_name="Fox").update(account=tenants.theirs)


def update_key(tenants: Tenants) -> None:
    Contact.objects.update(account_id=tenants.theirs.pk)


def update_computed(tenants: Tenants) -> None:
    Contact.objects.update(account_id=F("account_id") + tenants.theirs.pk - tenants.account.pk)


def push(tenants: Tenants) -> None:
    Contact.objects.all().push(account=tenants.theirs)


def push_without_sending(tenants: Tenants) -> None:
    with no_push():
        Contact.objects.all().push(account=tenants.theirs)


def move(tenants: Tenants) -> None:
    tenants.contact.connection = tenants.other
    tenants.contact.save()


def move_deferred(tenants: Tenants) -> None:
    contact = Contact.objects.only("last_name").get()
    contact.connection = tenants.other
    contact.save()


def move_by_key(tenants: Tenants) -> None:
    Contact(pk=tenants.contact.pk, connection=tenants.other, last_name="Fox").save()


def move_by_update(tenants: Tenants) -> None:
    Account.objects.filter(pk=tenants.account.pk).update(connection=tenants.other)


def move_by_bulk_update(tenants: Tenants) -> None:
    tenants.account.connection = tenants.other
    Account.objects.bulk_update([tenants.account], ["connection"])


def insert_computed(tenants: Tenants) -> None:
    Contact(connection=tenants.own, last_name="Hen", account_id=Value(tenants.theirs.pk)).save()


WAYS: list[Callable[[Tenants], None]] = [
    set_account,
    set_key,
    create,
    create_related,
    add_related,
    bulk_create,
    upsert,
    bulk_update,
    bulk_update_of_another_connection_in_memory,
    update,
    update_key,
    update_computed,
    push,
    push_without_sending,
    move,
    move_deferred,
    move_by_key,
    move_by_update,
    move_by_bulk_update,
    insert_computed,
]


@pytest.mark.parametrize("way", WAYS)
def test_key_to_another_connections_row_raises(
    tenants: Tenants, way: Callable[[Tenants], None]
) -> None:
    with pytest.raises(CrossConnectionError) as raised, transaction.atomic():
        way(tenants)
    assert isinstance(raised.value, IntegrityError)
    contact = Contact.objects.get()
    assert (contact.connection, contact.account) == (tenants.own, tenants.account)
    assert Account.objects.get(pk=tenants.account.pk).connection == tenants.own
    assert not OutboxItem.objects.exists()


def test_refused_new_row_can_be_corrected_and_saved(tenants: Tenants) -> None:
    row = Contact(connection=tenants.own, last_name="Hen", account=tenants.theirs)
    with pytest.raises(CrossConnectionError):
        row.save()
    row.account = tenants.account
    row.save()
    assert Contact.objects.get(last_name="Hen").account == tenants.account


def test_row_moved_within_a_transaction_raises(tenants: Tenants) -> None:
    with transaction.atomic():
        tenants.contact.save()
        tenants.contact.connection = tenants.other
        with pytest.raises(CrossConnectionError):
            tenants.contact.save()


def test_validation_of_a_key_to_another_connections_row_fails(tenants: Tenants) -> None:
    tenants.contact.account = tenants.theirs
    with pytest.raises(ValidationError) as raised:
        tenants.contact.full_clean()
    assert raised.value.message_dict["account"] == ["This is a record of another connection."]
    tenants.contact.full_clean(exclude=["account", "email"])
    tenants.contact.account, tenants.contact.connection = tenants.account, tenants.other
    with pytest.raises(ValidationError, match="stays with its connection"):
        tenants.contact.full_clean(exclude=["email"])


def test_key_within_the_connection_is_saved(tenants: Tenants) -> None:
    another = Account.objects.create(connection=tenants.own, name="Another")
    Contact.objects.update(account=another)
    Contact.objects.update(account_id=F("account_id"))
    Contact.objects.update(account=None)
    contact = Contact.objects.get()
    contact.account = another
    contact.full_clean(exclude=["email"])
    contact.save()
    Contact.objects.bulk_update([contact], ["account"])
    Contact.objects.bulk_create(tenants.contacts(2, another))
    assert Contact.objects.filter(account=another).count() == 3
    # `db_constraint=False`: where no row is, there is none of another connection either.
    Contact.objects.update(account_id=987_654_321)


@pytest.mark.parametrize("count", [3, 60])
def test_bulk_operations_have_one_more_query_for_each_key(tenants: Tenants, count: int) -> None:
    accounts = [
        Account.objects.create(connection=tenants.own, name=str(number)) for number in range(count)
    ]
    rows = tenants.contacts(count, None)
    for row, account in zip(rows, accounts, strict=True):
        row.account = account
    with CaptureQueriesContext(connection) as created:
        Contact.objects.bulk_create(rows)
    rows = list(Contact.objects.order_by("pk"))
    for row in rows:
        row.account = accounts[0]
    with CaptureQueriesContext(connection) as updated:
        Contact.objects.bulk_update(rows, ["account"])
    for queries in (created, updated):
        read = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
        assert sum(Account._meta.db_table in sql for sql in read) == 1
        assert len(read) <= 2  # the other one reads the connection's organisation


def test_saving_without_a_changed_key_reads_no_parent(tenants: Tenants) -> None:
    Contact.objects.update(zoho_id="3")
    contact = Contact.objects.get()
    contact.last_name = "Wolf"
    with CaptureQueriesContext(connection) as queries:
        contact.save()
    assert not any(Account._meta.db_table in query["sql"] for query in queries)


def store_crossing(contact: Contact, account: Account) -> None:
    """Do what raw SQL can do."""
    QuerySet(Contact).filter(pk=contact.pk).update(account=account)


def test_outbox_item_never_has_the_id_of_another_connections_row(tenants: Tenants) -> None:
    store_crossing(tenants.contact, tenants.theirs)
    contact = Contact.objects.get()
    with pytest.raises(CrossConnectionError):
        contact.save()  # its creation is not in the outbox, so all of it would be sent
    assert not OutboxItem.objects.exists()
    Contact.objects.update(zoho_id="3")
    contact = Contact.objects.get()
    contact.last_name = "Wolf"
    contact.save()
    contact.account = tenants.account
    contact.save()
    first, second = OutboxItem.objects.order_by("pk")
    assert (first.changed, first.base) == ({"Last_Name": "Wolf"}, {"Last_Name": "Fox"})
    assert (second.changed, second.base) == (
        {"Account_Name": {"id": "1"}},
        {"Account_Name": None},
    )
    store_crossing(contact, tenants.theirs)
    Contact.objects.get().delete()
    assert OutboxItem.objects.get(operation="delete").base["Account_Name"] is None


def test_worker_never_sends_the_id_of_another_connections_row(
    tenants: Tenants, zcrm_emulator: SiteEmulator
) -> None:
    OutboxItem.objects.create(
        connection=tenants.own,
        organisation_id=tenants.contact.zoho_organisation,
        module="Contacts",
        object_id=str(tenants.contact.pk),
        operation="create",
        changed={"Last_Name": "Fox", "Account_Name": {"row": str(tenants.theirs.pk)}},
        due=timezone.now(),
    )
    push_changes(tenants.own, "Contacts")
    [record] = zcrm_emulator.records("Contacts")
    assert (record["Last_Name"], record["Account_Name"]) == ("Fox", None)


ContactForm: Any = modelform_factory(Contact, MirrorModelForm, ["last_name", "account"])


def test_form_of_a_row_offers_rows_of_its_connection(tenants: Tenants) -> None:
    form = ContactForm(instance=tenants.contact, connection=tenants.other)
    assert list(form.fields["account"].queryset) == [tenants.account]
    form = ContactForm({"last_name": "Fox", "account": tenants.theirs.pk}, instance=tenants.contact)
    assert set(form.errors) == {"account"}
    form = ContactForm({"last_name": "Hen", "account": tenants.theirs.pk}, connection=tenants.other)
    assert form.save().connection == tenants.other
    assert not ContactForm().fields["account"].queryset.exists()


def test_form_without_a_connection_uses_the_default_one(
    tenants: Tenants, zcrm_emulator: SiteEmulator
) -> None:
    default: Connection = zcrm_emulator.connect()
    account = Account.objects.create(connection=default, name="Default")
    assert list(ContactForm().fields["account"].queryset) == [account]
    plain: Any = modelform_factory(Contact, fields=["last_name", "account"])
    form = plain({"last_name": "Hen", "account": tenants.theirs.pk})
    assert form.errors == {"account": ["This is a record of another connection."]}
    assert plain({"last_name": "Hen", "account": account.pk}).save().connection == default
