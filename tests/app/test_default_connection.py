"""The default connection of the site, and the client of it that is kept for a while."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.db import transaction

from django_zcrm import NotConnected, clients, zcrm
from django_zcrm.clients import default_connection
from django_zcrm.models import Connection
from django_zcrm.tokens import token_store
from django_zcrm.zoho.client import Client
from tests.app.test_lease import in_threads
from tests.app.zoho import Zoho, connect, org, owned_by

pytestmark = pytest.mark.django_db


def test_the_first_connection_of_the_site_is_its_default(zoho: Zoho) -> None:
    with pytest.raises(NotConnected, match="no default"):
        zcrm.default()
    first, second = connect(zoho, "a"), connect(zoho, "b")
    assert Connection.objects.default().get() == first
    assert org(zcrm)
    second.make_default()
    first.refresh_from_db()
    assert not first.is_default
    assert Connection.objects.default().get() == second


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    not database.features.has_select_for_update, reason="a database of one writer at a time"
)
def test_two_simultaneous_choices_of_a_default_both_succeed(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(zoho)
    rows = [connect(zoho, name) for name in ("a@example.com", "b@example.com")]
    both, lock = threading.Barrier(2), Connection._lock

    def lock_together(row: Connection) -> None:
        lock(row)
        with suppress(threading.BrokenBarrierError):
            both.wait(1)

    monkeypatch.setattr(Connection, "_lock", lock_together)
    assert in_threads(2, lambda: rows.pop().make_default()) == [None, None]
    assert Connection.objects.default().count() == 1


def test_connection_given_to_a_user_is_no_longer_the_default(zoho: Zoho) -> None:
    row = owned_by(User.objects.create_user("alice"), connect(zoho))
    assert not row.is_default
    assert not Connection.objects.default().exists()


def test_user_identifier_names_the_default(zoho: Zoho, configure: Any) -> None:
    connect(zoho, "a")
    connect(zoho, "b")
    configure(USER_IDENTIFIER="b")
    tokens = token_store().get_oauth_tokens(Connection.objects.for_identifier("b").get())
    assert zcrm.session.tokens.current().value == tokens.access_token
    configure(USER_IDENTIFIER="c")
    with pytest.raises(NotConnected, match="'c'"):
        zcrm.default()


@pytest.mark.django_db(transaction=True)
def test_the_default_client_is_kept_for_a_while(
    zoho: Zoho, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = connect(zoho)
    assert org(zcrm)
    with django_assert_num_queries(0):
        for _ in range(3):
            assert org(zcrm)
    first = zcrm.default()
    row.save()  # another default, another state, ...: any change takes effect at once
    assert zcrm.default() is not first
    first = zcrm.default()
    later = time.monotonic() + clients.DEFAULT_LIFE + 1
    monkeypatch.setattr("time.monotonic", lambda: later)
    assert zcrm.default() is not first
    row.delete()
    with pytest.raises(NotConnected):
        zcrm.default()


@pytest.mark.django_db(transaction=True)
def test_the_default_client_of_a_transaction_is_not_kept(zoho: Zoho) -> None:
    with transaction.atomic():
        connect(zoho)
        assert org(zcrm)
        transaction.set_rollback(True)
    with pytest.raises(NotConnected):
        zcrm.default()


@pytest.mark.django_db(transaction=True)
def test_a_default_that_a_thread_read_before_a_commit_is_not_kept(zoho: Zoho) -> None:
    former = connect(zoho)
    other = connect(zoho, "other@example.com")
    with transaction.atomic():
        other.make_default()
        assert in_threads(1, lambda: zcrm.connection.pk) == [former.pk]
    assert zcrm.connection.pk == other.pk


@pytest.mark.django_db(transaction=True)
def test_a_default_that_changes_during_its_lookup_is_not_kept(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = connect(zoho)

    def look_up() -> Connection:
        found = default_connection()
        row.save()
        return found

    with monkeypatch.context() as patch:
        patch.setattr("django_zcrm.clients.default.default_connection", look_up)
        former = zcrm.default()
    assert zcrm.default() is not former


def test_zcrm_is_a_client_of_the_default_connection(zoho: Zoho) -> None:
    assert isinstance(zcrm, Client)
    with pytest.raises(AttributeError):
        zcrm.records = None  # type: ignore[assignment]
