"""The page at ``/``: the current content of the emulator."""

from __future__ import annotations

import json
from typing import Any

from ..core import Request, Response, Routes
from ..core.faults import Fault
from ..core.request_log import LoggedRequest
from ..core.zoho import Zoho
from ..state import Module, Organisation
from ..state.grants import CLIENT_ID
from .pages import read_file, render

routes = Routes()

MAX_REQUESTS = 25


@routes.open("GET", "/")
def overview(zoho: Zoho, request: Request) -> Response:
    """Show organisations, records, tokens, the latest requests and the active faults."""
    codes = zoho.options.codes
    latest = reversed(zoho.log.all()[-MAX_REQUESTS:])
    return render(
        request,
        "overview.html",
        client=zoho.grants.clients[CLIENT_ID],
        url=request.address.base_url,
        several_data_centers=len(codes) > 1,
        data_centers={code: request.address.accounts_url(code) for code in codes},
        organisations=[(org, _modules(org)) for org in zoho.organisations.values()],
        faults=[_fault(fault) for fault in zoho.faults.listed],
        requests=[(entry, _content(entry)) for entry in latest],
        max_requests=MAX_REQUESTS,
        refresh_tokens=zoho.grants.refresh_tokens.values(),
        access_tokens=zoho.grants.access_tokens.values(),
        now=zoho.clock.time(),
    )


@routes.open("GET", "/emulator/style.css")
def style_sheet(zoho: Zoho, request: Request) -> Response:
    """Return the style sheet of all pages."""
    return Response(read_file("style.css"), headers={"Content-Type": "text/css; charset=utf-8"})


@routes.open("GET", "/emulator/icon.svg")
def icon(zoho: Zoho, request: Request) -> Response:
    """Return the icon of all pages."""
    return Response(read_file("icon.svg"), headers={"Content-Type": "image/svg+xml"})


def _modules(org: Organisation) -> list[tuple[Module, int]]:
    """The modules that have records, with the number of records."""
    counts = org.records.counts()
    return [
        (module, count)
        for module in org.metadata.modules.values()
        if (count := counts.get(module.api_name, 0))
    ]


def _fault(fault: Fault) -> dict[str, Any]:
    target = (fault.method, fault.operation, fault.path.strip("*"))
    effect = {
        name: value
        for name, value in fault.to_json().items()
        if name not in ("method", "operation", "path", "times", "hits")
    }
    remaining = "all" if fault.times is None else max(0, fault.skip + fault.times - fault.hits)
    return {
        "target": " ".join(filter(None, target)),
        "effect": json.dumps(effect),
        "left": remaining,
        "hits": fault.hits,
    }


def _content(entry: LoggedRequest) -> str:
    """The content of a request, with masked secrets."""
    logged = entry.to_json()
    names = ("query", "headers", "form", "files", "json", "text")
    content = {name: logged[name] for name in names if logged.get(name)}
    return json.dumps(content, indent=2, ensure_ascii=False)
