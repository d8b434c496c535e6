"""A ciphertext is worth something in its own row and column alone, and for its own client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from django_zcrm import ConfigurationError, zcrm
from django_zcrm.encryption import binding, decrypt, encrypt
from django_zcrm.models import Connection, Revocation
from django_zcrm.tokens import OAuthTokens, token_store
from django_zcrm.tokens.columns import BINDS, read_secret
from django_zcrm.zoho.secret import Secret
from tests.app.zoho import Zoho, connect, expire, refreshes

pytestmark = pytest.mark.django_db

ACCESS, REFRESH = "encrypted_access_token", "encrypted_refresh_token"


def stored(connection: Connection) -> OAuthTokens:
    connection.refresh_from_db()
    return token_store().get_oauth_tokens(connection)


def unbind(connection: Connection) -> OAuthTokens:
    """Store the tokens as older releases did; return them."""
    tokens = stored(connection)
    Connection.objects.filter(pk=connection.pk).update(
        encrypted_access_token=encrypt(tokens.access_token),
        encrypted_refresh_token=encrypt(tokens.refresh_token),
    )
    return tokens


@pytest.fixture
def not_yet_migrated() -> None:
    MigrationRecorder(database).record_unapplied(*BINDS)


def away(zoho: Zoho) -> None:
    zoho.fail_next("POST /oauth/v2/token/revoke", times=None, drop="before")


def call(identifier: str) -> Any:
    return zcrm.for_identifier(identifier).request("GET", "/crm/{version}/org")["org"]


@pytest.mark.parametrize("column", [ACCESS, REFRESH])
def test_a_token_that_was_copied_to_another_row_is_not_used(zoho: Zoho, column: str) -> None:
    victim, thief = connect(zoho, "victim"), connect(zoho, "thief")
    Connection.objects.filter(pk=thief.pk).update(**{column: getattr(victim, column)})
    expire(thief)
    before = len(zoho.requests)
    with pytest.raises(ConfigurationError, match=rf"Connection {victim.pk}, {column}") as caught:
        call("thief")
    assert f"stands in zcrm.Connection {thief.pk}" in str(caught.value)
    assert "not used" in str(caught.value)
    assert len(zoho.requests) == before
    assert call("victim")


def test_a_token_that_was_copied_to_another_column_is_not_used(zoho: Zoho) -> None:
    row = connect(zoho)
    Connection.objects.update(encrypted_access_token=row.encrypted_refresh_token)
    with pytest.raises(ConfigurationError, match=f"stands in .*{ACCESS}"):
        call("sales@example.com")


def test_a_token_is_not_used_for_another_client(zoho: Zoho, configure: Callable[..., None]) -> None:
    connect(zoho)
    configure(CLIENT_ID="1000.OTHER")
    Connection.objects.update(client_id="1000.OTHER")
    with pytest.raises(ConfigurationError, match=r"client 1000\.EMULATORCLIENT, and stands in"):
        call("sales@example.com")
    assert refreshes(zoho) == 0


def test_a_token_to_be_revoked_is_bound_to_its_row(zoho: Zoho, caplog: Any) -> None:
    victim, other = connect(zoho, "victim"), connect(zoho, "other")
    away(zoho)
    other.delete()
    left = Revocation.objects.get()
    assert read_secret(left, "encrypted_token") == read_secret(left, "encrypted_token") != ""
    zoho.stop_failing()
    Revocation.objects.update(encrypted_token=victim.encrypted_refresh_token)
    before = len(zoho.requests)
    with pytest.raises(Exception, match="could not be revoked"):
        call_command("zcrm_revoke_outstanding", stdout=StringIO())
    assert f"Connection {victim.pk}, {REFRESH}" in Revocation.objects.get().last_error
    assert len(zoho.requests) == before


def test_changing_hands_unbinds_nothing(zoho: Zoho) -> None:
    row = connect(zoho)
    tokens = stored(row)
    row.hand_over(User.objects.create_user("bob"))
    assert stored(row) == tokens


def test_the_same_token_is_never_the_same_ciphertext(zoho: Zoho) -> None:
    assert encrypt("token", "here") != encrypt("token", "here")
    assert decrypt(encrypt("token\n[é]", "here"), "here") == "token\n[é]"
    assert encrypt("", "here") == decrypt("", "here") == ""


def test_bound_and_unbound_are_never_taken_for_each_other(zoho: Zoho) -> None:
    """Not by an older release either, which would send the place along with the token."""
    with pytest.raises(ConfigurationError, match="key that is neither"):
        decrypt(encrypt("token", "here"))
    with pytest.raises(ConfigurationError, match="not bound to its place, here"):
        decrypt(encrypt("token"), "here")


def test_a_row_that_was_not_saved_has_no_place(zoho: Zoho) -> None:
    with pytest.raises(ValueError, match="Save the connection before"):
        token_store().save_oauth_tokens(Connection(), OAuthTokens(Secret("a"), Secret("b")))
    token_store().update_oauth_tokens(Connection(), OAuthTokens(Secret(), Secret()))


def test_until_the_migration_has_run_tokens_of_an_older_release_work(
    zoho: Zoho, not_yet_migrated: None
) -> None:
    row = connect(zoho)
    tokens = unbind(row)
    assert call("sales@example.com")
    expire(row)
    assert call("sales@example.com")
    assert stored(row).refresh_token == tokens.refresh_token
    assert decrypt(row.encrypted_access_token, binding(row, ACCESS)) != tokens.access_token


def test_afterwards_they_do_not_work_before_they_are_bound(zoho: Zoho) -> None:
    """They might come from another row, in an old backup."""
    row = connect(zoho)
    tokens = unbind(row)
    with pytest.raises(ConfigurationError, match="zcrm_rotate_keys"):
        call("sales@example.com")
    call_command("zcrm_rotate_keys", stdout=StringIO())
    assert stored(row) == tokens
    assert call("sales@example.com")


def test_rotating_keys_binds_and_leaves_no_old_key(
    zoho: Zoho, configure: Callable[..., None]
) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    configure(ENCRYPTION_KEYS=[old])
    bound, unbound = connect(zoho, "bound"), connect(zoho, "unbound")
    tokens = stored(bound), unbind(unbound)
    configure(ENCRYPTION_KEYS=[new, old])
    said = StringIO()
    call_command("zcrm_rotate_keys", stdout=said)
    assert "2 re-encrypted, 0 with" in said.getvalue()
    configure(ENCRYPTION_KEYS=[new])
    assert (stored(bound), stored(unbound)) == tokens


def test_rotating_keys_does_not_bind_what_belongs_elsewhere(zoho: Zoho) -> None:
    victim, thief = connect(zoho, "victim"), connect(zoho, "thief")
    Connection.objects.filter(pk=thief.pk).update(
        encrypted_refresh_token=victim.encrypted_refresh_token
    )
    complaints = StringIO()
    with pytest.raises(Exception, match="could not be read"):
        call_command("zcrm_rotate_keys", stdout=StringIO(), stderr=complaints)
    assert f"thief @ {thief.organisation_name}: A stored token belongs to" in complaints.getvalue()
    with pytest.raises(ConfigurationError, match="belongs to another place"):
        stored(thief)


@pytest.fixture
def migrate() -> Iterator[Callable[[str], None]]:
    def run(name: str) -> None:
        executor = MigrationExecutor(database)
        executor.migrate([("zcrm", name)])

    yield run
    executor = MigrationExecutor(database)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_migration_binds_in_place_and_back(
    zoho: Zoho,
    migrate: Callable[[str], None],
    configure: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    lost = Fernet.generate_key().decode()
    row, unreadable = connect(zoho), connect(zoho, "unreadable")
    tokens = stored(row)
    ciphertext = Fernet(lost).encrypt(b"1000.token").decode()
    Connection.objects.filter(pk=unreadable.pk).update(encrypted_refresh_token=ciphertext)
    away(zoho)
    doomed = connect(zoho, "doomed")
    doomed_token = stored(doomed).refresh_token
    doomed.delete()

    migrate("0003_revocation")
    pairs = Connection.objects.order_by("pk").values_list(ACCESS, REFRESH)
    assert tuple(map(decrypt, pairs[0])) == (tokens.access_token, tokens.refresh_token)
    assert decrypt(Revocation.objects.values().get()["encrypted_token"]) == doomed_token

    capsys.readouterr()
    for _ in range(2):  # the second time nothing is left to do
        MigrationRecorder(database).record_unapplied(*BINDS)
        migrate(BINDS[1])
        access, refresh = pairs.all()[0]
        assert decrypt(access, binding(row, ACCESS)) == tokens.access_token
        assert decrypt(refresh, binding(row, REFRESH)) == tokens.refresh_token
        left = Revocation.objects.get()
        assert decrypt(left.encrypted_token, binding(left, "encrypted_token")) == doomed_token
        assert pairs.all()[1][1] == ciphertext
        printed = capsys.readouterr().out
        assert printed.count(f"connection {unreadable.pk} is left as it is") == 1
