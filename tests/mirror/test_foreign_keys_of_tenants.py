"""Ten thousand random attempts over fifty tenants to set a foreign key across connections."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.forms import modelform_factory
from django.test.utils import CaptureQueriesContext

from django_zcrm.mirror import CrossConnectionError, no_push
from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.forms import MirrorModelForm
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.targets import target_of
from django_zcrm.models import Connection
from tests.mirror.shop.models import Account, Contact

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

TENANTS, ACCOUNTS, CONTACTS = 50, 4, 20
ATTEMPTS = 10_000
SINGLE = 60
"""Attempts of each kind that concerns one row; the rest are made in bulk."""


class Fleet:
    """Fifty connections, each with accounts and contacts; `chance` chooses among them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311
        users = User.objects.bulk_create(User(username=f"tenant {n}") for n in range(TENANTS))
        Connection.objects.bulk_create(
            Connection(owner=user, user_identifier=user.username, organisation_id=str(number + 1))
            for number, user in enumerate(users)
        )
        self.connections = list(Connection.objects.order_by("pk"))
        with no_push():
            Account.objects.bulk_create(
                Account(connection=row, name=f"{row.pk}.{n}", zoho_id=f"{row.pk}{n:03}")
                for row in self.connections
                for n in range(ACCOUNTS)
            )
            Contact.objects.bulk_create(
                Contact(connection=row, last_name=f"{row.pk}.{n}", zoho_id=f"{row.pk}{n:03}")
                for row in self.connections
                for n in range(CONTACTS)
            )
        self.accounts = {
            row.pk: list(Account.objects.filter(connection=row)) for row in self.connections
        }

    def pair(self) -> tuple[Connection, Account]:
        """A connection, and an account of another one."""
        own = self.chance.choice(self.connections)
        return own, self.account_of_others(own.pk)

    def account_of_others(self, own: int) -> Account:
        """An account of any other connection."""
        other = self.chance.choice([row.pk for row in self.connections if row.pk != own])
        return self.chance.choice(self.accounts[other])

    def contact(self, connection: Connection) -> Contact:
        """One of a connection's contacts."""
        return self.chance.choice(list(Contact.objects.filter(connection=connection)))


@pytest.fixture
def fleet(db: None, seed: int) -> Fleet:
    return Fleet(seed)


def save(fleet: Fleet) -> None:
    own, theirs = fleet.pair()
    contact = fleet.contact(own)
    contact.account = theirs
    contact.save()


def create(fleet: Fleet) -> None:
    own, theirs = fleet.pair()
    Contact.objects.create(connection=own, last_name="new", account=theirs)


def update(fleet: Fleet) -> None:
    own, theirs = fleet.pair()
    Contact.objects.filter(connection=own).update(account=theirs)


def update_by_expression(fleet: Fleet) -> None:
    own, theirs = fleet.pair()
    offset = theirs.pk - own.pk
    Contact.objects.filter(connection=own).update(account=F("connection_id") + offset)


def push(fleet: Fleet) -> None:
    own, theirs = fleet.pair()
    Contact.objects.filter(connection=own).push(account=theirs)


def bulk_create(fleet: Fleet) -> None:
    rows = []
    for number in range(500):
        own, theirs = fleet.pair()
        account = theirs if number else fleet.accounts[own.pk][0]
        rows.append(Contact(connection=own, last_name="new", account=account))
    Contact.objects.bulk_create(rows)


def bulk_update(fleet: Fleet) -> None:
    rows = fleet.chance.sample(list(Contact.objects.select_related("connection")), 500)
    for row in rows:
        row.account = fleet.account_of_others(row.connection_id)
    Contact.objects.bulk_update(rows, ["account"])


WRITES: dict[Callable[[Fleet], None], tuple[int, int]] = {
    save: (SINGLE, 1),
    create: (SINGLE, 1),
    update: (20, CONTACTS),
    update_by_expression: (20, CONTACTS),
    push: (20, CONTACTS),
    bulk_create: (9, 500),
    bulk_update: (7, 500),
}
"""How often each is tried, and with how many rows."""


def crossing_rows() -> int:
    """Return how many contacts have an account of another connection."""
    crossing = Contact.objects.exclude(account=None).exclude(
        account__connection_id=F("connection_id")
    )
    return crossing.count()


def test_ten_thousand_attempts_over_fifty_tenants_set_no_key(fleet: Fleet) -> None:
    attempts = 0
    for write, (times, rows) in WRITES.items():
        for _ in range(times):
            with pytest.raises(CrossConnectionError), transaction.atomic():
                write(fleet)
            attempts += rows
    attempts += try_forms(fleet) + try_pulls(fleet)
    assert attempts >= ATTEMPTS
    assert not crossing_rows()
    assert not OutboxItem.objects.exists()


def try_forms(fleet: Fleet) -> int:
    """Submit accounts of other connections by forms."""
    form_class: Any = modelform_factory(
        Contact, form=MirrorModelForm, fields=["last_name", "account"]
    )
    for _ in range(SINGLE):
        own, theirs = fleet.pair()
        form = form_class({"last_name": "x", "account": theirs.pk}, instance=fleet.contact(own))
        assert "account" in form.errors
    return SINGLE


def try_pulls(fleet: Fleet) -> int:
    """Read contacts whose accounts have the ids of other connections' records."""
    count = 0
    for is_initial in (False, True):
        for own in fleet.connections:
            records = [
                {
                    "id": f"{own.pk}{900 + number + 40 * is_initial}",
                    "Last_Name": "pulled",
                    "Account_Name": {"id": fleet.account_of_others(own.pk).zoho_id},
                }
                for number in range(20)
            ]
            with transaction.atomic():
                apply(target_of("Contacts"), own, records, is_initial=is_initial)
            count += len(records)
    assert Contact.objects.filter(last_name="pulled", account=None).count() == count
    return count


@pytest.mark.parametrize("operation", [bulk_create, bulk_update])
def test_bulk_operation_over_fifty_tenants_makes_few_queries(
    fleet: Fleet, operation: Callable[[Fleet], None]
) -> None:
    with (
        CaptureQueriesContext(database) as queries,
        pytest.raises(CrossConnectionError),
        transaction.atomic(),
    ):
        operation(fleet)
    assert len(queries) <= 8  # for 500 rows of 50 connections
