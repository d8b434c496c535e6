"""The front door: which connection a client is bound to, and what a client costs."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, User

from django_zcrm import ConfigurationError, ConsentWithdrawn, Invalid, NotConnected, zcrm
from django_zcrm.models import Connection, Revocation
from django_zcrm.oauth.disconnecting import delete
from django_zcrm.signals import connected, disconnected
from django_zcrm.testing.standalone import ALL_SCOPES
from django_zcrm.tokens import token_store
from tests.app.zoho import Zoho, connect, expire, org, owned_by, refreshes

pytestmark = pytest.mark.django_db


def test_a_grant_token_makes_a_connection_that_works(zoho: Zoho) -> None:
    row = connect(zoho)
    assert row.organisation_id == org(zcrm.for_identifier("sales@example.com"))["zgid"]
    assert row.organisation_name
    assert row.zoho_user_email
    assert row.zoho_user_id
    assert row.data_center == "us"
    assert set(row.granted_scopes) == set(ALL_SCOPES.split(","))


def test_grant_sends_sdk_parameters_and_few_calls(zoho: Zoho) -> None:
    connect(zoho)
    calls = [(request.method, request.path) for request in zoho.requests]
    assert calls == [
        ("POST", "/oauth/v2/token"),
        ("GET", "/crm/v8/org"),
        ("GET", "/crm/v8/users"),
    ]
    form = zoho.requests[0].form
    assert form is not None
    assert set(form) == {"grant_type", "client_id", "client_secret", "redirect_uri", "code"}


def test_an_identifier_keeps_one_connection(zoho: Zoho) -> None:
    first = connect(zoho)
    second = connect(zoho)
    assert second.pk == first.pk
    third = connect(zoho.add_organisation("Other Ltd"))
    assert third.pk == first.pk
    assert Connection.objects.get().organisation_name == "Other Ltd"
    assert org(zcrm.for_identifier("sales@example.com"))["company_name"] == "Other Ltd"


def test_a_grant_without_scopes_to_read_the_profile_is_stored(zoho: Zoho) -> None:
    row = connect(zoho, scopes="ZohoCRM.modules.ALL")
    assert row.organisation_id == ""
    assert zcrm.for_identifier("sales@example.com").session.tokens.current().value
    # A later grant fills in what it shows.
    assert connect(zoho).pk == row.pk
    assert Connection.objects.get().organisation_id


@pytest.mark.parametrize(
    ("former", "scopes", "expected"),
    [
        ("ZohoCRM.modules.ALL", ALL_SCOPES, False),
        (ALL_SCOPES, "ZohoCRM.modules.ALL", False),
        ("ZohoCRM.modules.ALL", "ZohoCRM.modules.ALL", True),
        (ALL_SCOPES, ALL_SCOPES, True),
    ],
)
def test_grant_without_refresh_token_keeps_the_one_of_its_organisation_only(
    zoho: Zoho, former: str, scopes: str, expected: bool
) -> None:
    """Zoho issues none to a second consent without `prompt=consent`."""
    row = connect(zoho, scopes=former)
    refresh_token = token_store().get_oauth_tokens(row).refresh_token
    code = zoho.grant_code(scopes)
    zoho.emulator.zoho.grants.codes[code].gives_refresh_token = False
    again = zcrm.generate_auth_tokens("sales@example.com", code)
    assert again.pk == row.pk
    stored = token_store().get_oauth_tokens(again).refresh_token
    assert stored == (refresh_token if expected else "")
    assert Revocation.objects.count() == (not expected)


def test_grant_without_user_scope_uses_account_info(zoho: Zoho) -> None:
    row = connect(zoho, scopes="ZohoCRM.modules.ALL,AaaServer.profile.READ")
    assert "@" in row.zoho_user_email


def test_a_refresh_token_from_elsewhere_makes_a_connection(zoho: Zoho) -> None:
    refresh_token = token_store().get_oauth_tokens(connect(zoho)).refresh_token
    row = zcrm.generate_auth_token_from_refresh_token("b@example.com", refresh_token)
    assert token_store().get_oauth_tokens(row).refresh_token == refresh_token
    assert org(zcrm.for_identifier("b@example.com"))
    with pytest.raises(ConsentWithdrawn):
        zcrm.generate_auth_token_from_refresh_token("c@example.com", "1000.unknown.token")
    with pytest.raises(NotConnected):
        zcrm.for_identifier("c@example.com")


@pytest.mark.parametrize("identifier", ["x" * 255, "a\0b"])
def test_an_identifier_that_cannot_be_kept_costs_no_grant(zoho: Zoho, identifier: str) -> None:
    code = zoho.grant_code()
    with pytest.raises(ConfigurationError, match="254 characters"):
        zcrm.generate_auth_tokens(identifier, code)
    with pytest.raises(ConfigurationError, match="254 characters"):
        zcrm.generate_auth_token_from_refresh_token(identifier, "1000.token")
    assert zcrm.generate_auth_tokens("x" * 254, code).user_identifier == "x" * 254


def test_a_used_grant_token_is_refused(zoho: Zoho) -> None:
    code = zoho.grant_code()
    zcrm.generate_auth_tokens("a@example.com", code)
    with pytest.raises(Invalid, match="used already"):
        zcrm.generate_auth_tokens("a@example.com", code)


def test_a_change_of_expiry_is_seen_by_the_next_client(zoho: Zoho) -> None:
    connect(zoho)
    first = zcrm.for_identifier("sales@example.com")
    assert org(first)
    expire(Connection.objects.get())
    assert org(first)
    assert refreshes(zoho) == 0
    assert org(zcrm.for_identifier("sales@example.com"))
    assert refreshes(zoho) == 1


def test_making_a_client_takes_one_query(zoho: Zoho, django_assert_num_queries: Any) -> None:
    connect(zoho)
    with django_assert_num_queries(1):
        zcrm.for_identifier("sales@example.com")


def test_for_user_finds_the_users_own(zoho: Zoho) -> None:
    alice, bob = (User.objects.create_user(name) for name in ("alice", "bob"))
    owned_by(alice, connect(zoho, "a"))
    connect(zoho, "site")
    assert org(zcrm.for_user(alice))
    with pytest.raises(NotConnected, match="zcrm:connect"):
        zcrm.for_user(bob)


@pytest.mark.parametrize(
    ("user", "kind", "words"),
    [
        (None, NotConnected, "takes a user, not NoneType; zcrm itself"),
        (AnonymousUser(), NotConnected, "not logged in.*zcrm itself"),
        ("alice", TypeError, "takes a user, not str"),
        (7, TypeError, "takes a user, not int"),
    ],
)
def test_for_user_with_other_object_raises(
    zoho: Zoho, user: Any, kind: type[Exception], words: str
) -> None:
    connect(zoho)
    with pytest.raises(kind, match=words):
        zcrm.for_user(user)
    with pytest.raises(kind, match=words):
        async_to_sync(zcrm.afor_user)(user)


def test_client_has_a_copy_of_its_connection(zoho: Zoho, django_assert_num_queries: Any) -> None:
    connection = connect(zoho)
    crm = zcrm.for_connection(connection)
    with django_assert_num_queries(0):
        assert crm.connection == connection
    crm.connection.organisation_name = "changed"
    assert crm.connection.organisation_name == connection.organisation_name
    assert zcrm.connection == connection


def test_client_has_the_limits_of_its_organisation(zoho: Zoho) -> None:
    crm = zcrm.for_connection(connect(zoho))
    assert crm.limits() == async_to_sync(crm.alimits)() == zcrm.limits()
    assert crm.limits().in_use == 0


def test_for_owner_without_owner_raises(zoho: Zoho) -> None:
    connect(zoho)
    with pytest.raises(NotConnected, match="acts for no owner"):
        zcrm.for_owner(None)


def test_for_user_prefers_the_default_and_the_usable(zoho: Zoho) -> None:
    alice = User.objects.create_user("alice")
    first, second, third = (owned_by(alice, connect(zoho, name)) for name in "abc")

    def chosen() -> str:
        return zcrm.for_user(alice).session.tokens.current().value.reveal()

    def token(row: Connection) -> str:
        return token_store().get_oauth_tokens(row).access_token.reveal()

    assert chosen() == token(third)
    first.make_default()
    assert chosen() == token(first)
    second.make_default()
    assert chosen() == token(second)
    Connection.objects.filter(pk=second.pk).update(state=Connection.State.CONSENT_WITHDRAWN)
    assert chosen() == token(third)
    Connection.objects.update(state=Connection.State.CONSENT_WITHDRAWN)
    with pytest.raises(ConsentWithdrawn):
        chosen()
    Connection.objects.update(state=Connection.State.DISCONNECTED)
    with pytest.raises(NotConnected):
        chosen()


def test_dir_lists_resources_without_calls(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert {"records", "users", "API", "request", "for_user"} <= set(dir(zcrm))
        assert not hasattr(zcrm, "record")
        assert not hasattr(zcrm, "__wrapped__")
        assert "zcrm" in repr(zcrm)


@pytest.mark.parametrize("key", ["CLIENT_ID", "CLIENT_SECRET"])
def test_a_missing_setting_is_named(zoho: Zoho, configure: Any, key: str) -> None:
    connect(zoho)
    configure(**{key: ""})
    for use in (
        lambda: zcrm.for_identifier("sales@example.com"),
        lambda: zcrm.records,
        lambda: zcrm.generate_auth_tokens("a", "1000.code"),
    ):
        with pytest.raises(ConfigurationError, match=key) as caught:
            use()
        assert caught.value.setting == key


def test_a_bad_setting_is_named_on_use(zoho: Zoho, configure: Any) -> None:
    configure(TIMEOUT="soon")
    with pytest.raises(ConfigurationError, match="TIMEOUT"):
        zcrm.for_identifier("sales@example.com")


def test_settings_reach_the_client(zoho: Zoho, configure: Any) -> None:
    connect(zoho)
    configure(API_VERSION="v2", TIMEOUT=7, RETRIES=0, MAX_RESPONSE_BYTES=70_000)
    session = zcrm.for_identifier("sales@example.com").session
    assert (session.version, session.timeout) == ("v2", (7.0, 7.0))
    assert (session.planner.retries, session.planner.max_bytes) == (0, 70_000)
    configure(TIMEOUT=[1, 2, 3])
    assert zcrm.for_identifier("sales@example.com").session.timeout == (1.0, 2.0, 3.0)


def test_the_sandbox_does_not_find_the_live_connection(zoho: Zoho, configure: Any) -> None:
    connect(zoho)
    configure(ENVIRONMENT="sandbox")
    with pytest.raises(NotConnected, match=r"to the production environment.*is 'sandbox'"):
        zcrm.for_identifier("sales@example.com")
    with pytest.raises(NotConnected, match="nobody"):
        zcrm.for_identifier("nobody")
    configure(ENVIRONMENT="production", CLIENT_ID="1000.OTHER")
    with pytest.raises(NotConnected, match="another client"):
        zcrm.for_identifier("sales@example.com")


def test_disconnecting_revokes_and_keeps_the_row(zoho: Zoho) -> None:
    row = connect(zoho)
    zcrm.disconnect(row)
    row.refresh_from_db()
    assert row.state == Connection.State.DISCONNECTED
    assert not zoho.emulator.zoho.grants.refresh_tokens
    with pytest.raises(NotConnected):
        zcrm.for_identifier("sales@example.com")
    zcrm.disconnect(row)  # again, with nothing left to revoke
    zoho.assert_called("POST", "/oauth/v2/token/revoke", times=1)
    assert connect(zoho).pk == row.pk
    assert org(zcrm.for_identifier("sales@example.com"))


def test_a_grant_that_zoho_forgot_can_be_disconnected(zoho: Zoho) -> None:
    row = connect(zoho)
    zoho.emulator.zoho.grants.refresh_tokens.clear()
    zoho.emulator.zoho.grants.access_tokens.clear()
    zcrm.disconnect(row)
    assert not Connection.objects.live().exists()


def test_disconnect_without_revoke_makes_no_call(zoho: Zoho) -> None:
    zcrm.disconnect(connect(zoho), revoke=False)
    zoho.assert_not_called("POST", "/oauth/v2/token/revoke")


@pytest.mark.django_db(transaction=True)
def test_signals_are_sent_on_connecting_and_disconnecting(zoho: Zoho) -> None:
    heard: list[tuple[str, Any]] = []

    def on_connected(connection: Connection, created: bool, **kwargs: Any) -> None:
        heard.append(("connected", created))

    def on_disconnected(connection: Connection, **kwargs: Any) -> None:
        heard.append(("disconnected", connection.state))

    connected.connect(on_connected)
    disconnected.connect(on_disconnected)
    connect(zoho)
    zcrm.disconnect(connect(zoho))
    connected.disconnect(on_connected)
    disconnected.disconnect(on_disconnected)
    assert heard == [("connected", True), ("connected", False), ("disconnected", "disconnected")]


@pytest.mark.django_db(transaction=True)
def test_disconnected_signal_of_a_deletion_has_the_primary_key(
    zoho: Zoho, caplog: pytest.LogCaptureFixture
) -> None:
    row = connect(zoho)
    pk, heard = row.pk, []

    def on_disconnected(connection: Connection, **kwargs: Any) -> None:
        heard.append(connection.pk)

    disconnected.connect(on_disconnected)
    delete(row)
    disconnected.disconnect(on_disconnected)
    assert heard == [pk]
    assert "Error calling" not in caplog.text  # the mirror's receiver
