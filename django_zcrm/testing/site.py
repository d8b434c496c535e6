"""The emulator in the tests of a Django project: settings that point to it, and connections.

The test runners' parts are in `plugin` (pytest) and `mixin` (Django's).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.test import Client as HttpClient

from django_zcrm.conf import get_settings
from django_zcrm.emulator.core.callbacks import is_loopback
from django_zcrm.emulator.core.datacenters import DATA_CENTERS
from django_zcrm.limits.registry import forget_limiters
from django_zcrm.models import Connection
from django_zcrm.oauth.grants import ConnectionTarget, Issuer, connect_with_grant_token
from django_zcrm.transport import transport

from .standalone import Scopes, ZCRMEmulator, emulate, serve

REDIRECT_URI = "http://localhost/zcrm/oauth/callback/"
IDENTIFIER = "emulator"


class SiteEmulator(ZCRMEmulator):
    """The emulator of one test in a Django project, which talks to it."""

    def connect(
        self,
        user: AbstractBaseUser | None = None,
        identifier: str = "",
        *,
        email: str | None = None,
        scopes: Scopes | None = None,
    ) -> Connection:
        """Make a connection, of a Django user or (without one) of the site, and its default.

        The tokens come from an exchange with the emulator, which is not part of `requests`. `email`
        selects the Zoho user, by default the first one. `scopes` are the granted scopes, a list or
        a comma-separated string, by default those in the settings.
        """
        config = get_settings()
        if user is None and not identifier:
            identifier = config.user_identifier or IDENTIFIER
        code = self.grant_code(config.scopes if scopes is None else scopes, email)
        log = self.emulator.zoho.log
        before = log.all()
        connection = connect_with_grant_token(
            code, ConnectionTarget(owner=user, identifier=identifier, single=True), self._issuer()
        )
        log.restore(before)
        if not connection.is_default:
            connection.make_default()
        return connection

    def _issuer(self) -> Issuer | None:
        """The server that exchanges grants of this data centre; None for that of the settings."""
        if not self.uses_own_hosts:
            return None
        return Issuer(self.data_center, f"https://{DATA_CENTERS[self.data_center].accounts}")

    def deliver_callbacks(self, client: HttpClient) -> list[Any]:
        """Send the callbacks that no server took to the project's views, and return the answers.

        For a `notify_url` such as `http://testserver/zoho/hook/`. Each is delivered once.
        """
        posted_callbacks = self.emulator.zoho.callbacks.posted_callbacks
        waiting = [callback for callback in self.callbacks if callback.status == 0]
        answers = []
        for callback in waiting:
            posted_callbacks.remove(callback)
            parts = urlsplit(callback.url)
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            body = callback.body if isinstance(callback.body, str) else json.dumps(callback.body)
            answers.append(
                client.generic(
                    callback.method,
                    path,
                    body,
                    callback.headers.get("Content-Type", "application/json"),
                    headers=dict(callback.headers),
                )
            )
        return answers

    def settings(self) -> dict[str, Any]:
        """Return the project's `ZCRM` settings, changed so that they lead here.

        By address; or by Zoho's own host names, when there are several data centres.
        """
        project = {**getattr(settings, "ZCRM", {})}
        redirect_uri = project.get("REDIRECT_URI") or REDIRECT_URI
        if not is_loopback(redirect_uri):
            self.emulator.zoho.grants.clients[self.client_id].redirect_uris = (redirect_uri,)
        url = "" if self.uses_own_hosts else self.url
        own = {"DATA_CENTER": self.home} if self.uses_own_hosts else {}
        options = self.emulator.options
        return {
            **project,
            **own,
            "CLIENT_ID": self.client_id,
            "CLIENT_SECRET": {code: self.at(code).client_secret for code in options.codes}
            if options.secret_by_data_center
            else self.client_secret,
            "REDIRECT_URI": redirect_uri,
            "ACCOUNTS_URL": url,
            "API_URL": url,
            "UPLOAD_URL": url,
        }


@contextmanager
def emulate_site(*, live: bool = False, **options: Any) -> Iterator[SiteEmulator]:
    """Give a fresh emulator to which the process's transport leads while the block runs.

    The settings are the caller's to change; the options are those of `emulate`.
    """
    with (serve if live else emulate)(**options) as plain:
        zcrm = SiteEmulator(plain.emulator, plain.url)
        zcrm.retry_delays, zcrm._transport = plain.retry_delays, plain._transport
        zcrm.mount(transport())
        forget_limiters()  # they knew another Zoho
        try:
            yield zcrm
        finally:
            zcrm.unmount(transport())
            transport().close()  # it keeps connections to a served emulator
            forget_limiters()  # a thread of theirs may be connected to the test's database
