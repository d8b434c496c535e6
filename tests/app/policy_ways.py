"""Ways to operations on connections: pages, admin, Python; with a Zoho that gives everything."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth.models import AnonymousUser, User
from django.test import Client

from django_zcrm import acting, zcrm
from django_zcrm.models import Connection
from django_zcrm.oauth import connect_with_grant_token
from django_zcrm.oauth.disconnecting import delete
from django_zcrm.oauth.grants import ConnectionTarget
from django_zcrm.zoho.http.messages import ZohoRequest, ZohoResponse


@dataclass
class GenerousZoho:
    """Accepts every code and token, for the organisation and the user that a test chooses."""

    organisation: str = ""
    email: str = "sales@example.com"
    sent: Counter[str] = field(default_factory=Counter)

    def send(
        self, base_url: str, request: ZohoRequest, timeout: tuple[float, float]
    ) -> ZohoResponse:
        """Count the request by its path's last word, and answer it."""
        word = request.path.rpartition("/")[2]
        self.sent[word] += 1
        number = self.sent["token"]
        body: Any = {
            "token": {"access_token": f"1000.a{number}", "refresh_token": f"1000.r{number}"},
            "revoke": {"status": "success"},
            "org": {"org": [{"zgid": self.organisation, "company_name": self.organisation}]},
            "users": {"users": [{"id": "7", "full_name": "Sales", "email": self.email}]},
        }[word]
        return ZohoResponse(200, content=json.dumps(body).encode(), operation=request.operation)


@dataclass
class Site:
    """The connections that attempts are made at, and where they belong."""

    zoho: GenerousZoho
    user: User | AnonymousUser | None
    browser: Client
    heir: User
    owners: dict[str, User | None]
    numbers: dict[str, int]

    def row(self, destination: str) -> Connection:
        return Connection.objects.get(pk=self.numbers[destination])

    def consent(self, address: str, organisation: str) -> None:
        """Come back from Zoho's consent page, having chosen an organisation."""
        self.zoho.organisation = organisation
        state = parse_qs(urlsplit(address).query).get("state")
        if state:
            answer = {"state": state[0], "code": "1000.code"}
            self.browser.get("/zcrm/oauth/callback/", answer)

    def target(self, destination: str, **more: Any) -> ConnectionTarget:
        return ConnectionTarget(owner=self.owners[destination], **more)


def name_of(destination: str) -> str:
    """Return the organisation of a connection, a word that is on no page otherwise."""
    return f"{destination}-organisation"


Attempt = Callable[[Site, str], Any]


def by_pages(operation: str) -> Attempt:
    """Return how to do it on the app's pages."""

    def view(site: Site, destination: str) -> Any:
        path = "/zcrm/connect/?site=1" if destination == "site" else "/zcrm/connections/"
        return site.row(destination).organisation_id in site.browser.get(path).text

    def connect(organisation: str = "") -> Attempt:
        def attempt(site: Site, destination: str) -> None:
            data = {"site": "1"} if destination == "site" else {}
            response = site.browser.post("/zcrm/connect/", data)
            if operation == "connect":
                site.zoho.email = "another@example.com"
            site.consent(response.get("Location", ""), organisation or name_of(destination))

        return attempt

    def paste(site: Site, destination: str) -> None:
        site.zoho.organisation = name_of(destination)
        name = site.row(destination).user_identifier
        data = {"user_identifier": name, "grant_token": "1000.code"}
        site.browser.post("/zcrm/grant-token/", data)

    def post(path: str) -> Attempt:
        return lambda site, destination: site.browser.post(
            path, {"connection": site.row(destination).pk}
        )

    return {
        "view": view,
        "connect": connect("new"),
        "connect again": connect(),
        "replace": connect("mallory's"),
        "paste a grant": paste,
        "make default": post("/zcrm/connections/use/"),
        "disconnect": post("/zcrm/disconnect/"),
        "revoke": post("/zcrm/disconnect/"),
    }[operation]


def by_admin(operation: str) -> Attempt:
    """Return how to do it in the admin."""
    admin = "/admin/zcrm/connection"

    def view(site: Site, destination: str) -> Any:
        row = site.row(destination)
        return row.organisation_id in site.browser.get(f"{admin}/{row.pk}/change/").text

    def connect(organisation: str = "") -> Attempt:
        def attempt(site: Site, destination: str) -> None:
            data: dict[str, Any] = {"owner": "myself" if destination == "own" else "site"}
            if operation != "connect":
                data = {"connection": site.row(destination).pk}
            else:
                site.zoho.email = "another@example.com"
            response = site.browser.post(f"{admin}/add/", data)
            site.consent(response.get("Location", ""), organisation or name_of(destination))

        return attempt

    def paste(site: Site, destination: str) -> None:
        site.zoho.organisation = name_of(destination)
        name = site.row(destination).user_identifier
        data = {"user_identifier": name, "grant_token": "1000.code"}
        site.browser.post(f"{admin}/grant-token/", data)

    def operate(name: str) -> Attempt:
        def attempt(site: Site, destination: str) -> None:
            data = {"ids": site.row(destination).pk, "owner": site.heir.pk}
            site.browser.post(f"{admin}/operation/{name}/", data)

        return attempt

    return {
        "view": view,
        "connect": connect("new"),
        "connect again": connect(),
        "replace": connect("mallory's"),
        "paste a grant": paste,
        "make default": operate("make-default"),
        "hand over": operate("hand-over"),
        "disconnect": operate("disconnect"),
        "revoke": operate("disconnect"),
        "delete": operate("delete"),
        "test": operate("test"),
        "refresh": operate("refresh"),
    }[operation]


def by_code(operation: str) -> Attempt:
    """Return how to do it in Python, on behalf of the role's user."""

    def connect(site: Site, destination: str) -> None:
        name = "new" if destination == "site" else ""
        site.zoho.organisation = "new"
        connect_with_grant_token("1000.code", site.target(destination, identifier=name))

    def connect_again(site: Site, destination: str) -> None:
        site.zoho.organisation = name_of(destination)
        connect_with_grant_token("1000.code", site.target(destination))

    def replace(site: Site, destination: str) -> None:
        site.zoho.organisation = "mallory's"
        name = site.row(destination).user_identifier
        connect_with_grant_token(
            "1000.code", site.target(destination, identifier=name, single=True)
        )

    def paste(site: Site, destination: str) -> None:
        site.zoho.organisation = name_of(destination)
        zcrm.generate_auth_tokens(site.row(destination).user_identifier, "1000.code")

    calls: dict[str, Attempt] = {
        "connect": connect,
        "connect again": connect_again,
        "replace": replace,
        "paste a grant": paste,
        "make default": lambda site, destination: site.row(destination).make_default(),
        "hand over": lambda site, destination: site.row(destination).hand_over(site.heir),
        "disconnect": lambda site, destination: zcrm.disconnect(site.row(destination)),
        "revoke": lambda site, destination: zcrm.disconnect(site.row(destination)),
        "delete": lambda site, destination: delete(site.row(destination)),
    }

    def attempt(site: Site, destination: str) -> None:
        with nullcontext() if site.user is None else acting(site.user):
            calls[operation](site, destination)

    return attempt


WAYS = {"pages": by_pages, "admin": by_admin, "API": by_code, "script": by_code}
