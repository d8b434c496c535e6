"""The emulator for tests: records, faults, tokens, time, and the received requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, Self, overload
from urllib.parse import parse_qsl, urlsplit

import requests

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.core.datacenters import DATA_CENTERS
from django_zcrm.emulator.core.hooks import PostedCallback
from django_zcrm.emulator.core.scopes import is_known, parse
from django_zcrm.emulator.seed import generate_all
from django_zcrm.emulator.state.grants import CLIENT_ID, Consent
from django_zcrm.emulator.state.organisation import Organisation, User
from django_zcrm.emulator.state.organisation import add_user as add_organisation_user
from django_zcrm.emulator.state.store import StoredRecord
from django_zcrm.zoho.auth.accounts import OAuthClient
from django_zcrm.zoho.auth.granted import TIMEOUT, GrantedTokens
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.http.pauses import override_pause
from django_zcrm.zoho.http.transports import ASYNC_OVERRIDES
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from django_zcrm.zoho.secret import Secret

from .adapter import EmulatorAdapter, EmulatorSender
from .assertions import (
    Expected,
    SeenRequest,
    check_called,
    check_not_called,
    find,
    mask_request,
)
from .asynchronous import EmulatorTransport
from .factory import Factory
from .fault_injection import FaultInjection

URL = "http://zcrm-emulator.localhost"
"""Where the emulator is found without a socket; nothing listens there."""

Scopes = str | Iterable[str]

ALL_SCOPES = (
    "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.ALL,ZohoCRM.org.ALL,"
    "ZohoCRM.coql.READ,ZohoCRM.bulk.ALL,ZohoCRM.notifications.ALL,ZohoCRM.files.CREATE,"
    "ZohoCRM.files.READ,ZohoCRM.functions.execute.READ,ZohoCRM.functions.execute.CREATE,"
    "ZohoCRM.composite_requests.CUSTOM,ZohoCRM.mass_update.ALL,ZohoCRM.mass_delete.ALL,"
    "ZohoCRM.change_owner.ALL,ZohoCRM.mass_convert.leads.ALL,ZohoFiles.files.ALL,"
    "ZohoSearch.securesearch.READ,AaaServer.profile.READ"
)


class ZCRMEmulator(FaultInjection):
    """A Zoho of one test. `emulator` is the whole of it, `url` where it is found.

    With several data centres it is found at Zoho's own host names, too, unless it is served.
    """

    client_id = CLIENT_ID

    def __init__(
        self, emulator: Emulator, url: str = URL, data_center: str = "", org_id: str = ""
    ) -> None:
        self.emulator = emulator
        self.url = url
        self.data_center = data_center or self.home
        self.org_id = org_id
        self.adapter = EmulatorAdapter(emulator) if url == URL else None
        #: The seconds that calls of this process would have slept before they were tried again.
        self.retry_delays: list[float] = []
        self._transport = RequestsTransport("django-zcrm/testing")

    @property
    def client_secret(self) -> str:
        """The client's secret at this data centre."""
        client = self.emulator.zoho.grants.clients[CLIENT_ID]
        return client.secrets.get(self.data_center, client.secret)

    @property
    def org(self) -> Organisation:
        """The organisation of these records and users: the data centre's first one."""
        organisations = self.emulator.zoho.organisations
        if self.org_id:
            return organisations[self.org_id]
        return next(org for org in organisations.values() if org.data_center == self.data_center)

    def at(self, data_center: str) -> Self:
        """Return the same emulator as seen from one of its other data centres."""
        if data_center not in self.emulator.options.codes:
            raise LookupError(
                f"{data_center} is not one of {', '.join(self.emulator.options.codes)}"
            )
        return self._bind(data_center)

    def add_organisation(self, name: str, *, environment: str = "production") -> Self:
        """Add an organisation to this data centre; return this emulator for that organisation.

        It has a separate user; `environment` may be "sandbox" or "developer". Raises ValueError
        for another one.
        """
        response = self.session().post(
            f"{self.url}/emulator/organisations",
            json={"name": name, "environment": environment, "data_center": self.data_center},
            timeout=TIMEOUT,
        )
        if response.status_code != HTTPStatus.OK:
            raise ValueError(response.json()["message"])
        return self._bind(self.data_center, response.json()["id"])

    def _bind(self, data_center: str, org_id: str = "") -> Self:
        bound = type(self)(self.emulator, self.url, data_center, org_id)
        bound.retry_delays, bound._transport = self.retry_delays, self._transport
        return bound

    @property
    def home(self) -> str:
        """The data centre where the client is registered."""
        return self.emulator.options.codes[0]

    @property
    def uses_own_hosts(self) -> bool:
        """Whether it is found at Zoho's own host names."""
        return self.adapter is not None and bool(self.emulator.options.data_centers)

    # Records and people

    @overload
    def create(self, module: str, /, n: None = None, **values: Any) -> StoredRecord: ...

    @overload
    def create(self, module: str, /, n: int, **values: Any) -> list[StoredRecord]: ...

    def create(
        self, module: str, /, n: int | None = None, **values: Any
    ) -> StoredRecord | list[StoredRecord]:
        """Make a record, or a list of `n`, and return it in the form of the API.

        Missing values that Zoho requires are generated. A lookup takes an id or a record; a
        function is called with the number of the record. You may set `Created_Time` and
        `Modified_Time`. Raises ValueError for values that Zoho would refuse.
        """
        factory = Factory(self.org)
        with self._lock:
            if n is None:
                return factory.create(module, values)
            return [factory.create(module, values) for _ in range(n)]

    def generate(self, module: str, n: int) -> None:
        """Make `n` records of a module, created one after the other in the last year.

        That is the fast way to many: a million take fifteen seconds, and 1.7 GB of memory. Raises
        ValueError for an unknown module.
        """
        with self._lock:
            generate_all(self.org, {module: n})

    def record(self, module: str, record_id: str) -> StoredRecord | None:
        """Return the current state of a record in the form of API v8; None if it was deleted."""
        with self._lock:
            return Factory(self.org).find(module, record_id)

    def records(self, module: str) -> list[StoredRecord]:
        """Return the current state of all records of a module, oldest first."""
        with self._lock:
            return Factory(self.org).all(module)

    def add_user(self, email: str, first_name: str = "", last_name: str = "") -> User:
        """Add a user to the organisation, an administrator."""
        with self._lock:
            return add_organisation_user(self.org, email, first_name, last_name)

    def advance(self, **duration: float) -> None:
        """Move the emulator's time on, by the arguments of timedelta: `advance(minutes=61)`.

        The clock of the test's own process stays.
        """
        self.emulator.zoho.clock.advance(timedelta(**duration))

    # Tokens and clients

    def consent(self, url: str, *, email: str | None = None, accept: bool = True) -> str:
        """Answer Zoho's consent page as a user; return the URL of the browser's next page.

        `url` is the redirect of a connect view. The returned URL is that of the callback view;
        request it with Django's test client. `email` selects the Zoho user, by default the first
        one. Raises ValueError for a page that shows an error instead, LookupError for an unknown
        user.
        """
        http = self.session()
        page = http.get(url, timeout=TIMEOUT, allow_redirects=False)
        if page.status_code == HTTPStatus.OK:
            account = f"{self.org.id}:{self._user(email).email}"
            decision = "accept" if accept else "reject"
            form = {**dict(parse_qsl(urlsplit(url).query)), "account": account}
            page = http.post(
                url.partition("?")[0],
                {**form, "decision": decision},
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        if not page.is_redirect:
            text = re.sub(r"<[^>]+>|\s+", " ", page.text.partition("<h1>")[2])
            raise ValueError(f"the consent page shows an error: {text.strip()}")
        return page.headers["Location"]

    def grant_code(self, scopes: Scopes = ALL_SCOPES, email: str | None = None) -> str:
        """Return a grant token like those of the API console for a self client.

        `scopes` are a list, or a comma-separated string. Raises ValueError for an invalid scope,
        LookupError for an unknown Zoho user.
        """
        grants = self.emulator.zoho.grants
        consent = self._consent(scopes, email)
        with self._lock:
            return grants.grant_code(consent, redirect_uri=None, offline=True).code

    def access_token(self, scopes: Scopes = ALL_SCOPES, email: str | None = None) -> str:
        """Return an access token of a user (by default the first), for your own requests."""
        return self._mint(scopes, email)[0]

    def session(self) -> requests.Session:
        """Return a requests session that finds the emulator, also without a socket."""
        session = requests.Session()
        if self.adapter is not None:
            for url in self.mounted_at:
                session.mount(url, self.adapter)
        return session

    def client(
        self,
        version: str = "v8",
        scopes: Scopes = ALL_SCOPES,
        email: str | None = None,
        **options: Any,
    ) -> Client:
        """Return a client that needs neither settings nor a database.

        `options` are those of a session, such as `timeout=(5, 1)` and `retries=0`.
        """
        self.mount(self._transport)
        path = "" if self.data_center == self.home else f"/{self.data_center}"
        oauth = OAuthClient(self.client_id, Secret(self.client_secret), "", self.url + path)
        access_token, refresh_token = self._mint(scopes, email)
        tokens = GrantedTokens(oauth, refresh_token, self._transport, access_token)
        return Client(Session(tokens, self._transport, version=version, **options))

    def mount(self, transport: RequestsTransport) -> None:
        """Let a transport find the emulator without a socket."""
        for url in self.mounted_at:
            transport.overrides[url] = EmulatorSender(self.emulator)

    def unmount(self, transport: RequestsTransport) -> None:
        """Undo `mount`."""
        for url in self.mounted_at:
            transport.overrides.pop(url, None)

    @property
    def mounted_at(self) -> list[str]:
        """The addresses that lead here without a socket."""
        if self.adapter is None:
            return []
        codes = self.emulator.options.codes if self.uses_own_hosts else ()
        hosts = [f"https://{host}" for code in codes for host in DATA_CENTERS[code].all]
        return [self.url, *hosts]

    def _consent(self, scopes: Scopes, email: str | None) -> Consent:
        granted = parse(scopes if isinstance(scopes, str) else ",".join(scopes))
        if not granted:
            raise ValueError("scopes is empty; a user grants one scope or more")
        if unknown := [scope for scope in granted if not is_known(scope)]:
            raise ValueError(f"{unknown[0]!r} is not a scope of Zoho")
        user = self._user(email)
        return Consent(CLIENT_ID, user.email, self.org.id, granted, self.org.data_center)

    def _mint(self, scopes: Scopes, email: str | None) -> tuple[str, str]:
        """Return an access token and the refresh token that it comes from."""
        grants = self.emulator.zoho.grants
        consent = self._consent(scopes, email)
        with self._lock:
            code = grants.grant_code(consent, redirect_uri=None, offline=True)
            tokens = grants.exchange(grants.client(CLIENT_ID), code.code, "")
        if tokens.refresh is None:
            raise RuntimeError("a self client's grant comes with a refresh token")
        return tokens.access.token, tokens.refresh.token

    # What was asked

    @property
    def requests(self) -> list[SeenRequest]:
        """The requests received so far, oldest first; tokens and secrets are masked."""
        return [mask_request(entry) for entry in self.emulator.zoho.log.all()]

    def forget_requests(self) -> None:
        """Clear the log of requests."""
        self.emulator.zoho.log.clear()

    def requests_to(self, method: str, path: str, **expected: Any) -> list[SeenRequest]:
        """Return the requests of this method and path (both with `*`) that match.

        The other arguments are those of `assert_called`.
        """
        return find(self.requests, Expected(method, path, **expected))

    def assert_called(
        self, method: str, path: str, *, times: int | None = None, **expected: Any
    ) -> SeenRequest:
        """Return the last request of this method and path (both with `*`) that matches.

        `json` is compared as a whole; of `params`, `form` and `headers`, only the passed names are
        compared. `status` is that of the response; `times` is the required number of matches.
        Raises AssertionError, which shows the actual requests.
        """
        return check_called(self.requests, Expected(method, path, **expected), times)

    def assert_not_called(self, method: str, path: str, **expected: Any) -> None:
        """Raise AssertionError when there was such a request."""
        check_not_called(self.requests, Expected(method, path, **expected))

    @property
    def callbacks(self) -> Sequence[PostedCallback]:
        """The notifications and bulk callbacks so far; waits for those on their way."""
        self.emulator.zoho.callbacks.wait()
        return list(self.emulator.zoho.callbacks.posted_callbacks)

    def close(self) -> None:
        """Stop the background threads, and close the clients' connections."""
        self.emulator.zoho.callbacks.close()
        self._transport.close()


@contextmanager
def emulate(*, sleep_on_retry: bool = False, **options: Any) -> Iterator[ZCRMEmulator]:
    """Yield a fresh emulator in this process for the block; the options are Emulator's.

    Without options, it has one user and the standard modules. Retries do not wait, and
    `retry_delays` records the delays; with `sleep_on_retry`, they really wait.
    """
    zcrm = ZCRMEmulator(Emulator(**{"data": "empty", **options}))
    before = dict(ASYNC_OVERRIDES)
    zcrm.mount(zcrm._transport)
    ASYNC_OVERRIDES.update(
        (url, partial(EmulatorTransport, zcrm._transport)) for url in zcrm.mounted_at
    )
    try:
        with _retries(zcrm, sleep=sleep_on_retry):
            yield zcrm
    finally:
        ASYNC_OVERRIDES.clear()
        ASYNC_OVERRIDES.update(before)
        zcrm.close()


def _retries(zcrm: ZCRMEmulator, *, sleep: bool) -> AbstractContextManager[None]:
    return nullcontext() if sleep else override_pause(zcrm.retry_delays.append)


@contextmanager
def serve(*, sleep_on_retry: bool = False, **options: Any) -> Iterator[ZCRMEmulator]:
    """Give a fresh emulator that is served on a port of this machine while the block runs.

    Other processes sleep before they try a call again; for this one see `emulate`.
    """
    emulator = Emulator(**{"data": "empty", **options})
    with emulator.serve() as server:
        zcrm = ZCRMEmulator(emulator, server.url)
        try:
            with _retries(zcrm, sleep=sleep_on_retry):
                yield zcrm
        finally:
            zcrm.close()
