"""Connections in the admin: listing, searching and connecting, without showing a secret."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.models import ApiUsage, Connection
from django_zcrm.models.usage import today
from django_zcrm.tokens import token_store
from tests.app.zoho import Zoho, connect

pytestmark = pytest.mark.django_db
LIST = "/admin/zcrm/connection/"
OPERATIONS = ("test", "refresh", "make-default", "hand-over", "disconnect", "delete")


def test_a_connection_is_shown_without_its_secrets(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    tokens = token_store().get_oauth_tokens(connection)
    pages = [
        LIST,
        f"{LIST}?q=sales",
        f"{LIST}{connection.pk}/change/",
        f"{LIST}{connection.pk}/history/",
        f"{LIST}health/",
        *(f"{LIST}operation/{name}/?ids={connection.pk}" for name in OPERATIONS),
        f"{LIST}add/?connection={connection.pk}",
    ]
    for page in pages:
        response = admin_client.get(page)
        assert response.status_code == 200
        assert "sales@example.com" in response.text
        for secret in (
            tokens.access_token.reveal(),
            tokens.refresh_token.reveal(),
            connection.encrypted_access_token,
            connection.encrypted_refresh_token,
            "emulator-secret",
        ):
            assert secret not in response.text


def test_change_page_shows_a_fingerprint_of_the_token(zoho: Zoho, admin_client: Client) -> None:
    first, other = connect(zoho), connect(zoho, "other@example.com")
    fingerprints = [
        re.findall(r"fingerprint ([0-9a-f]{8})", admin_client.get(f"{LIST}{pk}/change/").text)
        for pk in (first.pk, first.pk, other.pk)
    ]
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]
    assert len(fingerprints[0]) == 1


def test_admin_with_lost_key_shows_message(zoho: Zoho, admin_client: Client, settings: Any) -> None:
    connection = connect(zoho)
    Connection.objects.update(encrypted_refresh_token="gAAAAA")
    text = admin_client.get(f"{LIST}{connection.pk}/change/").text
    assert "encrypted with a key" in text


def test_a_connection_is_not_edited_by_hand(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    response = admin_client.post(f"{LIST}{connection.pk}/change/", {"state": "disconnected"})
    assert response.status_code == 403
    assert Connection.objects.usable().exists()


def test_states_are_shown_as_text(
    zoho: Zoho, admin_client: Client, configure: Callable[..., None]
) -> None:
    configure(SCOPES=["ZohoCRM.modules.ALL", "ZohoCRM.coql.READ"])
    connection = connect(zoho, scopes="ZohoCRM.modules.ALL,ZohoCRM.org.READ")
    Connection.objects.filter(pk=connection.pk).update(
        last_error="It was <too> late.", throttled_until=timezone.now() + timedelta(minutes=3)
    )
    ApiUsage.objects.create(
        connection=connection, day=today(), operation="x", calls=7, credits_remaining=90
    )
    text = admin_client.get(LIST).text
    for words in (
        "no new tokens until",
        "the whole site",
        "default",
        "United States",
        "It was &lt;too&gt; late.",
        "<summary>1</summary>",
        "ZohoCRM.coql.READ",
        "7 calls today",
        "90 credits left",
    ):
        assert words in text
    ApiUsage.objects.update(calls=1, credits_remaining=1)
    text = admin_client.get(LIST).text
    assert "1 call today" in text
    assert "1 credit left" in text
    for state, words in (
        ("consent_withdrawn", "must be connected again"),
        ("disconnected", "disconnected"),
    ):
        Connection.objects.update(state=state)
        assert words in admin_client.get(LIST).text
    Connection.objects.update(state="connected", throttled_until=None)
    assert "</span> connected<" in admin_client.get(LIST).text


def test_the_list_makes_as_many_queries_for_many_rows(
    zoho: Zoho, admin_client: Client, admin_user: User, django_assert_num_queries: Any
) -> None:
    def make(number: int) -> None:
        connection = connect(zoho, f"user{number}@example.com")
        Connection.objects.filter(pk=connection.pk).update(owner=admin_user)
        ApiUsage.objects.create(connection=connection, day=today(), operation="x", calls=number)

    make(0)
    with django_assert_num_queries(6):
        admin_client.get(LIST)
    for number in range(1, 8):
        make(number)
    with django_assert_num_queries(6):
        text = admin_client.get(LIST).text
    assert "user7@example.com" in text


@pytest.mark.parametrize("order", range(1, 6))
def test_every_column_can_be_asked_to_sort(zoho: Zoho, admin_client: Client, order: int) -> None:
    connect(zoho)
    assert admin_client.get(f"{LIST}?o={order}.-{order}").status_code == 200


@pytest.mark.parametrize(
    "query", ["state__exact=connected", "data_center=us", "environment__exact=production"]
)
def test_filters_select_connections(zoho: Zoho, admin_client: Client, query: str) -> None:
    connect(zoho)
    assert "sales@example.com" in admin_client.get(f"{LIST}?{query}").text


@pytest.mark.parametrize("column", ["encrypted_access_token", "encrypted_refresh_token"])
def test_encrypted_tokens_are_not_guessed_by_filters(
    zoho: Zoho, admin_client: Client, column: str
) -> None:
    connect(zoho)
    assert admin_client.get(f"{LIST}?{column}__startswith=gAAAAA").status_code == 400


def test_zoho_user_is_shown_once(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)

    def count_mentions() -> int:
        row = admin_client.get(LIST).text.partition('class="field-who"')[2].partition("</th>")[0]
        return row.count(connection.zoho_user_email)

    assert count_mentions() == 1
    Connection.objects.update(user_identifier=connection.zoho_user_email)
    assert count_mentions() == 1


def test_call_is_shown_at_once(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    page = f"{LIST}{connection.pk}/change/"
    assert "0 calls today" in admin_client.get(page).text
    zcrm.for_identifier("sales@example.com").org.get()
    text = admin_client.get(page).text
    assert "1 call today" in text
    assert "never" not in text


@pytest.mark.parametrize("owner", ["site", "myself"])
def test_connect_from_the_admin(
    zoho: Zoho, admin_client: Client, admin_user: User, owner: str
) -> None:
    assert "ZohoCRM.modules.ALL" in admin_client.get(f"{LIST}add/").text
    response = admin_client.post(f"{LIST}add/", {"owner": owner})
    assert response.status_code == 302
    assert response["Location"].startswith(zoho.url)
    response = admin_client.get(zoho.consent(response["Location"]))
    assert response["Location"] == f"{LIST}connected/"
    response = admin_client.get(response["Location"])
    connection = Connection.objects.get()
    assert response["Location"] == f"{LIST}{connection.pk}/change/"
    assert connection.owner == (admin_user if owner == "myself" else None)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (admin_user, str(connection.pk))
    assert entry.action_flag == ADDITION
    assert "consent page" in entry.get_change_message()
    # Opening the page again adds no entry.
    assert admin_client.get(f"{LIST}connected/")["Location"] == LIST
    assert LogEntry.objects.count() == 1


def test_connect_again_keeps_the_row_and_its_owner(
    zoho: Zoho, admin_client: Client, admin_user: User
) -> None:
    owner = User.objects.create_user("ann")
    connection = connect(zoho, "named by hand")
    Connection.objects.filter(pk=connection.pk).update(
        owner=owner, state=Connection.State.CONSENT_WITHDRAWN
    )
    page = f"{LIST}add/"
    assert "named by hand" in admin_client.get(f"{page}?connection={connection.pk}").text
    response = admin_client.post(page, {"connection": connection.pk})
    query = parse_qs(urlsplit(response["Location"]).query)
    assert query["prompt"] == ["consent"]
    admin_client.get(zoho.consent(response["Location"]))
    admin_client.get(f"{LIST}connected/")
    row = Connection.objects.get()
    assert (row.pk, row.owner, row.user_identifier) == (connection.pk, owner, "named by hand")
    assert row.is_usable
    assert LogEntry.objects.get().action_flag == CHANGE


def test_a_flow_that_was_begun_by_staff_ends_with_their_rights(
    zoho: Zoho, admin_client: Client, admin_user: User
) -> None:
    connection = connect(zoho)
    response = admin_client.post(f"{LIST}add/", {"connection": connection.pk})
    location = zoho.consent(response["Location"])
    User.objects.filter(pk=admin_user.pk).update(is_staff=False)
    version = connection.token_version
    assert admin_client.get(location).status_code == 403
    connection.refresh_from_db()
    assert connection.token_version == version


def test_a_connection_that_changed_hands_meanwhile_is_not_renewed(
    zoho: Zoho, admin_client: Client
) -> None:
    connection = connect(zoho)
    response = admin_client.post(f"{LIST}add/", {"connection": connection.pk})
    location = zoho.consent(response["Location"])
    connection.hand_over(User.objects.create_user("ann"))
    assert admin_client.get(location).status_code == 403


def test_admin_with_missing_settings_shows_them(
    zoho: Zoho, admin_client: Client, configure: Callable[..., None]
) -> None:
    configure(REDIRECT_URI="")
    text = admin_client.post(f"{LIST}add/", {"owner": "site"}).text
    assert "REDIRECT_URI" in text


def test_pasted_grant_token_connects(zoho: Zoho, admin_client: Client, admin_user: User) -> None:
    page = f"{LIST}grant-token/"
    assert "Grant token" in admin_client.get(page).text
    data = {"user_identifier": "sales@example.com", "grant_token": "wrong"}
    text = admin_client.post(page, data).text
    assert "grant token has expired" in text
    assert not LogEntry.objects.exists()
    code = zoho.grant_code()
    response = admin_client.post(page, {**data, "grant_token": code})
    connection = Connection.objects.get()
    assert response["Location"] == f"{LIST}{connection.pk}/change/"
    entry = LogEntry.objects.get()
    assert (entry.user, entry.action_flag) == (admin_user, ADDITION)
    assert "grant token" in entry.get_change_message()
    assert code not in str(vars(entry))


def test_a_pasted_token_is_not_shown_again(zoho: Zoho, admin_client: Client) -> None:
    text = admin_client.post(f"{LIST}grant-token/", {"grant_token": "1000.canary"}).text
    assert "This field is required" in text
    assert "1000.canary" not in text


def test_health_page_shows_connections(
    zoho: Zoho, admin_client: Client, configure: Callable[..., None], settings: Any
) -> None:
    assert "Nothing is connected yet" in admin_client.get(f"{LIST}health/").text
    connection = connect(zoho)
    for back, calls in ((0, 900), (2, 40)):
        ApiUsage.objects.create(
            connection=connection,
            day=today() - timedelta(days=back),
            operation="GET /crm/{version}/org",
            calls=calls,
            errors=9,
            limited=4,
            total_ms=calls * 30,
            credits_remaining=None if back else 12_345,
            max_ms=700,
        )
    ApiUsage.objects.create(
        connection=connection, day=today() - timedelta(days=4), operation="x", calls=1, errors=1
    )
    text = admin_client.get(f"{LIST}health/").text
    for words in (
        "zcrm.W004",
        "1 of 10",
        "900 calls, 9 errors, 4 of them rate-limited (429)",
        "1 call, 1 error, 0 of them rate-limited (429)",
        "GET /crm/{version}/org",
        "700 ms",
        ">12k</text>",
        "settings.ZCRM",
        "fingerprint",
        "United States",
    ):
        assert words in text
    assert "<svg" in text
    settings.SILENCED_SYSTEM_CHECKS = ["zcrm.W004"]
    assert "zcrm.W004" not in admin_client.get(f"{LIST}health/").text
    configure(TIMEOUT="soon")
    assert "zcrm.E005" in admin_client.get(f"{LIST}health/").text


def test_health_page_searched_with_nul_character_opens(zoho: Zoho, admin_client: Client) -> None:
    connect(zoho)
    text = admin_client.get(f"{LIST}health/", {"q": "sales\0"}).text
    assert "sales@example.com" in text


def test_the_health_page_makes_as_many_queries_for_many_rows(
    zoho: Zoho, admin_client: Client, django_assert_num_queries: Any
) -> None:
    connect(zoho)
    with django_assert_num_queries(10):
        admin_client.get(f"{LIST}health/")
    for number in range(5):
        connect(zoho, f"user{number}@example.com")
    with django_assert_num_queries(10):
        admin_client.get(f"{LIST}health/")
