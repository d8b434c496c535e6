"""A kept client works for the owner and in the organisation it was made for, or not at all."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.db import OperationalError, connections
from django.db import connection as database

from django_zcrm import NotConnected, zcrm
from django_zcrm.models import Connection, ConnectionHistory
from django_zcrm.tokens import source, token_store
from tests.app.test_lease import in_threads
from tests.app.zoho import Zoho, connect, refreshes

pytestmark = pytest.mark.django_db


def reconnect(zoho: Zoho, **more: Any) -> Connection:
    """Connect the same identifier to another organisation."""
    another = zoho.add_organisation("Another")
    owner = another.add_user("owner@another.example")
    return connect(another, email=owner.email, **more)


def organisation(crm: Any) -> str:
    return str(crm.request("GET", "/crm/{version}/org")["org"][0]["zgid"])


def make_used_client(zoho: Zoho) -> Any:
    """A client that has been used."""
    crm = zcrm.for_identifier("sales@example.com")
    assert organisation(crm)
    return crm


@pytest.fixture
def looks_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if between two calls of a client more than CHECK_SECONDS passed."""
    monkeypatch.setattr(source, "CHECK_SECONDS", 0.0)


def test_client_after_other_organisation_reconnect_raises(zoho: Zoho) -> None:
    row = connect(zoho)
    crm = make_used_client(zoho)
    other = reconnect(zoho)
    assert other.pk == row.pk
    before = len(zoho.requests)
    for _ in range(2):
        with pytest.raises(NotConnected, match=r"another organisation.*Get a new client"):
            crm.request("GET", "/crm/{version}/org")
        with pytest.raises(NotConnected, match="another organisation"):
            crm.records.create("Leads", {"Last_Name": "Wong"})
    assert len(zoho.requests) == before
    assert organisation(zcrm.for_identifier("sales@example.com")) == other.organisation_id
    assert organisation(zcrm) == other.organisation_id


def test_client_after_reconnect_to_unknown_organisation_raises(zoho: Zoho) -> None:
    """The row must not keep the names of the former organisation either."""
    connect(zoho)
    crm = make_used_client(zoho)
    row = reconnect(zoho, scopes="ZohoCRM.modules.ALL")
    assert (row.organisation_id, row.organisation_name, row.zoho_user_email) == ("", "", "")
    before = len(zoho.requests)
    with pytest.raises(NotConnected, match="another organisation, as its scopes suggest"):
        crm.records.create("Leads", [{"Last_Name": "Wong"}])
    assert len(zoho.requests) == before
    change = ConnectionHistory.objects.first()
    assert change is not None
    assert (change.change, change.organisation_id) == ("replaced", "")
    assert change.former_organisation_id


def test_one_failure_of_zoho_does_not_hide_the_organisation(zoho: Zoho) -> None:
    row = connect(zoho)
    crm = make_used_client(zoho)
    zoho.fail_next("org.get", status=500, times=1)
    assert connect(zoho).organisation_id == row.organisation_id
    assert organisation(crm) == row.organisation_id


def test_what_scopes_do_not_tell_stays_with_the_same_token(zoho: Zoho) -> None:
    row = connect(zoho)
    token = token_store().get_oauth_tokens(row).refresh_token
    zoho.fail_next("org.get", code="OAUTH_SCOPE_MISMATCH")
    again = zcrm.generate_auth_token_from_refresh_token("sales@example.com", token)
    assert again.organisation_id == row.organisation_id


def test_client_after_reconnect_by_another_process_raises(zoho: Zoho) -> None:
    connect(zoho)
    crm = make_used_client(zoho)
    crm.session.tokens._saves = source._saves[reconnect(zoho).pk]  # this process has not noticed
    assert organisation(crm)  # the token it has is still good, in the old organisation
    zoho.expire_access_tokens()
    with pytest.raises(NotConnected, match="another organisation"):
        organisation(crm)
    assert refreshes(zoho) == 0


@pytest.mark.django_db(transaction=True)
def test_async_client_after_other_organisation_reconnect_raises(zoho: Zoho) -> None:
    connect(zoho)

    async def work() -> list[Any]:
        crm = (await zcrm.afor_identifier("sales@example.com")).aio
        await crm.org.get()
        await sync_to_async(reconnect)(zoho)
        calls = (crm.org.get() for _ in range(5))
        return [*await asyncio.gather(*calls, return_exceptions=True)]

    results = async_to_sync(work)()
    assert [type(result) for result in results] == [NotConnected] * 5


