"""Operations on connections in the admin: confirmed first, done by POST, and logged."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Permission, User
from django.db.models import PROTECT
from django.test import Client

from django_zcrm.models import Connection, Revocation
from django_zcrm.oauth import connect_with_grant_token
from django_zcrm.oauth.grants import ConnectionTarget
from django_zcrm.tokens import token_store
from tests.app.zoho import Zoho, connect

pytestmark = pytest.mark.django_db
LIST = "/admin/zcrm/connection/"


def do(browser: Client, name: str, *connections: Connection, **chosen: Any) -> str:
    """Perform an operation, and return the page that follows."""
    ids = ",".join(str(connection.pk) for connection in connections)
    response = browser.post(f"{LIST}operation/{name}/", {"ids": ids, **chosen}, follow=True)
    assert response.redirect_chain
    assert response.status_code == 200
    return str(response.text)


def fresh(connection: Connection) -> Connection:
    return Connection.objects.get(pk=connection.pk)


@pytest.mark.parametrize(
    "name", ["test", "refresh", "make-default", "hand-over", "disconnect", "delete"]
)
def test_confirmation_page_changes_nothing(zoho: Zoho, admin_client: Client, name: str) -> None:
    connection = connect(zoho)
    before = len(zoho.requests)
    response = admin_client.get(f"{LIST}operation/{name}/?ids={connection.pk}")
    assert response.status_code == 200
    assert '<input type="submit"' in response.text
    assert len(zoho.requests) == before
    assert fresh(connection).token_version == connection.token_version
    assert not LogEntry.objects.exists()


def test_refreshing_tries_a_withdrawn_connection_again(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    withdrawn = Connection.State.CONSENT_WITHDRAWN
    Connection.objects.update(state=withdrawn, last_error="Zoho no longer accepts it.")
    page = admin_client.get(f"{LIST}{connection.pk}/change/").text
    assert f"operation/refresh/?ids={connection.pk}" in page
    assert "Zoho issued a new access token." in do(admin_client, "refresh", connection)
    assert (fresh(connection).state, fresh(connection).last_error) == ("connected", "")


def test_test_now_shows_a_message(zoho: Zoho, admin_client: Client, admin_user: User) -> None:
    connection = connect(zoho)
    text = do(admin_client, "test", connection)
    assert "Zoho responded in" in text
    entry = LogEntry.objects.get()
    assert entry.user == admin_user
    assert "Zoho responded in" in entry.get_change_message()
    zoho.fail_next("org.get", code="NO_PERMISSION")
    assert "Give the Zoho user the permission" in do(admin_client, "test", connection)


def test_refresh_stores_a_new_token(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    before = token_store().get_oauth_tokens(connection).access_token
    assert "a new access token" in do(admin_client, "refresh", connection)
    assert token_store().get_oauth_tokens(fresh(connection)).access_token != before
    zoho.fail_next("oauth.token", throttle=400)
    text = do(admin_client, "refresh", connection)
    assert "10 in 10 minutes" in text
    assert "10 in 10 minutes" in LogEntry.objects.latest("pk").get_change_message()


def test_make_default_changes_the_default(zoho: Zoho, admin_client: Client) -> None:
    first, other = connect(zoho), connect(zoho, "other@example.com")
    assert fresh(first).is_default
    assert "default connection now" in do(admin_client, "make-default", other)
    assert fresh(other).is_default
    assert not fresh(first).is_default
    Connection.objects.filter(pk=first.pk).update(state=Connection.State.DISCONNECTED)
    assert "connect it again first" in do(admin_client, "make-default", first)
    assert fresh(other).is_default


def test_hand_over_changes_the_owner(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    ann = User.objects.create_user("ann")
    assert "belongs to ann now" in do(admin_client, "hand-over", connection, owner=ann.pk)
    row = fresh(connection)
    assert (row.owner, row.user_identifier, row.is_default) == (ann, "sales@example.com", False)
    assert "belongs to the whole site" in do(admin_client, "hand-over", connection, owner="")
    assert fresh(connection).owner is None


@pytest.mark.slow
def test_generated_identifier_changes_with_owner(zoho: Zoho, admin_client: Client) -> None:
    ann, bob = (User.objects.create_user(name) for name in ("ann", "bob"))
    connection = connect_with_grant_token(zoho.grant_code(), ConnectionTarget(owner=ann))
    do(admin_client, "hand-over", connection, owner=bob.pk)
    assert fresh(connection).user_identifier == f"user:{bob.pk}"
    other = connect_with_grant_token(zoho.grant_code(), ConnectionTarget(owner=ann))
    text = do(admin_client, "hand-over", other, owner=bob.pk)
    assert "already has a connection to this account" in text
    assert fresh(other).owner == ann
    do(admin_client, "hand-over", connection, owner="")
    assert fresh(connection).user_identifier == connection.zoho_user_email


@pytest.mark.parametrize("text", ["ann", "ann@example.com", "ANN@example.com", " ann ", "{pk}"])
def test_hand_over_accepts_a_user_name(zoho: Zoho, admin_client: Client, text: str) -> None:
    connection = connect(zoho)
    ann = User.objects.create_user("ann", "ann@example.com")
    User.objects.create_user("ann2", "ann2@example.com")
    page = admin_client.get(f"{LIST}operation/hand-over/?ids={connection.pk}").text
    assert "Any of these: username, email address, ID." in page
    do(admin_client, "hand-over", connection, owner=text.format(pk=ann.pk))
    assert fresh(connection).owner == ann


def test_a_name_that_means_several_is_refused(zoho: Zoho, admin_client: Client) -> None:
    """Such as a personnel number that is another user's primary key."""
    connection = connect(zoho)
    ann = User.objects.create_user("ann", "team@example.com")
    number = User.objects.create_user(str(ann.pk), "team@example.com")
    url, data = f"{LIST}operation/hand-over/", {"ids": connection.pk}
    for text in (ann.pk, "team@example.com"):
        page = admin_client.post(url, {**data, "owner": text}).text
        assert f"matches several owners: ann ({ann.pk}), {number} ({number.pk})" in page
    assert fresh(connection).owner is None
    do(admin_client, "hand-over", connection, owner="ann")
    assert fresh(connection).owner == ann


