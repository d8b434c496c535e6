"""The page at ``/``: what is inside the emulator right now."""

from __future__ import annotations

import json
from typing import Any

from django_zcrm.emulator.core.faults import Fault
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.request_log import LoggedRequest
from django_zcrm.emulator.core.response import Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.zoho import Zoho
from django_zcrm.emulator.state.grants import CLIENT_ID
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.ui.pages import render

routes = Routes()

MAX_REQUESTS = 25


@routes.open("GET", "/")
def overview(zoho: Zoho, request: Request) -> Response:
    """Show organisations, records, tokens, the latest requests and the faults in force."""
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


def _modules(org: Organisation) -> list[tuple[Module, int]]:
    """The modules that hold records, with how many they hold."""
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
    left = "all" if fault.times is None else max(0, fault.skip + fault.times - fault.hits)
    return {
        "target": " ".join(filter(None, target)),
        "effect": json.dumps(effect),
        "left": left,
        "hits": fault.hits,
    }


def _content(entry: LoggedRequest) -> str:
    """What a request carried, its secrets masked."""
    logged = entry.to_json()
    names = ("query", "headers", "form", "files", "json", "text")
    content = {name: logged[name] for name in names if logged.get(name)}
    return json.dumps(content, indent=2, ensure_ascii=False)
