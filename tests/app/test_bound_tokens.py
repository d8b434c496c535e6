"""A ciphertext is worth something in its own row and column alone, and for its own client."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import call_command

from django_zcrm import ConfigurationError, zcrm
from django_zcrm.encryption import decrypt, encrypt
from django_zcrm.models import Connection, Revocation
from django_zcrm.tokens import OAuthTokens, token_store
from django_zcrm.tokens.columns import read_secret
from django_zcrm.zoho.secret import Secret
from tests.app.zoho import Zoho, connect, expire, refreshes

pytestmark = pytest.mark.django_db

ACCESS, REFRESH = "encrypted_access_token", "encrypted_refresh_token"


def get_tokens(connection: Connection) -> OAuthTokens:
    connection.refresh_from_db()
    return token_store().get_oauth_tokens(connection)


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
    assert f"is stored in zcrm.Connection {thief.pk}" in str(caught.value)
    assert "not used" in str(caught.value)
    assert len(zoho.requests) == before
    assert call("victim")


def test_a_token_that_was_copied_to_another_column_is_not_used(zoho: Zoho) -> None:
    row = connect(zoho)
    Connection.objects.update(encrypted_access_token=row.encrypted_refresh_token)
    with pytest.raises(ConfigurationError, match=f"is stored in .*{ACCESS}"):
        call("sales@example.com")


def test_a_token_is_not_used_for_another_client(zoho: Zoho, configure: Callable[..., None]) -> None:
    connect(zoho)
    configure(CLIENT_ID="1000.OTHER")
    Connection.objects.update(client_id="1000.OTHER")
    with pytest.raises(ConfigurationError, match=r"client 1000\.EMULATORCLIENT, but is stored in"):
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


def test_tokens_are_read_after_a_change_of_owner(zoho: Zoho) -> None:
    row = connect(zoho)
    tokens = get_tokens(row)
    row.hand_over(User.objects.create_user("bob"))
    assert get_tokens(row) == tokens


def test_the_same_token_is_never_the_same_ciphertext(zoho: Zoho) -> None:
    assert encrypt("token", "here") != encrypt("token", "here")
    assert decrypt(encrypt("token\n[é]", "here"), "here") == "token\n[é]"
    assert encrypt("", "here") == decrypt("", "here") == ""


def test_unsaved_row_cannot_encrypt_tokens(zoho: Zoho) -> None:
    with pytest.raises(ValueError, match="Save the connection before"):
        token_store().save_oauth_tokens(Connection(), OAuthTokens(Secret("a"), Secret("b")))
    token_store().update_oauth_tokens(Connection(), OAuthTokens(Secret(), Secret()))


def test_rotation_leaves_no_ciphertext_of_the_old_key(
    zoho: Zoho, configure: Callable[..., None]
) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    configure(ENCRYPTION_KEYS=[old])
    first, second = connect(zoho, "first"), connect(zoho, "second")
    tokens = get_tokens(first), get_tokens(second)
    configure(ENCRYPTION_KEYS=[new, old])
    output = StringIO()
    call_command("zcrm_rotate_keys", stdout=output)
    assert "2 re-encrypted, 0 with" in output.getvalue()
    configure(ENCRYPTION_KEYS=[new])
    assert (get_tokens(first), get_tokens(second)) == tokens


def test_rotating_keys_does_not_bind_what_belongs_elsewhere(zoho: Zoho) -> None:
    victim, thief = connect(zoho, "victim"), connect(zoho, "thief")
    Connection.objects.filter(pk=thief.pk).update(
        encrypted_refresh_token=victim.encrypted_refresh_token
    )
    complaints = StringIO()
    with pytest.raises(Exception, match="could not be read"):
        call_command("zcrm_rotate_keys", stdout=StringIO(), stderr=complaints)
    assert (
        f"thief @ {thief.organisation_name}: A stored token was encrypted for"
        in complaints.getvalue()
    )
    with pytest.raises(ConfigurationError, match="was encrypted for"):
        get_tokens(thief)