@pytest.mark.parametrize("text", ["12345", "nobody", "9" * 30, "an\0n", "-1", "<b>"])
def test_handing_over_to_unknown_user_is_refused(
    zoho: Zoho, admin_client: Client, text: str
) -> None:
    connection = connect(zoho)
    response = admin_client.post(
        f"{LIST}operation/hand-over/", {"ids": connection.pk, "owner": text}
    )
    assert response.status_code == 200
    assert "Nobody has the name" in response.text
    assert "<b>" not in response.text
    assert fresh(connection).owner is None


def test_disconnect_revokes_and_keeps_the_row(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    token = token_store().get_oauth_tokens(connection).refresh_token
    zoho.fail_next("POST /oauth/v2/token/revoke", drop="before", times=1)
    text = do(admin_client, "disconnect", connection)
    assert fresh(connection).is_usable
    assert 'class="error"' in text
    assert "revoked at Zoho" in do(admin_client, "disconnect", connection)
    row = fresh(connection)
    assert row.state == Connection.State.DISCONNECTED
    assert not row.encrypted_refresh_token
    assert token not in zoho.emulator.zoho.grants.refresh_tokens


def test_operation_on_disconnected_row_gives_advice_once(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    do(admin_client, "disconnect", connection)
    for name in ("test", "refresh"):
        do(admin_client, name, connection)
        message = LogEntry.objects.latest("pk").get_change_message()
        assert message.endswith(": It was disconnected here. Connect again.")
    do(admin_client, "make-default", connection)
    message = LogEntry.objects.latest("pk").get_change_message()
    assert message.endswith(": It cannot be used in its present state; connect it again first.")


def test_error_and_advice_are_separate_sentences(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    Connection.objects.update(encrypted_refresh_token="gAAAAA")
    do(admin_client, "refresh", connection)
    message = LogEntry.objects.latest("pk").get_change_message()
    assert "Restore the old key, or connect again. " in message


def test_delete_revokes(zoho: Zoho, admin_client: Client, admin_user: User) -> None:
    connection = connect(zoho)
    token = token_store().get_oauth_tokens(connection).refresh_token
    response = admin_client.get(f"{LIST}{connection.pk}/delete/")
    assert response["Location"] == f"{LIST}operation/delete/?ids={connection.pk}"
    assert "revoked at Zoho" in do(admin_client, "delete", connection)
    assert not Connection.objects.exists()
    assert token not in zoho.emulator.zoho.grants.refresh_tokens
    entry = LogEntry.objects.get()
    assert (entry.user, entry.action_flag) == (admin_user, DELETION)
    assert entry.object_id == str(connection.pk)
    assert "revoked at Zoho" in entry.change_message


def test_delete_without_revoke_makes_no_call(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    token = token_store().get_oauth_tokens(connection).refresh_token
    assert "left as it was" in do(admin_client, "delete", connection, keep_at_zoho="on")
    assert not Connection.objects.exists()
    assert token in zoho.emulator.zoho.grants.refresh_tokens
    assert "left as it was" in LogEntry.objects.get().change_message


def test_delete_of_protected_connection_neither_revokes_nor_deletes(
    zoho: Zoho, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a project's own model with a protecting foreign key may require."""
    connection = connect(zoho)
    relation = Revocation._meta.get_field("connection").remote_field
    monkeypatch.setattr(relation, "on_delete", PROTECT)
    Revocation.objects.create(connection=connection)
    token = token_store().get_oauth_tokens(connection).refresh_token
    assert "nothing was deleted" in do(admin_client, "delete", connection)
    assert fresh(connection).is_usable
    assert token in zoho.emulator.zoho.grants.refresh_tokens


def test_delete_with_failed_revocation_keeps_row(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    zoho.fail_next("POST /oauth/v2/token/revoke", drop="before", times=1)
    assert "nothing was deleted" in do(admin_client, "delete", connection)
    assert fresh(connection).is_usable


@pytest.mark.parametrize("name", ["disconnect", "delete"])
def test_operation_on_row_deleted_in_the_meantime_shows_a_message(
    zoho: Zoho, admin_client: Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """As a second click on the button does."""
    connection = connect(zoho)

    def delete_meanwhile(response: Any) -> bool:
        Connection.objects.all().delete()
        return True

    monkeypatch.setattr("django_zcrm.oauth.disconnecting.read_revocation", delete_meanwhile)
    assert "The row was deleted." in do(admin_client, name, connection)


def test_connection_with_lost_key_can_be_deleted(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    Connection.objects.update(encrypted_refresh_token="gAAAAA", encrypted_access_token="gAAAAA")
    assert "nothing was deleted" in do(admin_client, "delete", connection)
    assert "left as it was" in do(admin_client, "delete", connection, keep_at_zoho="on")
    assert not Connection.objects.exists()


def test_a_post_to_djangos_own_deletion_deletes_nothing(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    admin_client.post(f"{LIST}{connection.pk}/delete/", {"post": "yes"})
    admin_client.post(
        LIST, {"action": "delete_selected", "_selected_action": connection.pk, "post": "yes"}
    )
    assert fresh(connection).is_usable


@pytest.mark.parametrize("name", ["test", "refresh", "disconnect", "delete"])
def test_action_applies_to_many_connections(zoho: Zoho, admin_client: Client, name: str) -> None:
    rows = [connect(zoho, f"user{number}@example.com") for number in range(3)]
    action = "delete_selected" if name == "delete" else name
    ticked = [row.pk for row in rows]
    response = admin_client.post(LIST, {"action": action, "_selected_action": ticked})
    ids = "%2C".join(str(row.pk) for row in rows)
    assert response["Location"] == f"{LIST}operation/{name}/?ids={ids}"
    page = admin_client.get(response["Location"]).text
    assert all(row.user_identifier in page for row in rows)
    text = do(admin_client, name, *rows)
    assert text.count('class="success"') == 3
    assert LogEntry.objects.count() == 3


def test_actions_are_offered_by_permission(
    zoho: Zoho, admin_client: Client, client: Client
) -> None:
    connect(zoho)
    user = User.objects.create_user("clerk", is_staff=True)
    may = ["view_connection", "test_connection"]
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    client.force_login(user)

    def offered(browser: Client) -> list[str]:
        chooser = browser.get(LIST).text.partition('<select name="action"')[2].partition("</sel")[0]
        return re.findall(r'<option value="([\w-]+)"', chooser)

    assert offered(admin_client) == [
        "test",
        "refresh",
        "hand-over",
        "disconnect",
        "delete_selected",
    ]
    assert offered(client) == ["test"]


def test_failed_operation_does_not_stop_others(zoho: Zoho, admin_client: Client) -> None:
    rows = [connect(zoho, f"user{number}@example.com") for number in range(3)]
    zoho.fail_next("POST /oauth/v2/token/revoke", drop="before", times=1)
    text = do(admin_client, "delete", *rows)
    assert text.count('class="error"') == 1
    assert Connection.objects.count() == 1


def test_action_on_too_many_connections_is_refused(
    zoho: Zoho, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django_zcrm.admin.connections.MAX_SELECTED", 2)
    rows = [connect(zoho, f"user{number}@example.com") for number in range(3)]
    response = admin_client.post(
        LIST,
        {"action": "test", "_selected_action": [row.pk for row in rows]},
        follow=True,
    )
    assert "Choose 2 connections at most." in response.text


@pytest.mark.parametrize("ids", ["", "0", "x", "99999", "-1", "1" * 400, "٣"])
def test_operation_with_unknown_rows_is_refused(admin_client: Client, ids: str) -> None:
    assert admin_client.get(f"{LIST}operation/test/", {"ids": ids}).status_code == 404
    assert admin_client.post(f"{LIST}operation/test/", {"ids": ids}).status_code == 404


def test_admin_with_unknown_operation_returns_404(admin_client: Client) -> None:
    assert admin_client.get(f"{LIST}operation/burn/?ids=1").status_code == 404


@pytest.mark.slow
def test_no_secret_is_written_down(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    secrets: list[str] = []
    for name in ("test", "refresh", "disconnect"):
        for row in (connection, fresh(connection)):
            tokens = token_store().get_oauth_tokens(row)
            secrets += [
                token.reveal() for token in (tokens.access_token, tokens.refresh_token) if token
            ]
        text = do(admin_client, name, connection)
        written = " ".join(str(vars(entry)) for entry in LogEntry.objects.all())
        assert not [secret for secret in secrets if secret in text or secret in written]
    assert len(set(secrets)) == 3  # the refresh brought another access token
