"""The page at ``/``: what is inside the emulator right now.

Knows how to show it, changes nothing.
"""

from __future__ import annotations

from html import escape

from django_zcrm.emulator.accounts.books import CLIENT_ID, CLIENT_SECRET
from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.layout import table, whole_page
from django_zcrm.emulator.router import Routes
from django_zcrm.emulator.state import Organisation, World

routes = Routes()

REQUESTS_SHOWN = 25
LETTERS_SHOWN = 12


@routes.open("GET", "/")
def overview(world: World, call: Call) -> Answer:
    """Organisations, records, tokens, the last requests, the faults in force."""
    parts = [
        "<h1>Zoho CRM emulator</h1>",
        f"<p>Accounts server and API: <code>{escape(call.base_url)}</code><br>"
        f"Client id <code>{CLIENT_ID}</code>, secret <code>{CLIENT_SECRET}</code></p>",
        *map(_organisation, world.organisations.values()),
        "<h2>Refresh tokens</h2>",
        _refresh_tokens(world),
        "<h2>Access tokens</h2>",
        _access_tokens(world),
        "<h2>Faults in force</h2>",
        _faults(world),
        f"<h2>Last {REQUESTS_SHOWN} requests</h2>",
        _requests(world),
    ]
    return Answer(200, whole_page("Overview", "".join(parts)))


def _organisation(org: Organisation) -> str:
    people = [
        [
            user.full_name,
            user.email,
            org.roles[user.role_id]["name"],
            org.profiles[user.profile_id]["name"],
            user.status,
        ]
        for user in org.users.values()
    ]
    counts = [[module, str(count)] for module, count in org.records.counts().items()]
    return (
        f"<h2>{escape(org.name)}</h2>"
        f"<p class=small>{escape(org.environment)}, {escape(org.edition)}, id {escape(org.id)}</p>"
        + table(["User", "Address", "Role", "Profile", "Status"], people)
        + table(["Module", "Records"], counts)
    )


def _refresh_tokens(world: World) -> str:
    return table(
        ["Token", "User", "Client", "Scopes", "Live access tokens"],
        [
            [
                _masked(refresh.token),
                refresh.consent.email,
                refresh.consent.client_id,
                " ".join(refresh.consent.scopes),
                str(len(refresh.access_tokens)),
            ]
            for refresh in world.books.refresh_tokens.values()
        ],
    )


def _access_tokens(world: World) -> str:
    now = world.clock.time()
    return table(
        ["Token", "User", "Seconds left"],
        [
            [
                _masked(access.token),
                access.consent.email,
                "evicted" if access.evicted else str(max(0, int(access.expires_at - now))),
            ]
            for access in world.books.access_tokens.values()
        ],
    )


def _faults(world: World) -> str:
    return table(["Fault"], [[str(fault.described())] for fault in world.faults.listed])


def _requests(world: World) -> str:
    newest = reversed(world.log.all()[-REQUESTS_SHOWN:])
    return table(
        ["Time", "Request", "Status", "ms"],
        [
            [
                f"{entry.at:%H:%M:%S}",
                f"{entry.call.method} {entry.call.path}",
                str(entry.status),
                f"{entry.milliseconds:.1f}",
            ]
            for entry in newest
        ],
    )


def _masked(token: str) -> str:
    return f"{token[:LETTERS_SHOWN]}..."
