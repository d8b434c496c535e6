"""The emulator's own operations under ``/emulator/``, with which tests control it.

This contract is public: see docs/reference/emulator.md.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from django_zcrm.emulator import seed
from django_zcrm.emulator.core import scopes
from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.faults import Fault, Faults
from django_zcrm.emulator.core.options import ENVIRONMENTS
from django_zcrm.emulator.core.request import Call
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.world import World
from django_zcrm.emulator.seed import company
from django_zcrm.emulator.state import organisation
from django_zcrm.emulator.state.grants import CLIENT_ID, CODE_LIFE, Consent, Throttled
from django_zcrm.emulator.state.organisation import Organisation

routes = Routes()


@routes.open("GET", "/emulator/health")
def health(world: World, call: Call) -> dict[str, Any]:
    """Say that the emulator is up."""
    return {
        "status": "ok",
        "time": world.clock.now().isoformat(),
        "data": world.options.data,
        "organisations": len(world.organisations),
    }


@routes.open("POST", "/emulator/grant-codes")
def make_grant_code(world: World, call: Call) -> dict[str, str]:
    """Issue a self-client grant code, as the API console does.

    Body: ``scope``; optional ``email`` (by default the first user; an unknown address becomes a new
    user), ``org_id`` or ``data_center``, ``client_id``, ``expires_in`` (seconds).
    """
    asked = _body(call)
    wanted = scopes.parse(str(asked.get("scope", "")))
    if not wanted or not all(map(scopes.is_known, wanted)):
        raise _bad("scope holds one scope or more, separated by commas")
    org = _organisation(world, asked)
    email = _text(asked, "email", "") or next(iter(org.users.values())).email
    client = world.books.clients.get(_text(asked, "client_id", CLIENT_ID))
    if client is None:
        raise _bad("no client has this client_id")
    life = _number(asked, "expires_in", CODE_LIFE)
    user = org.user_by_email(email) or organisation.add_user(org, email)
    try:
        code = world.books.grant_code(
            Consent(client.id, user.email, org.id, wanted, org.data_center),
            redirect_uri=None,
            offline=True,
            life=life,
        )
    except Throttled:
        raise Problem(
            "ACCESS_DENIED", "this client has had ten codes in ten minutes", 429
        ) from None
    return {"code": code.code}


@routes.open("POST", "/emulator/organisations")
def add_organisation(world: World, call: Call) -> dict[str, Any]:
    """Add an organisation.

    Body, all optional: ``name``, ``environment``, ``data_center``, ``users`` (email addresses).
    """
    asked = _body(call)
    environment = asked.get("environment", "production")
    if environment not in ENVIRONMENTS:
        raise _bad(f"environment is one of {', '.join(ENVIRONMENTS)}")
    users = asked.get("users", [])
    if not isinstance(users, list) or not all(isinstance(email, str) for email in users):
        raise _bad("users is a list of addresses")
    org = company.create_organisation(
        world, environment, _text(asked, "name", company.COMPANY), _data_center(world, asked)
    )
    seed.fill(org, world.options)
    for email in users:
        organisation.add_user(org, email)
    world.organisations[org.id] = org
    return {
        "id": org.id,
        "name": org.name,
        "environment": org.environment,
        "data_center": org.data_center,
        "users": [user.email for user in org.users.values()],
    }


@routes.open("POST", "/emulator/reset")
def reset(world: World, call: Call) -> dict[str, str]:
    """Return to the initial state."""
    world.reset()
    return {"status": "ok"}


@routes.open("GET", "/emulator/faults")
def list_faults(world: World, call: Call) -> dict[str, Any]:
    """List the faults in force, and how often each was hit."""
    return {"faults": [fault.described() for fault in world.faults.listed]}


@routes.open("POST", "/emulator/faults")
def set_faults(world: World, call: Call) -> dict[str, Any]:
    """Replace the faults in force; an empty list clears them."""
    given = call.json
    faults = Faults()
    faults.listed = [
        Fault.from_json(item) for item in (given if isinstance(given, list) else [given])
    ]
    world.faults = faults
    return list_faults(world, call)


@routes.open("DELETE", "/emulator/faults")
def clear_faults(world: World, call: Call) -> dict[str, Any]:
    """Clear all faults."""
    world.faults = Faults()
    return {"faults": []}


@routes.open("GET", "/emulator/requests")
def list_requests(world: World, call: Call) -> dict[str, Any]:
    """List the requests received, oldest first.

    ``method`` and ``path`` (with ``*``) filter them; secrets are masked without ``secrets=1``.
    """
    secrets = call.params.get("secrets") == "1"
    method, path = call.params.get("method"), call.params.get("path", "*")
    found = [
        entry.described(secrets=secrets)
        for entry in world.log.all()
        if fnmatchcase(entry.call.path, path) and method in (None, entry.call.method)
    ]
    return {"count": len(found), "requests": found}


@routes.open("DELETE", "/emulator/requests")
def clear_requests(world: World, call: Call) -> dict[str, Any]:
    """Forget what was received."""
    world.log.clear()
    return {"count": 0, "requests": []}


@routes.open("POST", "/emulator/expire-access-tokens")
def expire_access_tokens(world: World, call: Call) -> dict[str, int]:
    """Let every access token expire now."""
    tokens = list(world.books.access_tokens)
    for token in tokens:
        world.books.expire(token)
    return {"expired": len(tokens)}


@routes.open("POST", "/emulator/revoke")
def revoke(world: World, call: Call) -> dict[str, int]:
    """Withdraw the grants of the user with the body's ``email``, or of all users."""
    email = _body(call).get("email")
    tokens = [
        token
        for token, refresh in world.books.refresh_tokens.items()
        if email in (None, refresh.consent.email)
    ]
    for token in tokens:
        world.books.revoke(token)
    return {"revoked": len(tokens)}


@routes.open("POST", "/emulator/clock")
def move_clock(world: World, call: Call) -> dict[str, str]:
    """Move the clock ``advance`` seconds ahead."""
    try:
        world.clock.advance(_number(_body(call), "advance", 0))
    except ValueError as error:
        raise _bad(str(error)) from None
    return {"time": world.clock.now().isoformat()}


def _body(call: Call) -> dict[str, Any]:
    """The JSON object sent, without nulls; empty when there is no body."""
    given = call.json_object() if call.body else {}
    return {name: value for name, value in given.items() if value is not None}


def _number(asked: dict[str, Any], name: str, default: float) -> float:
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _bad(f"{name} is a number of seconds")
    return float(value)


def _text(asked: dict[str, Any], name: str, default: str) -> str:
    value = asked.get(name, default)
    if not isinstance(value, str):
        raise _bad(f"{name} is text")
    return value


def _organisation(world: World, asked: dict[str, Any]) -> Organisation:
    if "org_id" not in asked:
        place = _data_center(world, asked)
        return next(org for org in world.organisations.values() if org.data_center == place)
    org = world.organisations.get(_text(asked, "org_id", ""))
    if org is None:
        raise _bad("no organisation has this org_id")
    return org


def _data_center(world: World, asked: dict[str, Any]) -> str:
    code = asked.get("data_center", world.options.codes[0])
    if code not in world.options.codes:
        raise _bad(f"data_center is one of {', '.join(world.options.codes)}")
    return str(code)


def _bad(message: str) -> Problem:
    return Problem("INVALID_REQUEST", message)
