"""The emulator's own operations under ``/emulator/``, with which tests control it.

This contract is public: see docs/reference/emulator.md.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from . import seed
from .core import Refusal, Request, Routes, scopes
from .core.faults import Fault, Faults
from .core.options import ENVIRONMENTS
from .core.zoho import Zoho
from .engine.renaming import rename_module
from .engine.visibility import hide
from .seed import company
from .state import Organisation, organisation
from .state.grants import CLIENT_ID, CODE_LIFE, Consent, Throttled

routes = Routes()


@routes.open("GET", "/emulator/health")
def health(zoho: Zoho, request: Request) -> dict[str, Any]:
    """Report that the emulator is running."""
    return {
        "status": "ok",
        "time": zoho.clock.now().isoformat(),
        "data": zoho.options.data,
        "organisations": len(zoho.organisations),
    }


@routes.open("POST", "/emulator/grant-codes")
def make_grant_code(zoho: Zoho, request: Request) -> dict[str, str]:
    """Issue a self-client grant code, as the API console does.

    Body: ``scope``; optional ``email`` (by default the first user; an unknown address becomes a new
    user), ``org_id`` or ``data_center``, ``client_id``, ``expires_in`` (seconds).
    """
    body = _body(request)
    granted = scopes.parse(str(body.get("scope", "")))
    if not granted or not all(map(scopes.is_known, granted)):
        raise _invalid("scope holds one scope or more, separated by commas")
    org = _organisation(zoho, body)
    email = _text(body, "email", "") or next(iter(org.users.values())).email
    client = zoho.grants.clients.get(_text(body, "client_id", CLIENT_ID))
    if client is None:
        raise _invalid("no client has this client_id")
    life = _number(body, "expires_in", CODE_LIFE)
    user = org.user_by_email(email) or organisation.add_user(org, email)
    try:
        code = zoho.grants.grant_code(
            Consent(client.id, user.email, org.id, granted, org.data_center),
            redirect_uri=None,
            offline=True,
            life=life,
        )
    except Throttled:
        raise Refusal(
            "ACCESS_DENIED", "this client has had ten codes in ten minutes", 429
        ) from None
    return {"code": code.code}


@routes.open("POST", "/emulator/organisations")
def add_organisation(zoho: Zoho, request: Request) -> dict[str, Any]:
    """Add an organisation.

    Body, all optional: ``name``, ``environment``, ``data_center``, ``users`` (email addresses).
    """
    body = _body(request)
    environment = body.get("environment", "production")
    if environment not in ENVIRONMENTS:
        raise _invalid(f"environment is one of {', '.join(ENVIRONMENTS)}")
    users = body.get("users", [])
    if not isinstance(users, list) or not all(isinstance(email, str) for email in users):
        raise _invalid("users is a list of addresses")
    org = company.create_organisation(
        zoho, environment, _text(body, "name", company.COMPANY), _data_center(zoho, body)
    )
    seed.fill(org, zoho.options)
    for email in users:
        organisation.add_user(org, email)
    zoho.organisations[org.id] = org
    return {
        "id": org.id,
        "name": org.name,
        "environment": org.environment,
        "data_center": org.data_center,
        "users": [user.email for user in org.users.values()],
    }


@routes.open("POST", "/emulator/reset")
def reset(zoho: Zoho, request: Request) -> dict[str, str]:
    """Return to the initial state."""
    zoho.reset()
    return {"status": "ok"}


@routes.open("GET", "/emulator/faults")
def list_faults(zoho: Zoho, request: Request) -> dict[str, Any]:
    """List the active faults, and how many requests each has hit."""
    return {"faults": [fault.to_json() for fault in zoho.faults.listed]}


@routes.open("POST", "/emulator/faults")
def set_faults(zoho: Zoho, request: Request) -> dict[str, Any]:
    """Replace the active faults; an empty list clears them."""
    body = request.json
    faults = Faults()
    faults.listed = [Fault.from_json(item) for item in (body if isinstance(body, list) else [body])]
    zoho.faults = faults
    return list_faults(zoho, request)


@routes.open("DELETE", "/emulator/faults")
def clear_faults(zoho: Zoho, request: Request) -> dict[str, Any]:
    """Clear all faults."""
    zoho.faults = Faults()
    return {"faults": []}


@routes.open("GET", "/emulator/requests")
def list_requests(zoho: Zoho, request: Request) -> dict[str, Any]:
    """List the requests received, oldest first.

    ``method`` and ``path`` (with ``*``) filter them; secrets are masked without ``secrets=1``.
    """
    secrets = request.args.get("secrets") == "1"
    method, path = request.args.get("method"), request.args.get("path", "*")
    entries = [
        entry.to_json(secrets=secrets)
        for entry in zoho.log.all()
        if fnmatchcase(entry.request.path, path) and method in (None, entry.request.method)
    ]
    return {"count": len(entries), "requests": entries}


@routes.open("DELETE", "/emulator/requests")
def clear_requests(zoho: Zoho, request: Request) -> dict[str, Any]:
    """Clear the request log."""
    zoho.log.clear()
    return {"count": 0, "requests": []}


@routes.open("POST", "/emulator/expire-access-tokens")
def expire_access_tokens(zoho: Zoho, request: Request) -> dict[str, int]:
    """Expire every access token now."""
    tokens = list(zoho.grants.access_tokens)
    for token in tokens:
        zoho.grants.expire(token)
    return {"expired": len(tokens)}


@routes.open("POST", "/emulator/revoke")
def revoke(zoho: Zoho, request: Request) -> dict[str, int]:
    """Withdraw the grants of the user with the body's ``email``, or of all users."""
    return {"revoked": zoho.grants.withdraw(_body(request).get("email"))}


