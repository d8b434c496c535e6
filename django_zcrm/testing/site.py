"""The emulator in the tests of a Django project: settings that lead to it, and connections.

The test runners' parts are in `plugin` (pytest) and `mixin` (Django's).
"""

from __future__ import annotations

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
from django_zcrm.governor.registry import forget_governors
from django_zcrm.models import Connection
from django_zcrm.oauth.grants import Grantee, Issuer, connect_with_grant_token
from django_zcrm.transport import transport

from .standalone import Scopes, ZCRMEmulator, emulated, served

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

        The tokens come from the emulator by an exchange, which is not kept in `requests`. `email`
        is the Zoho user's, the first one's without it; `scopes` are what that user grants, a list
        or a string with commas, and without it those in the settings.
        """
        config = get_settings()
        if user is None and not identifier:
            identifier = config.user_identifier or IDENTIFIER
        code = self.grant_code(config.scopes if scopes is None else scopes, email)
        log = self.emulator.zoho.log
        before = log.all()
        connection = connect_with_grant_token(
            code, Grantee(owner=user, identifier=identifier, single=True), self._issuer()
        )
        log.restore(before)
        if not connection.is_default:
            connection.make_default()
        return connection

    def _issuer(self) -> Issuer | None:
        """Where a grant of this data centre is exchanged; None for where the settings say."""
        if not self.uses_own_hosts:
            return None
        return Issuer(self.data_center, f"https://{DATA_CENTERS[self.data_center].accounts}")

    def deliver_callbacks(self, client: HttpClient) -> list[Any]:
        """Post the callbacks that no server took to the project's views, and return the answers.

        For a `notify_url` such as `http://testserver/zoho/hook/`. Each is delivered once.
        """
        sent = self.emulator.zoho.callbacks.sent
        waiting = [posted for posted in self.callbacks if posted.status == 0]
        answers = []
        for posted in waiting:
            sent.remove(posted)
            parts = urlsplit(posted.url)
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            answers.append(client.post(path, posted.body, content_type="application/json"))
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
def site_emulated(*, live: bool = False, **options: Any) -> Iterator[SiteEmulator]:
    """Give a fresh emulator to which the process's transport leads while the block runs.

    The settings are the caller's to change; the options are those of `emulated`.
    """
    with (served if live else emulated)(**options) as plain:
        zcrm = SiteEmulator(plain.emulator, plain.url)
        zcrm.retry_delays = plain.retry_delays
        zcrm.mount(transport())
        forget_governors()  # they knew another Zoho
        try:
            yield zcrm
        finally:
            zcrm.unmount(transport())
            forget_governors()  # a thread of theirs may be connected to the test's database
