"""A person at the emulator's consent page."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import requests
from django.test import Client

CALLBACK = "/zcrm/oauth/callback/"


def consent(address: str, decision: str = "accept", account: str = "") -> str:
    """Answer the emulator's consent page; return the callback's query with its question mark.

    `account` is an organisation's id and a user's e-mail, with a colon between.
    """
    chosen = {"account": account} if account else {}
    page = requests.get(address, timeout=5)
    form = dict(re.findall(r'name="([\w-]+)" value="([^"]*)"', page.text))
    assert form, page.text
    reply = requests.post(
        address.partition("?")[0],
        data={**form, **chosen, "decision": decision},
        allow_redirects=False,
        timeout=5,
    )
    return "?" + urlsplit(reply.headers["Location"]).query


def press(browser: Client, page: Any, button: str = "main") -> Any:
    """Press the connect button of a page and consent; return what the callback answers."""
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    form.pop("csrfmiddlewaretoken", None)
    reply = browser.post("/zcrm/connect/", {k: v.replace("&amp;", "&") for k, v in form.items()})
    assert reply.status_code == 302, reply.text
    return browser.get(CALLBACK + consent(reply["Location"]))
