"""The lead desk as its tests see it: a browser without JavaScript, and the emulator behind it."""

from __future__ import annotations

import html
import re
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from django_zcrm.conf import DEFAULT_SCOPES
from django_zcrm.models import Connection
from django_zcrm.oauth import connect_with_grant_token
from django_zcrm.oauth.grants import ConnectionTarget
from tests.app.zoho import Zoho

LEADS = "/crm/v8/Leads"


def log_in(name: str = "ines", **more: Any) -> tuple[Client, User]:
    """Return the browser of a new, logged-in user."""
    user = User.objects.create_user(name, password="x", **more)
    browser = Client()
    browser.force_login(user)
    return browser, user


def connect_user(zoho: Zoho, user: User) -> Connection:
    """Connect a user to the emulator, as the consent page does."""
    return connect_with_grant_token(
        zoho.grant_code(",".join(DEFAULT_SCOPES)), ConnectionTarget(owner=user)
    )


def page_text(response: Any) -> str:
    """Return the text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def errors_at(response: Any, field: str) -> str:
    """Return the error shown at a form field, as a screen reader finds it."""
    match = re.search(rf'id="id_{field}_error">(.*?)</ul>', response.content.decode(), re.S)
    if match is None:
        return ""
    assert f'aria-describedby="id_{field}_error"' in response.content.decode()
    return html.unescape(re.sub(r"<[^>]+>", "", match[1])).strip()


def row_headings(response: Any) -> list[str]:
    """Return what the rows of a page's table are about."""
    headings = re.findall(r'<th scope="row">(.*?)</th>', response.content.decode())
    return [html.unescape(re.sub(r"<[^>]+>", "", heading)) for heading in headings]


def coql_queries(zoho: Zoho) -> list[str]:
    """Return the COQL that was sent."""
    return [request.json["select_query"] for request in zoho.requests_to("POST", "/crm/v8/coql")]