@routes.open("POST", "/emulator/records")
def generate_records(zoho: Zoho, request: Request) -> dict[str, int]:
    """Generate ``count`` records of the ``module``, created evenly over the last year."""
    body = _body(request)
    org = _organisation(zoho, body)
    module = _text(body, "module", "")
    count = body.get("count")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise _invalid("count is a number of records")
    try:
        seed.generate_all(org, {module: count})
    except ValueError:
        raise _invalid("module is the API name of a module") from None
    return {"count": count}


@routes.open("POST", "/emulator/lag")
def set_lag(zoho: Zoho, request: Request) -> dict[str, float]:
    """Delay changes in searches (``search`` seconds) and new rows in lists (``rows`` seconds).

    A missing key keeps its value.
    """
    body = _body(request)
    org = _organisation(zoho, body)
    search = _number(body, "search", org.search_lag)
    rows = _number(body, "rows", org.row_lag)
    if min(search, rows) < 0:
        raise _invalid("search and rows are seconds from 0 up")
    org.search_lag, org.row_lag = search, rows
    return {"search": search, "rows": rows}


@routes.open("POST", "/emulator/hidden-records")
def hide_records(zoho: Zoho, request: Request) -> dict[str, int]:
    """Hide exactly the records with the body's ``ids`` from the user with the ``email``."""
    body = _body(request)
    org = _organisation(zoho, body)
    user = org.user_by_email(_text(body, "email", ""))
    if user is None:
        raise _invalid("no user has this email")
    ids = body.get("ids", [])
    if not isinstance(ids, list) or not all(
        isinstance(record_id, str) and record_id in org.records.homes for record_id in ids
    ):
        raise _invalid("ids is a list of the ids of records")
    hide(org, user, ids)
    return {"hidden": len(ids)}


@routes.open("POST", "/emulator/rename-module")
def change_module_name(zoho: Zoho, request: Request) -> dict[str, str]:
    """Give the custom module ``module`` the API name ``api_name``."""
    body = _body(request)
    org = _organisation(zoho, body)
    api_name = _text(body, "api_name", "")
    try:
        rename_module(org, _text(body, "module", ""), api_name)
    except ValueError as error:
        raise _invalid(str(error)) from None
    return {"api_name": api_name}


@routes.open("POST", "/emulator/clock")
def move_clock(zoho: Zoho, request: Request) -> dict[str, str]:
    """Move the clock ``advance`` seconds ahead."""
    try:
        zoho.clock.advance(_number(_body(request), "advance", 0))
    except ValueError as error:
        raise _invalid(str(error)) from None
    return {"time": zoho.clock.now().isoformat()}


def _body(request: Request) -> dict[str, Any]:
    """The JSON object sent, without nulls; empty when there is no body."""
    body = request.json_object() if request.get_data() else {}
    return {name: value for name, value in body.items() if value is not None}


def _number(body: dict[str, Any], name: str, default: float) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _invalid(f"{name} is a number of seconds")
    try:
        return float(value)
    except OverflowError:
        raise _invalid(f"{name} is too large") from None


def _text(body: dict[str, Any], name: str, default: str) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise _invalid(f"{name} is text")
    return value


def _organisation(zoho: Zoho, body: dict[str, Any]) -> Organisation:
    if "org_id" not in body:
        code = _data_center(zoho, body)
        return next(org for org in zoho.organisations.values() if org.data_center == code)
    org = zoho.organisations.get(_text(body, "org_id", ""))
    if org is None:
        raise _invalid("no organisation has this org_id")
    return org


def _data_center(zoho: Zoho, body: dict[str, Any]) -> str:
    code = body.get("data_center", zoho.options.codes[0])
    if code not in zoho.options.codes:
        raise _invalid(f"data_center is one of {', '.join(zoho.options.codes)}")
    return str(code)


def _invalid(message: str) -> Refusal:
    return Refusal("INVALID_REQUEST", message)
