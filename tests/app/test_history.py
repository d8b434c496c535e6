"""Every change of hands is written down for good, and owners learn what others did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.core.management import call_command
from django.db import connection as database
from django.db import connections
from django.test import Client
from django.utils import timezone

from django_zcrm import ConsentWithdrawn, NotPermitted, acting, zcrm
from django_zcrm.models import Connection, ConnectionHistory, Revocation
from django_zcrm.models.history import MAX_NEWS, NEWS_DAYS
from django_zcrm.oauth import connect_with_grant_token, revocation
from django_zcrm.oauth.ending import delete
from django_zcrm.oauth.grants import Grantee
from django_zcrm.signals import connection_changed
from django_zcrm.tokens import token_store
from tests.app.zoho import Zoho, connect, expire

pytestmark = pytest.mark.django_db(transaction=True)
OPERATION = "/admin/zcrm/connection/operation/"
LIST = "/admin/zcrm/connectionhistory/"


@pytest.fixture(autouse=True)
def rested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(revocation._rest, "until", 0.0)


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann", "ann@example.com")


@pytest.fixture
def ines() -> User:
    return User.objects.create_superuser("ines", "ines@example.com")


@pytest.fixture
def staff(client: Client, ines: User) -> Client:
    client.force_login(ines)
    return client


def own(zoho: Zoho, user: User, **more: Any) -> Connection:
    return connect_with_grant_token(zoho.grant_code(**more), Grantee(owner=user))


def written() -> list[tuple[str, str, str, str]]:
    """What happened, to which owner's connection, by whom and where, the oldest first."""
    return [
        (event.change, event.owner_key, event.user_name, event.source)
        for event in ConnectionHistory.objects.order_by("pk")
    ]


