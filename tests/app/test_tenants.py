"""Many users, each with their own organisation, on many threads and several processes.

Tokens expire and are revoked during it. ZCRM_TEST_CALLS makes it run longer than by default.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import requests
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client as Browser

from django_zcrm import ConsentWithdrawn, zcrm
from django_zcrm.models import Connection
from django_zcrm.oauth import connect_with_grant_token
from django_zcrm.oauth.grants import ConnectionTarget
from django_zcrm.testing import SiteEmulator
from django_zcrm.tokens import token_store
from tests.app.tenant_calls import any_kind, names_seen
from tests.app.zoho import expire, process_environment

pytestmark = pytest.mark.django_db(transaction=True)

TENANTS = 20
LEAVING = 3
"""How many tenants withdraw their consent during the test."""
THREADS = 16
WORKERS = 2
CALLS = int(os.environ.get("ZCRM_TEST_CALLS", "300"))
SCOPES = (
    "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ,"
    "ZohoCRM.coql.READ,ZohoSearch.securesearch.READ"
)


@dataclass
class Tenant:
    """A user, their grant, and what was done to it."""

    user: User
    email: str
    connection: Connection
    refresh_token: str
    session: str
    leaves: bool
    expiries: int = 0
    gone: bool = False

    @property
    def name(self) -> str:
        return self.user.first_name


@dataclass
class Findings:
    """Collects failures; must stay empty."""

    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


@pytest.fixture
def zoho(zcrm_live_emulator: SiteEmulator) -> SiteEmulator:
    """Return an emulator for other processes, where everything was made by a tenant."""
    return zcrm_live_emulator


class Gate:
    """Lets calls through, except in moments when none may be in flight."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way = 0
        self._is_closing = False

    @contextmanager
    def open(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_closing)
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    @contextmanager
    def closed(self) -> Iterator[None]:
        with self._changed:
            self._is_closing = True
            self._changed.wait_for(lambda: not self._under_way)
            yield
            self._is_closing = False
            self._changed.notify_all()


def add_tenant(zoho: SiteEmulator, number: int) -> Tenant:
    name, email = f"Tenant {number}", f"owner@tenant{number}.example"
    org = zoho.add_organisation(name)
    org.add_user(email)
    user = User.objects.create_user(f"user{number}", first_name=name)
    code = org.grant_code(SCOPES, email)
    connection = connect_with_grant_token(code, ConnectionTarget(owner=user))
    batch = [{"Last_Name": f"Lead {n}", "Company": name} for n in range(20)]
    zcrm.for_user(user).records.create("Leads", batch).raise_for_failures()
    browser = Browser()
    browser.force_login(user)
    return Tenant(
        user=user,
        email=email,
        connection=connection,
        refresh_token=token_store().get_oauth_tokens(connection).refresh_token.reveal(),
        session=browser.cookies["sessionid"].value,
        leaves=number < LEAVING,
    )


@contextmanager
def gunicorn(zoho: SiteEmulator) -> Iterator[str]:
    """Serve the site in separate processes; yield its address."""
    environment = {
        **process_environment(zoho),
        "DJANGO_SETTINGS_MODULE": "tests.app.tenant_settings",
    }
    options = ["--workers", str(WORKERS), "--threads", "4", "--bind", "127.0.0.1:0"]
    # After two seconds without a request it would hang up, just when the next one is sent.
    options += ["--keep-alive", "120"]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *options, "django.core.wsgi:get_wsgi_application()"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert server.stderr
    try:
        for line in server.stderr:
            if match := re.search(r"Listening at: (\S+)", line):
                break
        else:
            pytest.fail("gunicorn did not start")
        drain = threading.Thread(target=server.stderr.read, daemon=True)
        drain.start()
        yield match[1]
    finally:
        server.terminate()
        server.wait(20)
        drain.join()
        server.stderr.close()


def call(tenant: Tenant, kind: str, http: requests.Session | None, url: str) -> list[str]:
    """Make a call as a tenant, here or through gunicorn; raise ConsentWithdrawn in both."""
    if http is None:
        return names_seen(zcrm.for_user(tenant.user), kind, tenant.name)
    response = http.get(
        f"{url}/seen/{kind}/",
        headers={"Accept": "application/json"},
        cookies={"sessionid": tenant.session},
        timeout=30,
    )
    if response.status_code == 403 and response.json()["error"] == "consent_withdrawn":
        raise ConsentWithdrawn("so says the site")
    assert response.status_code == 200, f"{response.status_code} {response.text[:300]}"
    body = response.json()
    assert body["user"] == tenant.name
    names: list[str] = body["seen"]
    return names


