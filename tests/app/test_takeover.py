"""Nobody gets hold of a connection that is not theirs: by its name, by a page, or at the moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User

from django_zcrm import ConfigurationError, zcrm
from django_zcrm.models import Connection
from django_zcrm.oauth import connect_with_grant_token, connect_with_refresh_token, profile
from django_zcrm.oauth.errors import ConnectError
from django_zcrm.oauth.grants import ConnectionTarget
from tests.app.staff import staff_browser
from tests.app.zoho import Zoho, connect

pytestmark = pytest.mark.django_db
GRANT_PAGES = ("/zcrm/grant-token/", "/admin/zcrm/connection/grant-token/")


staff = partial(staff_browser, name="mallory")


def other_organisation(zoho: Zoho) -> Zoho:
    """Add an organisation at Zoho; return the emulator as seen from it."""
    other = zoho.add_organisation("Mallory's")
    other.add_user("m@mallory.example")
    return other


@pytest.fixture
def victim(zoho: Zoho) -> Connection:
    """A user's own connection, named after the user."""
    owner = User.objects.create_user("victim")
    return connect_with_grant_token(zoho.grant_code(), ConnectionTarget(owner=owner))


def state_of(connection: Connection) -> dict[str, Any]:
    return {**Connection.objects.values().get(pk=connection.pk)}


@pytest.mark.parametrize("page", GRANT_PAGES)
def test_staff_without_permission_paste_no_grant(zoho: Zoho, victim: Connection, page: str) -> None:
    before = state_of(victim)
    data = {
        "user_identifier": victim.user_identifier,
        "grant_token": other_organisation(zoho).grant_code(),
    }
    browser = staff()
    assert browser.get(page).status_code == 403
    assert browser.post(page, data).status_code == 403
    assert state_of(victim) == before
    assert Connection.objects.count() == 1


@pytest.mark.parametrize("page", GRANT_PAGES)
@pytest.mark.parametrize("is_named_by_hand", [True, False])
def test_a_pasted_grant_takes_no_owners_connection(
    zoho: Zoho, victim: Connection, page: str, is_named_by_hand: bool
) -> None:
    """Not even one of staff who may connect, and whether it is named after its owner or not."""
    if is_named_by_hand:
        Connection.objects.update(user_identifier="sales@example.com")
    before = state_of(victim)
    refreshes = len(zoho.requests_to("*", "/oauth/v2/token"))
    code = other_organisation(zoho).grant_code()
    data = {"user_identifier": before["user_identifier"], "grant_token": code}
    response = staff("add_connection", "change_connection").post(page, data)
    assert response.status_code == 200
    assert ("somebody else" if is_named_by_hand else "reserved") in response.text
    assert code not in response.text
    assert state_of(victim) == before
    assert len(zoho.requests_to("*", "/oauth/v2/token")) == refreshes, "the grant was not used up"


@pytest.mark.parametrize("page", GRANT_PAGES)
def test_user_with_add_permission_replaces_nothing(zoho: Zoho, page: str) -> None:
    """The organisation behind the site's name stays; another grant for the same one is welcome."""
    site = connect(zoho)
    before = state_of(site)
    code = other_organisation(zoho).grant_code()
    browser = staff("add_connection", "view_connection")
    data = {"user_identifier": site.user_identifier, "grant_token": code}
    response = browser.post(page, data)
    assert response.status_code == 403
    assert state_of(site) == before
    again = browser.post(page, {**data, "grant_token": zoho.grant_code()})
    assert again.status_code == 302
    assert Connection.objects.get().token_version == before["token_version"] + 1


def test_user_with_change_permission_replaces_connection(zoho: Zoho) -> None:
    site = connect(zoho)
    code = other_organisation(zoho).grant_code()
    data = {"user_identifier": site.user_identifier, "grant_token": code}
    staff("add_connection", "change_connection").post(GRANT_PAGES[0], data)
    row = Connection.objects.get()
    assert row.pk == site.pk
    assert row.organisation_name == "Mallory's"


