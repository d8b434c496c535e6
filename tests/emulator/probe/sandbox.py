"""A sandbox at Zoho's own host names, with limits on, whose behaviour a calibration determines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.guesses import Guess, guesses
from django_zcrm.emulator.probe.journal import Journal
from django_zcrm.emulator.probe.lab import MARK
from django_zcrm.emulator.probe.running import ProbeOutcome, run
from django_zcrm.testing import ZCRMEmulator
from django_zcrm.testing.standalone import ALL_SCOPES
from django_zcrm.zoho.auth.accounts import OAuthClient
from django_zcrm.zoho.auth.granted import GrantedTokens
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.http.pauses import override_pause
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from django_zcrm.zoho.secret import Secret

ACCOUNTS = "https://accounts.zoho.eu"
KNOBS: list[Guess] = [guess for guess in guesses().values() if guess.knob]

Flips = Mapping[str, str]


def calibration(flips: Flips) -> dict[str, Any]:
    """Return the content of a probe.json with these behaviours."""
    return {"format": 1, "facts": {name: {"behaviour": it} for name, it in flips.items()}}


def make_emulator(flips: Flips, environment: str = "sandbox") -> Emulator:
    """Return an emulator that behaves so, in the European data centre."""
    return Emulator(
        data="empty",
        data_centers=("eu",),
        environments=(environment,),
        limit_credits=True,
        limit_concurrency=True,
        limit_sub_concurrency=True,
        calibration=calibration(flips),
    )


def refresh_token(emulator: Emulator) -> str:
    """Return a refresh token of the emulator's first user."""
    zcrm = ZCRMEmulator(emulator)
    grants = emulator.zoho.grants
    code = zcrm.grant_code(ALL_SCOPES)
    refresh = grants.exchange(grants.client(zcrm.client_id), code, "", data_center="eu").refresh
    assert refresh is not None
    return refresh.token


@contextmanager
def client_of(emulator: Emulator) -> Iterator[Client]:
    """Give a client that finds the emulator at Zoho's host names; pauses advance its clock."""
    zcrm = ZCRMEmulator(emulator)
    transport = RequestsTransport("django-zcrm/testing")
    zcrm.mount(transport)
    oauth = OAuthClient(zcrm.client_id, Secret(zcrm.client_secret), "", ACCOUNTS)
    tokens = GrantedTokens(oauth, refresh_token(emulator), transport)
    try:
        with override_pause(emulator.zoho.clock.advance):
            yield Client(Session(tokens, transport))
    finally:
        transport.close()


def probe(emulator: Emulator, journal: Path, **options: Any) -> ProbeOutcome:
    """Run the probes against an emulator."""
    with client_of(emulator) as client, closing(Journal(journal)) as opened:
        return run(client, opened, **{"budget": 500, **options})


def list_remains(emulator: Emulator) -> list[str]:
    """Return what is left of the probes: records, those in the recycle bin, settings, channels."""
    org = emulator.zoho.organisation
    things: dict[str, Any] = {
        "channels": org.channels,
        "tags": [tag.name for tag in org.records.tags.values()],
        "variables": org.settings.items("variables"),
    }
    for name, table in org.records.tables.items():
        things[name] = table.rows
        things[f"deleted {name}"] = [entry.record for entry in table.deleted.values()]
    return [name for name, thing in things.items() if MARK in str(thing)]


def spent(emulator: Emulator) -> int:
    """Return the credits that the emulator counted."""
    headers = emulator.zoho.limits._spent.values()
    return sum(amount for amounts in headers for _, amount in amounts)
