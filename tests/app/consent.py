"""A person who connects an account."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.test import Client

from django_zcrm.testing import SiteEmulator

CALLBACK = "/zcrm/oauth/callback/"


def come_back(browser: Client, **answer: str) -> Any:
    """Begin to connect, and return from Zoho with this answer and the right state."""
    address = browser.post("/zcrm/connect/")["Location"]
    query = dict(parse_qsl(urlsplit(address).query))
    return browser.get(CALLBACK, {"state": query["state"], **answer})


def press(zoho: SiteEmulator, browser: Client, page: Any) -> Any:
    """Press the connect button of a page and consent; return what the callback answers."""
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    form.pop("csrfmiddlewaretoken", None)
    response = browser.post("/zcrm/connect/", {k: v.replace("&amp;", "&") for k, v in form.items()})
    assert response.status_code == 302, response.text
    return browser.get(zoho.consent(response["Location"]))