def test_the_consent_page_replaces_nothing_either(zoho: Zoho, configure: Any) -> None:
    """A second organisation under the name that the site's code uses is a replacement."""
    configure(USER_IDENTIFIER="sales@example.com")
    connect(zoho)
    other = other_organisation(zoho)
    browser = staff("add_connection")
    begun = browser.post("/zcrm/connect/", {"site": "1"})
    response = browser.get(other.consent(begun["Location"], email="m@mallory.example"))
    assert response.status_code == 403
    assert "change_connection" in response.text
    assert Connection.objects.count() == 1


def test_staff_connect_nobody_again_to_another_organisation(zoho: Zoho, victim: Connection) -> None:
    """It would be the newest of the owner's connections, and so the one in use."""
    before = state_of(victim)
    other = other_organisation(zoho)
    browser = staff("add_connection")
    data = {"connection": victim.pk}
    begun = browser.post("/admin/zcrm/connection/add/", data)
    response = browser.get(other.consent(begun["Location"], email="m@mallory.example"))
    assert response.status_code == 403
    assert state_of(victim) == before
    assert Connection.objects.count() == 1
    begun = browser.post("/admin/zcrm/connection/add/", data)
    assert browser.get(zoho.consent(begun["Location"])).status_code == 302
    after = state_of(victim)
    assert after["token_version"] == before["token_version"] + 1
    assert after["organisation_id"] == before["organisation_id"]


def test_staff_without_permission_leave_the_site_alone(zoho: Zoho) -> None:
    site = connect(zoho)
    before = state_of(site)
    browser = staff()
    for ask in (browser.get, browser.post):
        assert ask("/zcrm/connect/", {"site": "1"}).status_code == 403
        assert ask("/zcrm/disconnect/", {"connection": site.pk}).status_code == 404
        assert ask("/admin/zcrm/connection/add/", {"owner": "site"}).status_code == 403
        assert ask("/admin/zcrm/connection/add/", {"connection": site.pk}).status_code == 403
    assert browser.post("/zcrm/connections/use/", {"connection": site.pk}).status_code == 404
    assert "whole site" not in browser.get("/zcrm/connect/").text
    assert state_of(site) == before


@pytest.mark.parametrize("by", ["grant", "refresh", "target"])
def test_the_python_api_takes_no_owners_connection(zoho: Zoho, victim: Connection, by: str) -> None:
    """Nobody acts here: a script is trusted, and makes a mistake."""
    Connection.objects.update(user_identifier="sales@example.com")
    before = state_of(victim)
    refreshes = len(zoho.requests_to("*", "/oauth/v2/token"))
    code = other_organisation(zoho).grant_code()
    calls: dict[str, Callable[[], Connection]] = {
        "grant": lambda: zcrm.generate_auth_tokens("sales@example.com", code),
        "refresh": lambda: zcrm.generate_auth_token_from_refresh_token(
            "sales@example.com", "1000.x"
        ),
        "target": lambda: connect_with_grant_token(
            code, ConnectionTarget(identifier="sales@example.com")
        ),
    }
    with pytest.raises(ConfigurationError, match="user_identifier 'sales") as caught:
        calls[by]()
    assert caught.value.setting == "user_identifier"
    assert state_of(victim) == before
    assert len(zoho.requests_to("*", "/oauth/v2/token")) == refreshes


def test_no_owner_takes_anothers_connection(zoho: Zoho, victim: Connection) -> None:
    connect(zoho)
    before = list(Connection.objects.values())
    mallory = User.objects.create_user("mallory")
    for name in (victim.user_identifier, "sales@example.com"):
        with pytest.raises(ConfigurationError, match="user_identifier"):
            connect_with_grant_token(
                zoho.grant_code(), ConnectionTarget(owner=mallory, identifier=name)
            )
    assert list(Connection.objects.values()) == before


@pytest.mark.parametrize(
    "name",
    [
        *("user:7", "owner:7", "User:7", " user:7", "USER:x", "owner:"),
        # What the collations of MariaDB, its newest by default, take for the same.
        *("\uff55ser:7", "\xfcser:7", "user\u200b:7", "\u200buser:7", "us\xader:7", "\xf8wner:7"),
        *("u\u0301ser:7", "user\uff1a7"),
    ],
)
def test_names_of_owners_are_reserved(zoho: Zoho, name: str) -> None:
    with pytest.raises(ConfigurationError, match="reserved") as caught:
        zcrm.generate_auth_tokens(name, zoho.grant_code())
    assert caught.value.setting == "user_identifier"
    zoho.assert_not_called("POST", "/oauth/v2/token")


