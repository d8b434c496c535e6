"""Who may do what to which connection: every role, every operation, every way, as a table.

Each cell is an attempt through the real pages, the real admin and the real Python API, with a Zoho
that grants every request. `pytest -s` prints the table.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.core.exceptions import PermissionDenied
from django.db import connection as database
from django.db import transaction
from django.test import Client

from django_zcrm import ZCRMError, acting
from django_zcrm.access import Action
from django_zcrm.models import Connection, ConnectionHistory
from django_zcrm.oauth import connect_with_grant_token
from django_zcrm.oauth.grants import ConnectionTarget
from tests.app.policy_ways import WAYS, Attempt, GenerousZoho, Site, name_of

pytestmark = pytest.mark.django_db

PERMISSIONS = [
    *sorted({action.permission for action in Action}),
    "zcrm.view_connectionhistory",
    "zcrm.view_health",
]
ROLES: dict[str, tuple[str, ...]] = {
    "anonymous": (),
    "user": (),
    "staff": (),
    **{name.removeprefix("zcrm.").removesuffix("_connection"): (name,) for name in PERMISSIONS},
    "add+change": ("zcrm.add_connection", "zcrm.change_connection"),
    "superuser": (),
}
ACCOUNTS = " ".join(list(ROLES)[1:])
"""Everybody who is logged in."""

# Which roles may do it; superusers may do it all, but for None, which nobody may. Not in the table
# is what cannot be requested, such as a page that connects for another owner. `own` is a connection
# of the role itself.
EXPECTED: dict[str, dict[str, dict[str, str | None]]] = {
    "pages": {
        "view": {"own": ACCOUNTS, "foreign": None, "site": ""},
        "connect": {"own": ACCOUNTS, "site": "add add+change"},
        "connect again": {"own": ACCOUNTS, "site": "add add+change"},
        "replace": {"site": "add+change"},
        "paste a grant": {"own": None, "foreign": None, "site": "add add+change"},
        "make default": {"own": ACCOUNTS, "foreign": None, "site": None},
        "disconnect": {"own": ACCOUNTS, "foreign": None, "site": "disconnect"},
        "revoke": {"own": ACCOUNTS, "foreign": None, "site": "disconnect"},
    },
    "admin": {
        "view": dict.fromkeys(("own", "foreign", "site"), "view"),
        "connect": {"own": "add add+change", "site": "add add+change"},
        "connect again": dict.fromkeys(("own", "foreign", "site"), "add add+change"),
        # Who has an account may connect another organisation for themselves, wherever they begin.
        "replace": {"own": "add add+change", "foreign": "add+change", "site": "add+change"},
        "paste a grant": {"own": None, "foreign": None, "site": "add add+change"},
        "make default": dict.fromkeys(("own", "foreign", "site"), "make_default"),
        "hand over": dict.fromkeys(("own", "foreign", "site"), "hand_over"),
        "disconnect": dict.fromkeys(("own", "foreign", "site"), "disconnect"),
        "revoke": dict.fromkeys(("own", "foreign", "site"), "disconnect"),
        "delete": dict.fromkeys(("own", "foreign", "site"), "delete"),
        "test": dict.fromkeys(("own", "foreign", "site"), "test"),
        "refresh": dict.fromkeys(("own", "foreign", "site"), "refresh"),
    },
    "API": {
        # A second organisation would be the newest of the owner's, and so the one in use.
        "connect": {"own": ACCOUNTS, "foreign": "add+change", "site": "add add+change"},
        "connect again": {"own": ACCOUNTS, "foreign": "add add+change", "site": "add add+change"},
        "replace": {"own": ACCOUNTS, "foreign": "add+change", "site": "add+change"},
        "paste a grant": {"own": None, "foreign": None, "site": "add add+change"},
        "make default": {"own": ACCOUNTS, "foreign": "make_default", "site": "make_default"},
        "hand over": dict.fromkeys(("own", "foreign", "site"), "hand_over"),
        "disconnect": {"own": ACCOUNTS, "foreign": "disconnect", "site": "disconnect"},
        "revoke": {"own": ACCOUNTS, "foreign": "disconnect", "site": "disconnect"},
        "delete": {"own": ACCOUNTS, "foreign": "delete", "site": "delete"},
    },
    # Code on nobody's behalf is trusted; but no grant of the site's takes an owner's connection.
    "script": {
        "connect": {"foreign": "script", "site": "script"},
        "connect again": {"foreign": "script", "site": "script"},
        "replace": {"foreign": "script", "site": "script"},
        "paste a grant": {"foreign": None, "site": "script"},
        "make default": {"foreign": "script", "site": "script"},
        "hand over": {"foreign": "script", "site": "script"},
        "disconnect": {"foreign": "script", "site": "script"},
        "revoke": {"foreign": "script", "site": "script"},
        "delete": {"foreign": "script", "site": "script"},
    },
}


@pytest.fixture
def zoho(monkeypatch: pytest.MonkeyPatch) -> GenerousZoho:
    zoho = GenerousZoho()
    for module in (
        "oauth.grants",
        "oauth.profile",
        "oauth.disconnecting",
        "oauth.revocation",
        "clients.client",
        "tokens.mint",
    ):
        monkeypatch.setattr(f"django_zcrm.{module}.transport", lambda: zoho)
    return zoho


def make_site(zoho: GenerousZoho, role: str) -> Site:
    """Make connections of the role, of another user and of the site; the site has a default."""
    user: User | AnonymousUser | None = AnonymousUser() if role == "anonymous" else None
    browser = Client()
    if role in ROLES and role != "anonymous":
        user = User.objects.create_user(
            role, is_staff=role != "user", is_superuser=role == "superuser"
        )
        codenames = {name.partition(".")[2] for name in ROLES[role]}
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        browser.force_login(user)
    victim, heir = (User.objects.create_user(name) for name in ("victim", "heir"))
    owners = {"foreign": victim, "site": None}
    if isinstance(user, User):
        owners["own"] = user
    zoho.organisation = "the default's"
    connect_with_grant_token("1000.code", ConnectionTarget(identifier="default"))
    numbers = {}
    for target, owner in owners.items():
        zoho.organisation = name_of(target)
        numbers[target] = connect_with_grant_token("1000.code", ConnectionTarget(owner=owner)).pk
    return Site(zoho, user, browser, heir, owners, numbers)


def hands() -> list[tuple[Any, ...]]:
    """Whose connections there are, of which organisations, with which tokens, and the history."""
    rows: list[tuple[Any, ...]] = []
    with database.cursor() as cursor:
        for model in (Connection, ConnectionHistory):
            cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY id")  # noqa: S608
            rows += cursor.fetchall()
    return rows


def is_done(
    site: Site, operation: str, attempt: Attempt, target: str, before: list[tuple[Any, ...]]
) -> bool:
    """Make an attempt, roll it back, and return whether it succeeded."""
    sent = Counter(site.zoho.sent)
    with transaction.atomic():
        try:
            seen = attempt(site, target)
        except (PermissionDenied, ZCRMError):
            seen = False
        after, requests = hands(), site.zoho.sent - sent
        transaction.set_rollback(True)
    site.zoho.email = "sales@example.com"
    watched = {"revoke": "revoke", "test": "org", "refresh": "token"}
    if operation == "view":
        return bool(seen)
    if operation in watched:
        return bool(requests[watched[operation]])
    assert after != before or not requests["revoke"]
    return after != before


def cells(zoho: GenerousZoho, roles: list[str], ways: list[str]) -> Iterator[tuple[Any, ...]]:
    """Make all attempts; yield way, operation, target, role and whether it succeeded."""
    for role in roles:
        with transaction.atomic():
            site = make_site(zoho, role)
            before = hands()
            for way in ways:
                for operation, targets in EXPECTED[way].items():
                    attempt = WAYS[way](operation)
                    for target in targets:
                        if target in site.numbers:
                            done = is_done(site, operation, attempt, target, before)
                            yield way, operation, target, role, done
            assert hands() == before
            transaction.set_rollback(True)


@pytest.mark.slow
def test_each_role_may_do_what_the_table_permits(
    zoho: GenerousZoho, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "django.request")
    made = [
        *cells(zoho, list(ROLES), ["pages", "admin", "API"]),
        *cells(zoho, ["script"], ["script"]),
    ]
    table: dict[tuple[str, str, str], dict[str, bool]] = {}
    for way, operation, target, role, done in made:
        table.setdefault((way, operation, target), {})[role] = done
    print(f"\n{len(made)} attempts: {sum(attempt[-1] for attempt in made)} permitted")
    for line, outcome in table.items():
        permitted = [role for role, done in outcome.items() if done]
        everybody = len(permitted) == len(ROLES) - 1
        print(f"{line[0]:7}{line[1]:15}{line[2]:9}", "all users" if everybody else permitted)
    wrong = []
    for (way, operation, target), outcome in table.items():
        expected = EXPECTED[way][operation][target]
        for role, done in outcome.items():
            may = expected is not None and role in {*expected.split(), "superuser"}
            if may != done:
                wrong.append(f"{way}: {role} may {operation} {target}: {done}, not {may}")
    assert wrong == []
    assert len(made) > 75 * len(ROLES)


def test_every_action_has_a_permission_that_exists() -> None:
    known = {f"zcrm.{name}" for name in Permission.objects.values_list("codename", flat=True)}
    assert {action.permission for action in Action} <= known


@pytest.mark.parametrize("field", ["is_active", "is_staff"])
def test_a_permission_alone_is_not_enough(zoho: GenerousZoho, field: str) -> None:
    site = make_site(zoho, "superuser")
    assert isinstance(site.user, User)
    setattr(site.user, field, False)
    with acting(site.user) as actor:
        assert not any(actor.may(action, site.row("site")) for action in Action)
        assert not any(actor.may(action, site.row("foreign")) for action in Action)


def test_acting_as_ends_with_the_block(zoho: GenerousZoho) -> None:
    site = make_site(zoho, "user")
    assert isinstance(site.user, User)
    with acting(site.user), pytest.raises(PermissionDenied, match="make_default_connection"):
        site.row("site").make_default()
    site.row("site").make_default()
    assert ConnectionHistory.objects.latest("pk").user_name == ""
