"""The commands: connect from a terminal, take over the SDK's table, change keys."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.management.commands import zcrm_import_tokens
from django_zcrm.models import Connection, Revocation
from django_zcrm.tokens import OAuthTokens, renew_now, token_store
from django_zcrm.zoho.secret import Secret, reveal
from tests.app.zoho import Zoho, connect, refreshes

pytestmark = pytest.mark.django_db


def run(name: str, *args: str) -> str:
    out = io.StringIO()
    call_command(name, *args, stdout=out, stderr=out)
    return out.getvalue()


def test_connect_reads_the_grant_token_from_standard_input(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = zoho.grant_code()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{code}\n"))
    out = run("zcrm_connect", "--identifier", "sales@example.com")
    assert "Connected: sales@example.com @ " in out
    assert "site's default" in out
    assert code not in out
    assert zcrm.request("GET", "/crm/{version}/org")["org"]


def test_connect_asks_without_echo_on_a_terminal(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = zoho.grant_code()
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr("getpass.getpass", lambda prompt: code)
    assert "Connected: " in run("zcrm_connect")
    assert Connection.objects.get().user_identifier == Connection.objects.get().zoho_user_email


def test_ctrl_d_at_the_question_for_a_token_connects_nothing(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Mock(**{"isatty.return_value": True}))
    monkeypatch.setattr("getpass.getpass", Mock(side_effect=EOFError))
    with pytest.raises(CommandError, match="No token was given"):
        run("zcrm_connect")


def test_connect_takes_a_refresh_token(zoho: Zoho, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh_token = token_store().get_oauth_tokens(connect(zoho)).refresh_token
    monkeypatch.setattr("sys.stdin", io.StringIO(refresh_token.reveal()))
    run("zcrm_connect", "--refresh-token", "--identifier", "other@example.com")
    assert zcrm.for_identifier("other@example.com").request("GET", "/crm/{version}/org")["org"]


def test_failed_connect_prints_reason(zoho: Zoho, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1000.used.before"))
    with pytest.raises(CommandError, match="used already"):
        run("zcrm_connect")
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    with pytest.raises(CommandError, match="No token"):
        run("zcrm_connect")
    assert not Connection.objects.exists()


@pytest.fixture
def sdk_table() -> Iterator[Callable[..., None]]:
    """Make the table as Zoho's Node SDK documents it; return a function that adds a row."""
    with database.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE oauthtokens (useridentifier varchar(100), accesstoken varchar(100), "
            "refreshtoken varchar(100), expirytime bigint)"
        )

    def add(identifier: str, access: str | Secret, refresh: str | Secret, **life: float) -> None:
        expiry = int((timezone.now() + timedelta(**life)).timestamp() * 1000)
        with database.cursor() as cursor:
            cursor.execute(
                "INSERT INTO oauthtokens VALUES (%s, %s, %s, %s)",
                [identifier, reveal(access), reveal(refresh), expiry],
            )

    yield add
    with database.cursor() as cursor:
        cursor.execute("DROP TABLE oauthtokens")


@pytest.mark.django_db(transaction=True)  # MariaDB's CREATE TABLE ends a transaction
def test_import_takes_no_owners_connection(zoho: Zoho, sdk_table: Callable[..., None]) -> None:
    row = connect(zoho)
    owner = User.objects.create_user("ann")
    row.hand_over(owner)
    before = Connection.objects.values().get()
    for name in ("sales@example.com", f"user:{owner.pk}", f"user:{owner.pk + 1}"):
        sdk_table(name, "1000.access", "1000.refresh", hours=9)
    assert "3 skipped" in run("zcrm_import_tokens", "--database", "default")
    assert Connection.objects.values().get() == before


@pytest.mark.django_db(transaction=True)  # MariaDB's CREATE TABLE ends a transaction
def test_import_tokens_creates_connections_from_sdk_table(
    zoho: Zoho, sdk_table: Callable[..., None]
) -> None:
    ours = connect(zoho)
    theirs = token_store().get_oauth_tokens(ours)
    zcrm.disconnect(ours, revoke=False)
    ours.delete()
    sdk_table("sales@example.com", "old", "older", hours=-5)
    sdk_table("sales@example.com", theirs.access_token, theirs.refresh_token, minutes=-5)
    sdk_table("lost@example.com", "access", "", hours=1)

    dry = run("zcrm_import_tokens", "--database", "default", "--dry-run")
    assert "1 created, 0 updated, 0 unchanged, 1 skipped; nothing was written" in dry
    assert not Connection.objects.exists()

    out = run("zcrm_import_tokens", "--database", "default")
    assert "1 created, 0 updated, 0 unchanged, 1 skipped" in out
    assert theirs.refresh_token.reveal() not in out
    connection = Connection.objects.get()
    assert connection.is_default
    assert theirs.refresh_token.reveal() not in connection.encrypted_refresh_token

    def rows() -> list[Any]:
        return list(Connection.objects.values())

    before = rows()
    assert "0 created, 0 updated, 1 unchanged" in run("zcrm_import_tokens", "--database", "default")
    assert rows() == before

    # Both tokens work: the access token has ended, so this takes the refresh token.
    assert zcrm.for_identifier("sales@example.com").request("GET", "/crm/{version}/org")["org"]
    assert refreshes(zoho) == 1
    assert "1 unchanged" in run("zcrm_import_tokens", "--database", "default")

    sdk_table("sales@example.com", "newer", "newest", hours=9)
    assert "1 updated" in run("zcrm_import_tokens", "--database", "default")
    assert token_store().get_oauth_tokens(Connection.objects.get()).access_token == "newer"