def test_user_identifier_of_an_owner_raises(zoho: Zoho, configure: Any) -> None:
    configure(USER_IDENTIFIER="user:7")
    with pytest.raises(ConfigurationError, match="'user:7'"):
        connect_with_grant_token(zoho.grant_code(), ConnectionTarget())


def test_existing_reserved_name_still_works(zoho: Zoho) -> None:
    """Of a project that named its connections so, when nothing was reserved."""
    made = connect(zoho)
    Connection.objects.update(user_identifier="user:7")
    assert connect(zoho, "user:7").pk == made.pk
    assert zcrm.for_identifier("user:7").org.get()


def test_owner_with_taken_name_gets_error(zoho: Zoho) -> None:
    connect(zoho)
    owner = User.objects.create_user("ann")
    Connection.objects.update(user_identifier=f"user:{owner.pk}")
    with pytest.raises(ConfigurationError, match="hand that connection over"):
        connect_with_grant_token(zoho.grant_code(), ConnectionTarget(owner=owner))
    site = Connection.objects.get()
    site.hand_over(owner)
    assert connect_with_grant_token(zoho.grant_code(), ConnectionTarget(owner=owner)).pk == site.pk


def test_the_site_finds_another_name_when_its_own_was_handed_over(zoho: Zoho) -> None:
    first = connect_with_grant_token(zoho.grant_code(), ConnectionTarget())
    assert first.user_identifier == first.zoho_user_email
    first.hand_over(User.objects.create_user("ann"))
    second = connect_with_grant_token(zoho.grant_code(), ConnectionTarget())
    assert (second.pk != first.pk, second.owner, second.user_identifier) == (True, None, "site")
    assert connect_with_grant_token(zoho.grant_code(), ConnectionTarget()) == second


@pytest.mark.parametrize("goes_to", ["user", "site"])
def test_a_connection_that_changes_hands_during_the_exchange_is_not_taken(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch, goes_to: str
) -> None:
    """Or it would be saved with the owner it had when the grant was requested."""
    ann = User.objects.create_user("ann")
    row = connect(zoho)
    if goes_to == "site":
        row.hand_over(ann)
    before = state_of(row)
    target = ConnectionTarget(
        owner=ann if goes_to == "site" else None, identifier=row.user_identifier
    )

    def hand_over_meanwhile(token: Any) -> Any:
        row.hand_over(ann if goes_to == "user" else None)
        return profile.read_profile(token)

    monkeypatch.setattr("django_zcrm.oauth.grants.read_profile", hand_over_meanwhile)
    with pytest.raises(ConfigurationError, match="somebody else"):
        connect_with_grant_token(zoho.grant_code(), target)
    after = state_of(row)
    assert after["owner_id"] == (ann.pk if goes_to == "user" else None)
    assert after["token_version"] == before["token_version"]


def test_grant_of_owner_deleted_during_the_exchange_is_refused(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = User.objects.create_user("ann")
    target = ConnectionTarget(owner=User.objects.get())

    def delete_meanwhile(token: Any) -> Any:
        ann.delete()
        return profile.read_profile(token)

    monkeypatch.setattr("django_zcrm.oauth.grants.read_profile", delete_meanwhile)
    with pytest.raises(ConnectError, match="Start again"):
        connect_with_grant_token(zoho.grant_code(), target)
    assert not Connection.objects.exists()


def test_a_disconnect_gives_nothing_back_that_was_handed_over(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = User.objects.create_user("ann")
    row = connect(zoho)
    stale = Connection.objects.get(pk=row.pk)

    def hand_over_meanwhile(*args: Any) -> None:
        row.hand_over(ann)

    monkeypatch.setattr("django_zcrm.oauth.disconnecting.read_revocation", hand_over_meanwhile)
    zcrm.disconnect(stale)
    row.refresh_from_db()
    assert (row.owner, row.state) == (ann, Connection.State.DISCONNECTED)


def test_a_refresh_token_makes_an_owners_connection_for_its_owner_only(
    zoho: Zoho, victim: Connection
) -> None:
    token = next(iter(zoho.emulator.zoho.grants.refresh_tokens))
    again = connect_with_refresh_token(token, ConnectionTarget(owner=victim.owner))
    assert again == victim
