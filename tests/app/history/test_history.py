"""Every change of hands is written down for good, and owners learn what others did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.db import connection as database
from django.db import connections
from django.test import Client
from django.utils import timezone

from django_zcrm import ConsentWithdrawn, NotPermitted, acting, zcrm
from django_zcrm.models import Connection, ConnectionHistory, Revocation
from django_zcrm.oauth import connect_with_grant_token
from django_zcrm.oauth.disconnecting import delete
from django_zcrm.oauth.grants import ConnectionTarget
from django_zcrm.signals import connection_changed, disconnected
from django_zcrm.tokens import token_store
from tests.app.history.entries import OPERATION, list_entries, own
from tests.app.zoho import Zoho, connect, expire

pytestmark = pytest.mark.django_db(transaction=True)


def test_operations_in_the_admin_are_recorded(zoho: Zoho, staff: Client, ann: User) -> None:
    begun = staff.post("/admin/zcrm/connection/add/", {"owner": "site"})
    staff.get(zoho.consent(begun["Location"]))
    first = Connection.objects.get()
    code = zoho.grant_code()
    page = "/admin/zcrm/connection/grant-token/"
    staff.post(page, {"user_identifier": "second", "grant_token": code})
    second = Connection.objects.get(user_identifier="second")
    for name, pk, more in (
        ("make-default", second.pk, {}),
        ("hand-over", second.pk, {"owner": ann.pk}),
        ("disconnect", second.pk, {}),
    ):
        staff.post(f"{OPERATION}{name}/", {"ids": pk, **more})
    begun = staff.post("/admin/zcrm/connection/add/", {"connection": second.pk})
    staff.get(zoho.consent(begun["Location"]))
    staff.post(f"{OPERATION}delete/", {"ids": second.pk})
    key = f"user:{ann.pk}"
    by = ("ines", "admin")
    assert list_entries() == [
        ("connected", "site", *by),
        ("made_default", "site", *by),
        ("connected", "site", *by),
        ("default_replaced", "site", *by),
        ("made_default", "site", *by),
        ("handed_over", key, *by),
        ("revoked", key, *by),
        ("disconnected", key, *by),
        ("reconnected", key, *by),
        ("revoked", key, *by),
        ("deleted", key, *by),
    ]
    for entry in ConnectionHistory.objects.all():
        assert entry.organisation_id == first.organisation_id
        assert (entry.environment, entry.organisation_name) == (
            "production",
            first.organisation_name,
        )
        assert timezone.now() - entry.created_at < timedelta(minutes=1)
    over = ConnectionHistory.objects.get(change="handed_over")
    assert (over.former_owner_key, over.former_owner_name, over.owner_name) == ("site", "", "ann")
    assert ConnectionHistory.objects.filter(connection=second.pk).count() == 8


def test_operations_on_the_pages_are_recorded(zoho: Zoho, client: Client, ann: User) -> None:
    client.force_login(ann)
    begun = client.post("/zcrm/connect/")
    client.get(zoho.consent(begun["Location"]))
    row = Connection.objects.get()
    client.post("/zcrm/connections/use/", {"connection": row.pk})
    client.post("/zcrm/connections/use/", {"connection": row.pk})
    client.post("/zcrm/disconnect/", {"connection": row.pk})
    key = f"user:{ann.pk}"
    assert list_entries() == [
        ("connected", key, "ann", "page"),
        ("made_default", key, "ann", "page"),
        ("revoked", key, "ann", "page"),
        ("disconnected", key, "ann", "page"),
    ]
    assert not mail.outbox


def test_history_records_former_organisation(zoho: Zoho) -> None:
    row = connect(zoho)
    connect(zoho.add_organisation("Quokka"))
    entry = ConnectionHistory.objects.get(change="replaced")
    assert (entry.former_organisation_id, entry.former_organisation_name) == (
        row.organisation_id,
        row.organisation_name,
    )
    assert entry.organisation_name == "Quokka"
    assert entry.former_owner_key == ""


def test_the_same_token_handed_in_again_is_no_change(zoho: Zoho) -> None:
    row = connect(zoho)
    token = token_store().get_oauth_tokens(row).refresh_token.reveal()
    zcrm.generate_auth_token_from_refresh_token("sales@example.com", token)
    assert [change for change, *_ in list_entries()] == ["connected", "made_default"]
    connect(zoho)
    assert [change for change, *_ in list_entries()][2:] == ["reconnected"]


def test_operations_of_commands_and_scripts_are_recorded(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch, ann: User
) -> None:
    code = zoho.grant_code()
    monkeypatch.setattr("getpass.getpass", lambda prompt: code)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    call_command("zcrm_connect", identifier="sales@example.com")
    row = Connection.objects.get()
    row.hand_over(ann)
    User.objects.update(is_active=False)
    call_command("zcrm_revoke_outstanding")
    key = f"user:{ann.pk}"
    assert list_entries() == [
        ("connected", "site", "", "command"),
        ("made_default", "site", "", "command"),
        ("handed_over", key, "", "api"),
        ("disconnected", key, "", "command"),
        ("revoked", key, "", "command"),
    ]


def test_two_clicks_on_disconnect_are_recorded_once(
    zoho: Zoho, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = own(zoho, ann)
    first_click = Connection.objects.get()
    heard: list[Any] = []

    def on_disconnected(connection: Connection, **kwargs: Any) -> None:
        heard.append(connection.pk)

    def click_meanwhile(response: Any) -> bool:
        monkeypatch.undo()
        zcrm.disconnect(first_click)
        return True

    monkeypatch.setattr("django_zcrm.oauth.disconnecting.read_revocation", click_meanwhile)
    disconnected.connect(on_disconnected)
    zcrm.disconnect(row)
    zcrm.disconnect(row)
    disconnected.disconnect(on_disconnected)
    assert heard == [row.pk]
    assert [change for change, *_ in list_entries()] == ["connected", "revoked", "disconnected"]


def test_withdrawn_grant_is_recorded(zoho: Zoho, ann: User) -> None:
    row = own(zoho, ann)
    zoho.revoke()
    expire(row)
    with pytest.raises(ConsentWithdrawn):
        zcrm.for_user(ann).org.get()
    assert list_entries()[-1] == ("withdrawn", f"user:{ann.pk}", "", "zoho")
    assert not mail.outbox


@pytest.mark.parametrize("how", ["row", "rows", "owner"])
def test_deleting_by_code_is_written_down(zoho: Zoho, ann: User, how: str) -> None:
    row = own(zoho, ann)
    pk, key = row.pk, f"user:{ann.pk}"
    if how == "row":
        row.delete()
    elif how == "rows":
        Connection.objects.all().delete()
    else:
        ann.delete()
    entry = ConnectionHistory.objects.get(change="deleted")
    assert (entry.connection_id, entry.owner_key, entry.owner_name) == (pk, key, "ann")
    revoked = ConnectionHistory.objects.get(change="revoked")  # after the commit, of no row
    assert (revoked.connection_id, revoked.name) == (None, entry.name)


def test_history_of_rolled_back_change_is_empty(zoho: Zoho, ann: User) -> None:
    row = connect(zoho)
    count = ConnectionHistory.objects.count()
    Connection.objects.create(
        owner=ann,
        user_identifier=row.user_identifier,
        organisation_id=row.organisation_id,
        client_id="1000.other",
        data_center="us",
    )
    Connection.objects.filter(pk=row.pk).update(user_identifier="x")
    with pytest.raises(NotPermitted), acting(ann):
        row.hand_over(ann)
    assert ConnectionHistory.objects.count() == count


def test_history_sends_signal_for_each_entry(zoho: Zoho, ann: User) -> None:
    signals: list[tuple[str, int | None, Any]] = []

    def listen(
        connection: Connection, entry: ConnectionHistory, former_owner: Any, **kwargs: Any
    ) -> None:
        signals.append((entry.change, connection.pk, former_owner))

    connection_changed.connect(listen)
    try:
        row = own(zoho, ann)
        row.hand_over(None)
        pk = row.pk
        delete(row)
    finally:
        connection_changed.disconnect(listen)
    assert signals == [
        ("connected", pk, None),
        ("handed_over", pk, ann),
        ("revoked", pk, None),
        ("deleted", pk, None),
    ]


def test_entries_are_neither_changed_nor_deleted(zoho: Zoho) -> None:
    connect(zoho)
    entries = ConnectionHistory.objects.all()
    entry = entries[0]
    entry.user_name = "mallory"
    forbidden: list[Callable[[], Any]] = [
        entry.save,
        lambda: entry.save(force_update=True, update_fields=["user_name"]),
        entry.delete,
        entries.delete,
        lambda: entries.update(user_name="mallory"),
        lambda: ConnectionHistory.objects.bulk_update([entry], ["user_name"]),
        lambda: entries.filter(pk=entry.pk).delete(),
        lambda: Connection.objects.get().history.all().delete(),
        lambda: ConnectionHistory.objects.bulk_create(
            [entry],
            update_conflicts=True,
            update_fields=["user_name"],
            unique_fields=None if database.vendor == "mysql" else ["id"],
        ),
        lambda: ConnectionHistory.objects.update_or_create(
            pk=entry.pk, defaults={"user_name": "mallory"}
        ),
    ]
    before = list(entries.values())
    for change in forbidden:
        with pytest.raises(TypeError, match="append-only"):
            change()
    assert list(entries.all().values()) == before


def test_history_of_deleted_connection_is_kept(zoho: Zoho, ann: User, ines: User) -> None:
    row = own(zoho, ann)
    with acting(ines):
        row.hand_over(None)
    before = list(ConnectionHistory.objects.values())
    row.delete()
    ann.delete()
    ines.delete()
    assert list(ConnectionHistory.objects.order_by("pk").values())[:2] == before[::-1]
    assert not Revocation.objects.exists()


@pytest.mark.slow
def test_simultaneous_changes_are_all_recorded(zoho: Zoho) -> None:
    """SQLite would refuse to write in a transaction that has read before another one wrote."""
    count = 8
    ready = Barrier(count)
    owners, heirs = (
        [User.objects.create_user(f"{name}{number}") for number in range(count)]
        for name in ("owner", "heir")
    )

    def one_after_another(owner: User, heir: User) -> None:
        code = zoho.grant_code()
        try:
            ready.wait(60)
            row = connect_with_grant_token(code, ConnectionTarget(owner=owner))
            row.make_default()
            row.hand_over(heir)
            row.hand_over(owner)
            zcrm.disconnect(row)
            delete(row)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one_after_another, owners, heirs))
    assert Counter(change for change, *_ in list_entries()) == {
        "connected": count,
        "made_default": count,
        "handed_over": 2 * count,
        "revoked": count,
        "disconnected": count,
        "deleted": count,
    }
