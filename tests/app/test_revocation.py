"""A user who leaves leaves no valid refresh token behind, whether Zoho can be reached or not."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction

from django_zcrm import zcrm
from django_zcrm.models import Connection, ConnectionHistory, Revocation
from django_zcrm.oauth import connect_with_grant_token, revocation
from django_zcrm.oauth.grants import ConnectionTarget
from django_zcrm.tokens import OAuthTokens, token_store
from django_zcrm.zoho.secret import Secret
from tests.app.zoho import Zoho, connect

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def rested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(revocation._rest, "until", 0.0)


@pytest.fixture
def user() -> User:
    return User.objects.create_user("alice")


def grant(zoho: Zoho, user: User) -> Connection:
    return connect_with_grant_token(
        zoho.grant_code("ZohoCRM.modules.ALL,ZohoCRM.org.READ"), ConnectionTarget(owner=user)
    )


def live(zoho: Zoho) -> int:
    """How many refresh tokens Zoho would still accept."""
    return len(zoho.emulator.zoho.grants.refresh_tokens)


def away(zoho: Zoho) -> None:
    zoho.fail_next("POST /oauth/v2/token/revoke", times=None, drop="before")


@pytest.mark.parametrize("how", ["user", "users", "connection", "connections"])
def test_a_deleted_user_leaves_nothing(zoho: Zoho, user: User, how: str) -> None:
    connection = grant(zoho, user)
    assert live(zoho) == 1
    if how == "user":
        user.delete()
    elif how == "users":
        User.objects.all().delete()
    elif how == "connection":
        connection.delete()
    else:
        Connection.objects.all().delete()
    assert live(zoho) == 0
    assert not Revocation.objects.exists()
    assert not Connection.objects.exists()


def test_a_deactivated_user_leaves_nothing(zoho: Zoho, user: User) -> None:
    connection = grant(zoho, user)
    user.first_name = "Alice"
    user.save()
    user.is_active = False
    user.save(update_fields=["first_name"])
    assert live(zoho) == 1
    user.save(update_fields=["is_active"])
    assert live(zoho) == 0
    connection.refresh_from_db()
    assert connection.state == Connection.State.DISCONNECTED
    assert token_store().get_oauth_tokens(connection).refresh_token == ""
    user.save()
    zoho.assert_called("POST", "/oauth/v2/token/revoke", times=1)


def test_tokens_replaced_by_a_reconnect_are_revoked_with_the_last(zoho: Zoho, user: User) -> None:
    connection = grant(zoho, user)
    assert grant(zoho, user) == connection == grant(zoho, user)
    assert (live(zoho), Revocation.objects.count(), Revocation.objects.due().count()) == (3, 2, 0)
    zcrm.disconnect(connection)
    assert live(zoho) == 0
    assert not Revocation.objects.exists()


def test_reused_refresh_token_is_not_revoked(zoho: Zoho) -> None:
    connection = zcrm.generate_auth_tokens("a", zoho.grant_code("ZohoCRM.modules.ALL"))
    token = token_store().get_oauth_tokens(connection).refresh_token
    for _ in range(2):  # the SDK requires this at every start of the server
        assert zcrm.generate_auth_token_from_refresh_token("a", token) == connection
    assert not Revocation.objects.exists()


def test_token_stored_again_is_not_revoked_later(zoho: Zoho) -> None:
    rows = [connect(zoho, name) for name in ("lost", "a")]
    token = token_store().get_oauth_tokens(rows[1]).refresh_token
    away(zoho)
    for row in rows:
        row.delete()
    zoho.stop_failing()
    Revocation.objects.filter(name__startswith="lost").update(encrypted_token="lost")
    zcrm.generate_auth_token_from_refresh_token("a", token)
    assert Revocation.objects.get().encrypted_token == "lost"
    revocation.revoke_due("default")
    assert token in zoho.emulator.zoho.grants.refresh_tokens


def test_an_unreachable_zoho_blocks_no_deletion(
    zoho: Zoho, user: User, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    token = token_store().get_oauth_tokens(grant(zoho, user)).refresh_token.reveal()
    away(zoho)
    user.delete()
    assert not User.objects.exists()
    left = Revocation.objects.get()
    assert left.attempts == 1
    assert token not in f"{left.encrypted_token}{left.last_error}{caplog.text}{left!r}"
    with pytest.raises(CommandError, match="could not be revoked"):
        call_command("zcrm_revoke_outstanding")
    zoho.stop_failing()
    call_command("zcrm_revoke_outstanding")
    assert "1 token revoked, 0 left" in capsys.readouterr().out
    assert live(zoho) == 0


def test_token_revoked_by_two_sweeps_is_recorded_once(
    zoho: Zoho, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant(zoho, user)
    away(zoho)
    user.delete()
    zoho.stop_failing()

    def sweep_meanwhile(response: Any) -> bool:
        monkeypatch.undo()
        assert revocation.revoke_due("default").revoked == 1
        return True

    monkeypatch.setattr(revocation, "read_revocation", sweep_meanwhile)
    assert revocation.revoke_due("default") == (0, 0)
    assert ConnectionHistory.objects.filter(change="revoked").count() == 1


def test_deleting_many_waits_for_zoho_once(zoho: Zoho) -> None:
    for name in "abcde":
        grant(zoho, User.objects.create_user(name))
    away(zoho)
    User.objects.all().delete()
    assert Revocation.objects.count() == 5
    assert len(zoho.requests_to("*", "/oauth/v2/token/revoke")) <= 2  # the transport may reconnect


def test_a_rollback_revokes_nothing(zoho: Zoho, user: User) -> None:
    grant(zoho, user)
    with transaction.atomic():
        user.delete()
        assert live(zoho) == 1
        transaction.set_rollback(True)
    assert live(zoho) == 1
    assert not Revocation.objects.exists()


def test_command_ends_connections_deactivated_by_update(
    zoho: Zoho, user: User, capsys: pytest.CaptureFixture[str]
) -> None:
    grant(zoho, user)
    connect(zoho)
    User.objects.update(is_active=False)
    assert live(zoho) == 2
    call_command("zcrm_revoke_outstanding")
    assert "1 connection of inactive owners ended, 1 token revoked, 0 left" in (
        capsys.readouterr().out
    )
    assert live(zoho) == 1
    assert Connection.objects.usable().get().owner is None


def test_lost_key_does_not_block_revocation(
    zoho: Zoho, user: User, caplog: pytest.LogCaptureFixture
) -> None:
    first = grant(zoho, user)
    Connection.objects.update(encrypted_refresh_token="lost", encrypted_access_token="lost")
    user.is_active = False
    user.save()
    first.refresh_from_db()
    assert first.state == Connection.State.DISCONNECTED
    Connection.objects.update(encrypted_refresh_token="lost")
    user.delete()
    assert "will not be revoked" in caplog.text


def test_deletion_without_revoke_makes_no_call(zoho: Zoho, user: User) -> None:
    connection = grant(zoho, user)
    grant(zoho, user)
    connection.refresh_from_db()
    zcrm.disconnect(connection, revoke=False)
    connection.delete()
    assert live(zoho) == 2
    zoho.assert_not_called("POST", "/oauth/v2/token/revoke")


class ForgetfulStore:
    """A token store in the memory of one process."""

    tokens: dict[int, OAuthTokens] = {}  # noqa: RUF012

    def save_oauth_tokens(self, connection: Connection, tokens: OAuthTokens) -> None:
        self.tokens[connection.pk] = tokens

    update_oauth_tokens = save_oauth_tokens

    def get_oauth_tokens(self, connection: Connection) -> OAuthTokens:
        return self.tokens[connection.pk]


def test_deletion_empties_a_custom_token_store(zoho: Zoho, user: User, configure: Any) -> None:
    configure(TOKEN_STORE=f"{__name__}.ForgetfulStore")
    connection = grant(zoho, user)
    pk = connection.pk
    assert ForgetfulStore.tokens[pk].refresh_token
    user.delete()
    assert live(zoho) == 0
    assert ForgetfulStore.tokens[pk] == OAuthTokens(Secret(), Secret())


def test_outstanding_tokens_are_rotated(zoho: Zoho, user: User, configure: Any) -> None:
    grant(zoho, user)
    away(zoho)
    user.delete()
    before = Revocation.objects.get().encrypted_token
    configure(ENCRYPTION_KEYS=[Fernet.generate_key().decode()])
    call_command("zcrm_rotate_keys", stdout=StringIO())
    assert Revocation.objects.get().encrypted_token != before
    zoho.stop_failing()
    call_command("zcrm_revoke_outstanding", stdout=StringIO())
    assert live(zoho) == 0