@pytest.mark.django_db(transaction=True)
def test_import_tokens_prints_reason_for_skipped_row(
    zoho: Zoho, sdk_table: Callable[..., None], configure: Callable[..., None]
) -> None:
    alice = User.objects.create_user("alice")
    connection = connect(zoho, "alices")
    connection.owner = alice
    connection.save()
    sdk_table("", "access", "refresh", hours=1)
    sdk_table("lost@example.com", "access", "", hours=1)
    sdk_table("twice@example.com", "old", "", hours=-5)
    sdk_table("twice@example.com", "new", "newer", hours=1)
    sdk_table("user:7", "access", "refresh", hours=1)
    sdk_table("alices", "access", "refresh", hours=9)
    sdk_table("good@example.com", "access", "refresh", hours=1)
    expected = {
        "(no identifier)": "skipped: it has no useridentifier, and ZCRM['USER_IDENTIFIER']",
        "lost@example.com": "skipped: it has no refresh token",
        "twice@example.com (the newest of 2 rows)": "created",
        "user:7": "skipped: user_identifier 'user:7': names that begin with",
        "alices": "skipped: user_identifier 'alices' is the name of a connection that belongs to",
        "good@example.com": "created",
    }
    for dry_run in (["--dry-run"], []):
        *lines, summary = run("zcrm_import_tokens", "--database", "default", *dry_run).splitlines()
        assert len(lines) == len(expected)
        for name, outcome in expected.items():
            word, _, reason = outcome.partition(": ")
            [line] = [line for line in lines if line.split(maxsplit=1)[1].startswith(name)]
            assert line.startswith(f"{word:<10} {name}" + (f": {reason}" if reason else ""))
        assert summary.startswith("2 created, 0 updated, 0 unchanged, 4 skipped")
    alices = token_store().get_oauth_tokens(Connection.objects.get(owner=alice))
    assert alices.access_token != "access"


@pytest.mark.django_db(transaction=True)
def test_import_undoes_no_refresh_of_the_same_moment(
    zoho: Zoho, sdk_table: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = connect(zoho)
    Connection.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    sdk_table("sales@example.com", "theirs", "theirs", minutes=30)
    renewed: list[Connection] = []

    def is_news(connection: Connection, theirs: OAuthTokens) -> bool:
        news = judged(connection, theirs)
        if not renewed:
            renewed.append(renew_now(row))
        return news

    judged = zcrm_import_tokens._is_news
    monkeypatch.setattr(zcrm_import_tokens, "_is_news", is_news)
    assert "1 unchanged" in run("zcrm_import_tokens", "--database", "default")
    row.refresh_from_db()
    assert row.token_version == renewed[0].token_version
    assert token_store().get_oauth_tokens(row).access_token != "theirs"


@pytest.mark.django_db(transaction=True)
def test_imported_token_is_not_revoked_later(zoho: Zoho, sdk_table: Callable[..., None]) -> None:
    row = connect(zoho)
    tokens = token_store().get_oauth_tokens(row)
    zoho.fail_next("POST /oauth/v2/token/revoke", times=None, drop="before")
    row.delete()
    assert Revocation.objects.exists()
    sdk_table("sales@example.com", tokens.access_token, tokens.refresh_token, minutes=30)
    assert "1 created" in run("zcrm_import_tokens", "--database", "default")
    assert not Revocation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_import_tokens_skips_incomparable_rows(zoho: Zoho, sdk_table: Callable[..., None]) -> None:
    connect(zoho)
    other = connect(zoho, "other@example.com")
    Connection.objects.update(encrypted_refresh_token=other.encrypted_refresh_token)
    sdk_table("sales@example.com", "theirs", "theirs", hours=9)
    out = run("zcrm_import_tokens", "--database", "default")
    assert "1 skipped" in out
    assert "was encrypted for" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--database", "nowhere"], "no 'nowhere'"),
        (["--database", "default", "--table", 'x"; drop'], "cannot be read"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_import_tokens_with_wrong_arguments_raises(
    zoho: Zoho, args: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        run("zcrm_import_tokens", *args)


def test_keys_are_changed_and_the_old_one_can_go(
    zoho: Zoho, configure: Callable[..., None]
) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    configure(ENCRYPTION_KEYS=[old])
    tokens = token_store().get_oauth_tokens(connect(zoho))
    configure(ENCRYPTION_KEYS=[new, old])
    assert "1 re-encrypted, 0 with" in run("zcrm_rotate_keys")
    configure(ENCRYPTION_KEYS=[new])
    assert token_store().get_oauth_tokens(Connection.objects.get()) == tokens


def test_rotate_keys_with_lost_key_names_row_and_keeps_it(
    zoho: Zoho, configure: Callable[..., None]
) -> None:
    configure(ENCRYPTION_KEYS=[Fernet.generate_key().decode()])
    connect(zoho)
    configure(ENCRYPTION_KEYS=[Fernet.generate_key().decode()])
    before = list(Connection.objects.values())
    with pytest.raises(CommandError, match="could not be read"):
        run("zcrm_rotate_keys")
    assert list(Connection.objects.values()) == before
