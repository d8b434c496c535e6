"""Owners are notified of what others did to their connections: by mail, and on their pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.models import Connection, ConnectionHistory
from django_zcrm.models.history import MAX_NEWS, NEWS_DAYS
from django_zcrm.tokens import token_store
from tests.app.history.entries import OPERATION, list_entries, own
from tests.app.zoho import Zoho

pytestmark = pytest.mark.django_db(transaction=True)


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
def test_owner_mail_after_change_by_another_user_is_sent(
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


def test_owner_mail_contains_old_and_new_values(zoho: Zoho, staff: Client, ann: User) -> None:
    row = own(zoho, ann)
    staff.post(f"{OPERATION}hand-over/", {"ids": row.pk, "owner": ""})
    body = mail.outbox[0].body
    assert "It belonged to: ann\nIt belongs to: the whole site\n" in body
    assert "&" not in body


def test_owner_mail_after_own_change_is_not_sent(zoho: Zoho, ines: User) -> None:
    row = own(zoho, ines)
    browser = Client()
    browser.force_login(ines)
    browser.post(f"{OPERATION}disconnect/", {"ids": row.pk})
    zcrm.disconnect(own(zoho, ines))  # code on nobody's behalf may well act for the owner
    assert not mail.outbox


def test_mails_are_switched_off(zoho: Zoho, staff: Client, ann: User, configure: Any) -> None:
    configure(EMAIL_OWNERS=False)
    staff.post(f"{OPERATION}disconnect/", {"ids": own(zoho, ann).pk})
    assert not mail.outbox


@pytest.mark.parametrize("change", [{"email": ""}, {"is_active": False}])
def test_owner_mail_without_recipient_is_not_sent(
    zoho: Zoho, staff: Client, ann: User, change: dict[str, Any]
) -> None:
    row = own(zoho, ann)
    User.objects.filter(pk=ann.pk).update(**change)
    staff.post(f"{OPERATION}disconnect/", {"ids": row.pk})
    assert not mail.outbox
    assert list_entries()[-1][0] == "disconnected"


def test_failing_mail_does_not_stop_the_change(
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
    assert "Could not e-mail the owner" in caplog.text
    assert "ConnectionRefusedError" in caplog.text


HEADING = "Changes that you did not make here"


@pytest.mark.parametrize("page", ["/zcrm/connections/", "/zcrm/connect/"])
def test_connections_page_shows_changes_by_others(
    zoho: Zoho, staff: Client, ann: User, page: str
) -> None:
    """Also former owners, whose connection is no longer in the list."""
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


def test_news_are_limited_in_number_and_age(zoho: Zoho, ann: User) -> None:
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
        cursor.execute("UPDATE zcrm_connectionhistory SET created_at = %s", [old])
    assert not ConnectionHistory.objects.news_for(ann.pk, ann.pk)