def test_client_after_same_organisation_reconnect_continues(zoho: Zoho) -> None:
    row = connect(zoho)
    crm = make_used_client(zoho)
    old = token_store().get_oauth_tokens(row).refresh_token.reveal()
    connect(zoho)
    zoho.emulator.zoho.grants.revoke(old)
    assert organisation(crm) == row.organisation_id


def test_client_after_handover_raises_for_former_owner(zoho: Zoho) -> None:
    row = connect(zoho)
    row.owner = User.objects.create_user("alice")
    row.save()
    crm = zcrm.for_user(row.owner)
    assert organisation(crm)
    row.hand_over(User.objects.create_user("bob"))
    with pytest.raises(NotConnected, match="handed over to another owner"):
        organisation(crm)


def test_client_after_foreign_handover_stops_in_30_seconds(
    zoho: Zoho, looks_at_every_call: None
) -> None:
    connect(zoho)
    crm = make_used_client(zoho)
    Connection.objects.update(owner=User.objects.create_user("bob"))
    with pytest.raises(NotConnected, match="handed over"):
        organisation(crm)
    Connection.objects.update(owner=None)
    assert organisation(crm)


@pytest.mark.parametrize("change", ["disconnected", "deleted", "sandbox"])
def test_kept_client_after_other_changes_raises(
    zoho: Zoho, looks_at_every_call: None, change: str
) -> None:
    connect(zoho)
    crm = make_used_client(zoho)
    if change == "deleted":
        Connection.objects.all().delete()
    elif change == "sandbox":
        Connection.objects.update(environment="sandbox")
    else:
        Connection.objects.update(state=Connection.State.DISCONNECTED)
    words = {"sandbox": "another environment"}.get(change, change)
    before = len(zoho.requests_to("*", "/crm/*"))
    with pytest.raises(NotConnected, match=words):
        organisation(crm)
    assert len(zoho.requests_to("*", "/crm/*")) == before


def test_client_without_organisation_scope_compares_grants(zoho: Zoho) -> None:
    row = connect(zoho, scopes="ZohoCRM.modules.ALL")
    assert not row.organisation_id
    crm = zcrm.for_identifier("sales@example.com")
    crm.records.list("Leads", fields=["Last_Name"])
    token = token_store().get_oauth_tokens(row).refresh_token.reveal()
    zcrm.generate_auth_token_from_refresh_token("sales@example.com", token)
    crm.records.list("Leads", fields=["Last_Name"])
    assert reconnect(zoho, scopes="ZohoCRM.modules.ALL").pk == row.pk
    with pytest.raises(NotConnected, match="another organisation, as its"):
        crm.records.list("Leads", fields=["Last_Name"])


@pytest.mark.parametrize("scope", ["", "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL"])
def test_a_new_client_asks_its_own_organisation_for_fields(zoho: Zoho, scope: str) -> None:
    scopes = {"scopes": scope} if scope else {}
    row = connect(zoho, **scopes)

    def asked_by(session: Any) -> int:
        before = len(zoho.requests_to("*", "/crm/v8/*"))
        assert "Last_Name" in session.field_names("Leads")
        if not scope:
            assert session.organisation_id() == Connection.objects.get().organisation_id
        return len(zoho.requests_to("*", "/crm/v8/*")) - before

    def client() -> Any:
        return zcrm.for_identifier("sales@example.com").session

    first = asked_by(client())
    assert first == (1 if scope else 2)
    assert asked_by(client()) == 0
    assert reconnect(zoho, **scopes).pk == row.pk
    assert asked_by(client()) == first


def test_valid_token_works_without_database(
    zoho: Zoho, looks_at_every_call: None, caplog: pytest.LogCaptureFixture
) -> None:
    connect(zoho)
    crm = make_used_client(zoho)

    def away(*args: Any) -> Any:
        raise OperationalError("server has gone away")

    with database.execute_wrapper(away):
        assert organisation(crm)
    assert "gone away" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_check_of_a_client_leaves_no_database_connection_open(
    zoho: Zoho, looks_at_every_call: None
) -> None:
    connect(zoho)
    crm = make_used_client(zoho)

    def in_a_thread() -> bool:
        assert organisation(crm)
        return connections["default"].connection is None

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(in_a_thread).result()


@pytest.mark.django_db(transaction=True)
def test_all_threads_raise_after_handover(zoho: Zoho) -> None:
    row = connect(zoho)
    crm = make_used_client(zoho)
    row.hand_over(User.objects.create_user("bob"))

    def work() -> None:
        crm.session.tokens.current()

    assert {type(result) for _ in range(5) for result in in_threads(8, work)} == {NotConnected}