def work(
    tenants: list[Tenant], seed: int, calls: int, url: str, gate: Gate, findings: Findings
) -> None:
    """Make mixed calls as one tenant after another; every other worker goes through gunicorn."""
    chance = random.Random(seed)  # noqa: S311
    with requests.Session() as session:
        http = session if seed % 2 else None
        for _ in range(calls):
            tenant = chance.choice(tenants)
            kind = any_kind(chance)
            try:
                with gate.open():
                    seen = call(tenant, kind, http, url)
            except ConsentWithdrawn:
                findings.refused[tenant.name] += 1
            except Exception as error:
                findings.errors.append(f"{tenant.name} {kind}: {error!r}")
            else:
                findings.foreign += [
                    f"{tenant.name} saw {name}" for name in seen if name != tenant.name
                ]
                if tenant.name not in seen:
                    findings.errors.append(f"{tenant.name} {kind}: saw nothing")
    connections.close_all()


def disturb(zoho: SiteEmulator, tenants: list[Tenant], gate: Gate, over: threading.Event) -> None:
    """Let tokens expire, a few by the clock or all at SiteEmulator, and let some be revoked.

    Zoho expires them between two calls: a call that had just replaced an expired token when Zoho
    expired the new one as well would rightly fail.
    """
    chance = random.Random(0)  # noqa: S311
    leaving = [tenant for tenant in tenants if tenant.leaves]
    rounds = 0
    while not over.wait(0.07):
        rounds += 1
        for tenant in chance.sample(tenants, 4):
            tenant.expiries += 1
            expire(tenant.connection)
        if rounds % 10 == 0:
            with gate.closed():
                for tenant in tenants:
                    tenant.expiries += 1
                zoho.expire_access_tokens()
        if rounds % 5 == 0 and leaving:
            tenant = leaving.pop()
            with gate.closed():
                zoho.revoke(tenant.email)
                tenant.gone = True
    connections.close_all()


def refreshes(zoho: SiteEmulator, tenants: list[Tenant]) -> Counter[str]:
    """How often each tenant's refresh token was used since the log was cleared."""
    names = {tenant.refresh_token: tenant.name for tenant in tenants}
    calls = [
        entry.to_json(secrets=True)
        for entry in zoho.emulator.zoho.log.all()
        if entry.request.path == "/oauth/v2/token"
    ]
    assert len(calls) < 5000
    return Counter(names[call["form"]["refresh_token"]] for call in calls)


@pytest.mark.slow
def test_tenants_on_many_threads_see_only_their_own_records(zoho: SiteEmulator) -> None:
    tenants = [add_tenant(zoho, number) for number in range(TENANTS)]
    assert len({tenant.connection.organisation_id for tenant in tenants}) == TENANTS
    zoho.forget_requests()
    findings, gate, over = Findings(), Gate(), threading.Event()
    with gunicorn(zoho) as url, ThreadPoolExecutor(THREADS + 1) as pool:
        trouble = pool.submit(disturb, zoho, tenants, gate, over)
        jobs = [
            pool.submit(work, tenants, seed, CALLS // THREADS, url, gate, findings)
            for seed in range(THREADS)
        ]
        for job in jobs:
            job.result()
        over.set()
        trouble.result()

        assert findings.foreign == []
        assert findings.errors == []
        assert set(findings.refused) <= {tenant.name for tenant in tenants if tenant.gone}
        used = refreshes(zoho, tenants)
        staying = [tenant for tenant in tenants if not tenant.leaves]
        assert sum(used.values()) > TENANTS
        assert [
            connection.name for connection in staying if used[connection.name] > connection.expiries
        ] == []

        # Then all at once: every token has expired, and all workers want each of them.
        zoho.expire_access_tokens()
        for tenant in staying:
            expire(tenant.connection)
        zoho.forget_requests()

        def everybody(seed: int) -> list[str]:
            with requests.Session() as session:
                try:
                    return [
                        name
                        for tenant in staying
                        for name in call(tenant, "company", session if seed % 2 else None, url)
                    ]
                finally:
                    connections.close_all()

        names = [tenant.name for tenant in staying]
        assert list(pool.map(everybody, range(THREADS))) == [names] * THREADS
        assert refreshes(zoho, tenants) == Counter(names)
