"""A row that was read a while ago may be saved: what a refresh has stored since is kept."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError

from django_zcrm import zcrm
from django_zcrm.models import Connection
from django_zcrm.tokens import renew_now, token_store
from tests.app.zoho import Zoho, connect, expire, refreshes

pytestmark = pytest.mark.django_db


def owned_late(row: Connection) -> None:
    row.owner = User.objects.create_user("alice")
    row.save()


@pytest.mark.parametrize("again", [False, True])
def test_save_keeps_the_tokens_of_a_refresh(zoho: Zoho, again: bool) -> None:
    made = connect(zoho)
    row = Connection.objects.get() if again else made
    renewed = renew_now(row)
    owned_late(row)
    stored = Connection.objects.get()
    assert stored.owner
    assert stored.token_version == renewed.token_version
    assert stored.expires_at == renewed.expires_at
    assert token_store().get_oauth_tokens(stored) == token_store().get_oauth_tokens(renewed)
    assert zcrm.for_identifier("sales@example.com").request("GET", "/crm/{version}/org")["org"]
    assert refreshes(zoho) == 1


def test_keys_that_were_rotated_are_kept(zoho: Zoho, configure: Callable[..., None]) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    configure(ENCRYPTION_KEYS=[old])
    row = connect(zoho)
    configure(ENCRYPTION_KEYS=[new, old])
    call_command("zcrm_rotate_keys", stdout=StringIO())
    owned_late(row)
    configure(ENCRYPTION_KEYS=[new])
    assert token_store().get_oauth_tokens(Connection.objects.get()).refresh_token


def test_save_writes_own_changes(zoho: Zoho) -> None:
    row = connect(zoho)
    for state in (Connection.State.CONSENT_WITHDRAWN, Connection.State.CONNECTED):
        row.state = state
        row.save()
        assert Connection.objects.get().state == state
    expire(row)
    row.refresh_from_db()
    Connection.objects.update(last_error="in the meantime")
    row.save()
    assert Connection.objects.get().last_error == "in the meantime"


def test_save_with_deferred_fields_does_not_write_them(zoho: Zoho) -> None:
    connect(zoho)
    row = Connection.objects.only("organisation_name").get()
    renewed = renew_now(row)
    row.organisation_name = "Renamed"
    row.save()
    stored = Connection.objects.get()
    assert (stored.organisation_name, stored.token_version) == ("Renamed", renewed.token_version)


def test_save_of_deleted_row_does_not_recreate_it(zoho: Zoho) -> None:
    row = connect(zoho)
    Connection.objects.all().delete()
    with pytest.raises(DatabaseError):
        row.save()