def test_a_life_through_the_admin(zoho: Zoho, staff: Client, ann: User) -> None:
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
    assert written() == [
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
        assert timezone.now() - entry.at < timedelta(minutes=1)
    over = ConnectionHistory.objects.get(change="handed_over")
    assert (over.former_owner_key, over.former_owner_name, over.owner_name) == ("site", "", "ann")
    assert ConnectionHistory.objects.filter(connection=second.pk).count() == 8


def test_a_users_own_pages(zoho: Zoho, client: Client, ann: User) -> None:
    client.force_login(ann)
    begun = client.post("/zcrm/connect/")
    client.get(zoho.consent(begun["Location"]))
    row = Connection.objects.get()
    client.post("/zcrm/connections/use/", {"connection": row.pk})
    client.post("/zcrm/connections/use/", {"connection": row.pk})
    client.post("/zcrm/disconnect/", {"connection": row.pk})
    key = f"user:{ann.pk}"
    assert written() == [
        ("connected", key, "ann", "page"),
        ("made_default", key, "ann", "page"),
        ("revoked", key, "ann", "page"),
        ("disconnected", key, "ann", "page"),
    ]
    assert not mail.outbox


def test_another_organisation_is_said_with_the_one_before(zoho: Zoho) -> None:
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
    assert [change for change, *_ in written()] == ["connected", "made_default"]
    connect(zoho)
    assert [change for change, *_ in written()][2:] == ["reconnected"]


def test_commands_and_scripts(zoho: Zoho, monkeypatch: pytest.MonkeyPatch, ann: User) -> None:
    code = zoho.grant_code()
    monkeypatch.setattr("getpass.getpass", lambda prompt: code)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    call_command("zcrm_connect", identifier="sales@example.com")
    row = Connection.objects.get()
    row.hand_over(ann)
    User.objects.update(is_active=False)
    call_command("zcrm_revoke_outstanding")
    key = f"user:{ann.pk}"
    assert written() == [
        ("connected", "site", "", "command"),
        ("made_default", "site", "", "command"),
        ("handed_over", key, "", "api"),
        ("disconnected", key, "", "command"),
        ("revoked", key, "", "command"),
    ]


def test_zoho_no_longer_accepts_a_grant(zoho: Zoho, ann: User) -> None:
    row = own(zoho, ann)
    zoho.revoke()
    expire(row)
    with pytest.raises(ConsentWithdrawn):
        zcrm.for_user(ann).org.get()
    assert written()[-1] == ("withdrawn", f"user:{ann.pk}", "", "zoho")
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


def test_what_is_rolled_back_did_not_happen(zoho: Zoho, ann: User) -> None:
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


def test_the_signal_tells_of_each(zoho: Zoho, ann: User) -> None:
    told: list[tuple[str, int | None, Any]] = []

    def listen(
        connection: Connection, entry: ConnectionHistory, former_owner: Any, **kwargs: Any
    ) -> None:
        told.append((entry.change, connection.pk, former_owner))

    connection_changed.connect(listen)
    try:
        row = own(zoho, ann)
        row.hand_over(None)
        pk = row.pk
        delete(row)
    finally:
        connection_changed.disconnect(listen)
    assert told == [
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


def test_it_outlives_what_it_tells_of(zoho: Zoho, ann: User, ines: User) -> None:
    row = own(zoho, ann)
    with acting(ines):
        row.hand_over(None)
    before = list(ConnectionHistory.objects.values())
    row.delete()
    ann.delete()
    ines.delete()
    assert list(ConnectionHistory.objects.order_by("pk").values())[:2] == before[::-1]
    assert not Revocation.objects.exists()


def clerk(*permissions: str) -> Client:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    browser = Client()
    browser.force_login(user)
    return browser


def test_the_admin_shows_it(zoho: Zoho, staff: Client, ann: User) -> None:
    row = connect(zoho)
    staff.post(f"{OPERATION}hand-over/", {"ids": row.pk, "owner": "ann"})
    connect(zoho.add_organisation("Quokka"), "x")
    connect(zoho, "x")
    entry = ConnectionHistory.objects.get(change="handed_over")
    text = staff.get(LIST).text
    for words in ("handed over", "before: the whole site", "ines", "before: Quokka", "Python API"):
        assert words in text
    assert f'href="/admin/zcrm/connection/{row.pk}/change/"' in text
    assert "Add connection history" not in text
    assert 'name="action"' not in text
    assert "handed over" in staff.get(f"{LIST}{entry.pk}/change/").text
    shown = staff.get(f"{LIST}?connection={row.pk}").text
    assert "before: the whole site" in shown
    assert "Quokka" not in shown
    assert "Quokka" in staff.get(f"{LIST}?q=quokka&change__exact=replaced&o=1.2.3.4.5.6").text
    page = staff.get(f"/admin/zcrm/connection/{row.pk}/change/").text
    assert f'href="{LIST}?connection={row.pk}"' in page
    assert "ines · admin" in page


def test_nobody_writes_it_in_the_admin(zoho: Zoho, staff: Client) -> None:
    connect(zoho)
    entry = ConnectionHistory.objects.latest("pk")
    before = list(ConnectionHistory.objects.values())
    bulk = {"_selected_action": entry.pk, "post": "yes"}
    assert staff.post(f"{LIST}add/", {"name": "x"}).status_code == 403
    assert staff.get(f"{LIST}add/").status_code == 403
    assert staff.post(f"{LIST}{entry.pk}/change/", {"name": "x"}).status_code == 403
    assert staff.post(f"{LIST}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    for action in ("delete_selected", "delete"):
        staff.post(LIST, {"action": action, **bulk})
    assert list(ConnectionHistory.objects.values()) == before


@pytest.mark.parametrize(
    "lookup", ["connection__encrypted_refresh_token__startswith", "user__password__startswith"]
)
def test_it_gives_no_secret_away(zoho: Zoho, staff: Client, lookup: str) -> None:
    connect(zoho)
    assert staff.get(f"{LIST}?{lookup}=g").status_code == 400


def test_seeing_it_has_a_permission(zoho: Zoho) -> None:
    row = connect(zoho)
    browser = clerk("view_connection")
    assert browser.get(LIST).status_code == 403
    assert LIST not in browser.get(f"/admin/zcrm/connection/{row.pk}/change/").text
    permission = Permission.objects.get(codename="view_connectionhistory")
    User.objects.get(username="clerk").user_permissions.add(permission)
    assert browser.get(LIST).status_code == 200
    assert LIST in browser.get(f"/admin/zcrm/connection/{row.pk}/change/").text


@pytest.mark.parametrize(
    ("name", "more", "change", "mails"),
    [
        ("disconnect", {}, "disconnected", ["ann@example.com"]),
        ("delete", {}, "deleted", ["ann@example.com"]),
        ("make-default", {}, "made the default", ["ann@example.com"]),
        ("hand-over", {"owner": ""}, "handed over", ["ann@example.com"]),
        ("hand-over", {"owner": "bob"}, "handed over", ["bob@example.com", "ann@example.com"]),
        ("test", {}, "", []),
        ("refresh", {}, "", []),
    ],
)
def test_owners_are_mailed_what_others_did(
    zoho: Zoho, staff: Client, ann: User, name: str, more: dict[str, str], change: str, mails: Any
) -> None:
    User.objects.create_user("bob", "bob@example.com")
    row = own(zoho, ann)
    token = token_store().get_oauth_tokens(row).refresh_token.reveal()
    staff.post(f"{OPERATION}{name}/", {"ids": row.pk, **more})
    assert [to for message in mail.outbox for to in message.to] == mails
    for message in mail.outbox:
        assert change in message.subject
        assert row.organisation_name in message.body
        assert "ines (admin)" in message.body
        assert "http://localhost:8000/zcrm/connections/" in message.body
        assert token not in message.body


def test_a_mail_says_what_is_before_and_after(zoho: Zoho, staff: Client, ann: User) -> None:
    row = own(zoho, ann)
    staff.post(f"{OPERATION}hand-over/", {"ids": row.pk, "owner": ""})
    body = mail.outbox[0].body
    assert "It belonged to: ann\nIt belongs to: the whole site\n" in body
    assert "&" not in body


def test_owners_are_not_mailed_what_they_did_themselves(zoho: Zoho, ines: User) -> None:
    row = own(zoho, ines)
    browser = Client()
    browser.force_login(ines)
    browser.post(f"{OPERATION}disconnect/", {"ids": row.pk})
    zcrm.disconnect(own(zoho, ines))  # code on nobody's behalf may well act for the owner
    assert not mail.outbox


def test_mails_are_switched_off(zoho: Zoho, staff: Client, ann: User, configure: Any) -> None:
    configure(MAIL_OWNERS=False)
    staff.post(f"{OPERATION}disconnect/", {"ids": own(zoho, ann).pk})
    assert not mail.outbox


@pytest.mark.parametrize("change", [{"email": ""}, {"is_active": False}])
def test_nobody_to_mail(zoho: Zoho, staff: Client, ann: User, change: dict[str, Any]) -> None:
    row = own(zoho, ann)
    User.objects.filter(pk=ann.pk).update(**change)
    staff.post(f"{OPERATION}disconnect/", {"ids": row.pk})
    assert not mail.outbox
    assert written()[-1][0] == "disconnected"


def test_a_mail_that_cannot_be_sent_stops_nothing(
    zoho: Zoho,
    staff: Client,
    ann: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(*args: Any) -> None:
        raise ConnectionRefusedError(111, "Connection refused by mail.example.com")

    row = own(zoho, ann)
    monkeypatch.setattr("django_zcrm.oauth.owner_mail.send_mail", refuse)
    staff.post(f"{OPERATION}disconnect/", {"ids": row.pk})
    row.refresh_from_db()
    assert row.state == Connection.State.DISCONNECTED
    assert "Could not mail the owner" in caplog.text
    assert "ConnectionRefusedError" in caplog.text


HEADING = "Changes that you did not make here"


@pytest.mark.parametrize("page", ["/zcrm/connections/", "/zcrm/connect/"])
def test_owners_see_what_others_did(zoho: Zoho, staff: Client, ann: User, page: str) -> None:
    """Also whoever lost a connection, which is no longer in the list."""
    browser = Client()
    browser.force_login(ann)
    begun = browser.post("/zcrm/connect/")
    browser.get(zoho.consent(begun["Location"]))
    row = Connection.objects.get()
    assert HEADING not in browser.get(page).text
    staff.post(f"{OPERATION}hand-over/", {"ids": row.pk, "owner": "ines"})
    text = browser.get(page).text
    assert HEADING in text
    assert "handed over (ann → ines)" in text
    assert "ines, admin" in text
    assert HEADING not in staff.get(page).text
    stranger = Client()
    stranger.force_login(User.objects.create_user("stranger"))
    assert HEADING not in stranger.get(page).text


def test_news_are_few_and_new(zoho: Zoho, ann: User) -> None:
    row = own(zoho, ann)
    for _ in range(MAX_NEWS):
        row.make_default()
        Connection.objects.update(default_for=None)
        row.refresh_from_db()
    news = ConnectionHistory.objects.news_for(ann.pk, ann.pk)
    assert len(news) == MAX_NEWS
    assert {entry.change for entry in news} == {"made_default"}
    with database.cursor() as cursor:
        old = timezone.now() - timedelta(days=NEWS_DAYS + 1)
        cursor.execute("UPDATE zcrm_connectionhistory SET at = %s", [old])
    assert not ConnectionHistory.objects.news_for(ann.pk, ann.pk)


@pytest.mark.slow
def test_changes_at_the_same_moment_wait_for_one_another(zoho: Zoho) -> None:
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
            ready.wait(10)
            row = connect_with_grant_token(code, Grantee(owner=owner))
            row.make_default()
            row.hand_over(heir)
            row.hand_over(owner)
            zcrm.disconnect(row)
            delete(row)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one_after_another, owners, heirs))
    assert Counter(change for change, *_ in written()) == {
        "connected": count,
        "made_default": count,
        "handed_over": 2 * count,
        "revoked": count,
        "disconnected": count,
        "deleted": count,
    }
