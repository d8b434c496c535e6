"""The page at ``/``: what is inside the emulator right now.

Read-only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from urllib.parse import urlsplit

from django_zcrm.emulator.core.request import Call
from django_zcrm.emulator.core.request_log import LoggedRequest
from django_zcrm.emulator.core.response import Answer
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.world import World
from django_zcrm.emulator.state.grants import CLIENT_ID
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.ui.layout import Html, folded, link, table, tiles, whole_page

routes = Routes()

REQUESTS_SHOWN = 25
LETTERS_SHOWN = 12


@routes.open("GET", "/")
def overview(world: World, call: Call) -> Answer:
    """Show organisations, records, tokens, the latest requests and the faults in force."""
    base = urlsplit(call.base_url).path
    parts = [
        "<h1>Zoho CRM emulator</h1>",
        _addresses(world, call),
        *(_organisation(world, org, base) for org in world.organisations.values()),
        "<h2>Faults in force</h2>",
        _faults(world),
        f"<h2>Last {REQUESTS_SHOWN} requests</h2>",
        _requests(world),
        "<h2>Refresh tokens</h2>",
        _refresh_tokens(world),
        "<h2>Access tokens</h2>",
        _access_tokens(world),
    ]
    return Answer(200, whole_page("Overview", "".join(parts)))


def _addresses(world: World, call: Call) -> str:
    client = world.grants.clients[CLIENT_ID]
    if len(world.options.codes) == 1:
        return (
            f"<p>Accounts server and API: <code>{escape(call.base_url)}</code><br>"
            f"Client id <code>{CLIENT_ID}</code>, secret <code>{escape(client.secret)}</code></p>"
        )
    rows = [
        [code, call.arrival.accounts(code), client.secrets.get(code, client.secret)]
        for code in world.options.codes
    ]
    return f"<p>Client id <code>{CLIENT_ID}</code></p>" + table(
        ["Data centre", "Accounts server and API", "Client secret"], rows
    )


def _organisation(world: World, org: Organisation, base: str) -> str:
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
    where = f", {org.data_center}" if len(world.options.codes) > 1 else ""
    return (
        f"<h2>{escape(org.name)}</h2>"
        f'<p class="small">{escape(org.environment)}{escape(where)}, {escape(org.edition)}, '
        f"id {escape(org.id)}, zgid {escape(org.info['zgid'])}</p>"
        + tiles(_module_tiles(org, base))
        + table(["User", "Address", "Role", "Profile", "Status"], people)
    )


def _module_tiles(org: Organisation, base: str) -> Iterator[str]:
    """Links to the modules that hold records, with how many they hold."""
    counts = org.records.counts()
    for module in org.metadata.modules.values():
        count = counts.get(module.api_name, 0)
        if count:
            text = Html(f"{escape(module.plural_label)} <strong>{count:,}</strong>")
            yield link(text, "emulator", "browse", org.id, module.api_name, base=base)
    if not any(counts.values()):
        yield "<span>No records yet</span>"


def _refresh_tokens(world: World) -> str:
    return table(
        ["Token", "User", "Client", "Scopes", "Live access tokens"],
        [
            [
                _masked(refresh.token),
                refresh.consent.email,
                refresh.consent.client_id,
                _scopes(refresh.consent.scopes),
                str(len(refresh.access_tokens)),
            ]
            for refresh in world.grants.refresh_tokens.values()
        ],
        "Nobody has granted anything yet.",
    )


def _scopes(scopes: tuple[str, ...]) -> Html:
    listed = "<br>".join(map(escape, scopes))
    count = "1 scope" if len(scopes) == 1 else f"{len(scopes)} scopes"
    return Html(f"<details><summary><span>{count}</span></summary>{listed}</details>")


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
            for access in world.grants.access_tokens.values()
        ],
    )


def _faults(world: World) -> str:
    return table(
        ["Operation", "Fault", "Left", "Hits"],
        [
            [
                " ".join(filter(None, (fault.method, fault.operation, fault.path.strip("*")))),
                json.dumps(
                    {
                        name: value
                        for name, value in fault.to_json().items()
                        if name not in ("method", "operation", "path", "times", "hits")
                    }
                ),
                "all"
                if fault.times is None
                else str(max(0, fault.skip + fault.times - fault.hits)),
                str(fault.hits),
            ]
            for fault in world.faults.listed
        ],
        "None: everything works.",
    )


def _requests(world: World) -> str:
    newest = reversed(world.log.all()[-REQUESTS_SHOWN:])
    lines = "".join(
        folded(
            (
                f"{entry.received_at:%H:%M:%S}",
                f"{entry.request.method} {entry.request.path}",
                _status(entry.status),
                f"{entry.milliseconds:.1f} ms",
            ),
            _told(entry),
        )
        for entry in newest
    )
    return lines or '<p class="small">Nothing was asked yet.</p>'


def _told(entry: LoggedRequest) -> str:
    """A request in full, its secrets masked."""
    told = entry.to_json()
    shown = {name: told[name] for name in ("query", "headers") if told[name]}
    for name in ("form", "files", "json", "text"):
        if told.get(name):
            shown[name] = told[name]
    return json.dumps(shown, indent=2, ensure_ascii=False)


def _status(status: int) -> Html:
    kind = "good" if 200 <= status < 400 else "odd" if 400 <= status < 500 else "bad"
    return Html(f'<strong class="{kind}">{status or "dropped"}</strong>')


def _masked(token: str) -> str:
    return f"{token[:LETTERS_SHOWN]}..."
