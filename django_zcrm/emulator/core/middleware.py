"""The layers between the server and the handlers.

As in Django, a layer takes a request and the function that passes it on, and returns a response.
`FOR_ZOHO` has the layers of a request to Zoho in order, the first one outermost.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Collection, Sequence
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from typing import Protocol

from ..guesses import behaves
from ..state import Organisation
from .authentication import authenticate
from .bad_item import refuse_item
from .errors import Refusal, invalid_url
from .faults import ConnectionDropped, Fault
from .hooks import Callback, PostedCallback
from .request import Request
from .response import Response, make_response
from .sources import check_source
from .versions import dialect
from .zoho import Zoho

GetResponse = Callable[[Request], Response]


class Layer(Protocol):
    """Returns the response to a request, usually by passing it on with ``get_response``."""

    def __call__(self, zoho: Zoho, request: Request, get_response: GetResponse) -> Response: ...


def log_request(zoho: Zoho, request: Request, get_response: GetResponse) -> Response:
    """Log the request and its response."""
    with zoho.log.record(request, zoho.clock.now()) as entry:
        response = get_response(request)
        entry.status = response.status_code
        return response


def apply_connection_faults(zoho: Zoho, request: Request, get_response: GetResponse) -> Response:
    """Choose the faults that hit the request; expire its token, or drop its connection."""
    request.faults = zoho.faults.take(request.method, request.path, request.match.route)
    if any(fault.drop == "before" for fault in request.faults):
        raise ConnectionDropped
    if request.bearer_token and any(fault.expire_token for fault in request.faults):
        zoho.grants.expire(request.bearer_token)
    response = get_response(request)
    if any(fault.drop == "after" for fault in request.faults):
        raise ConnectionDropped
    return response


def answer_errors(zoho: Zoho, request: Request, get_response: GetResponse) -> Response:
    """Convert exceptions of the inner layers to responses."""
    try:
        return get_response(request)
    except Refusal as refusal:
        return refusal.response()
    except Exception:
        # A bug in the emulator: printed to stderr, with the response that Zoho sends for internal
        # errors.
        traceback.print_exc()
        return Refusal("INTERNAL_ERROR", "Internal Server Error", 500).response()


def require_access_token(zoho: Zoho, request: Request, get_response: GetResponse) -> Response:
    """Refuse requests to the API without an access token that has the required scope."""
    is_unknown = request.match.route is None and request.path.startswith("/crm/")
    if request.match.needs_token or (
        is_unknown and behaves("admission.unknown-path", "token-first")
    ):
        with zoho.lock:
            authenticate(zoho, request)
    return get_response(request)


def run_hooks(zoho: Zoho, request: Request, get_response: GetResponse) -> Response:
    """Do the due work before a request, and post the callbacks that the request caused."""
    if request.organisation is None:
        return get_response(request)
    _run_before(zoho, request.organisation)
    response = get_response(request)
    _run_after(zoho, request.organisation, request.address.base_url, request.faults)
    return response


def _run_before(zoho: Zoho, organisation: Organisation) -> None:
    with zoho.lock:
        for finish_due_work in zoho.hooks.before_request:
            finish_due_work(organisation)


def _run_after(
    zoho: Zoho, organisation: Organisation, base_url: str, faults: Collection[Fault] = ()
) -> None:
    """Post the pending callbacks, except those that ``faults`` hold back."""
    with zoho.lock:
        pending = [
            callback
            for pending_callbacks in zoho.hooks.after_request
            for callback in pending_callbacks(organisation, base_url)
        ]
        if pending:
            _post(zoho, pending, faults)
        for delays in zoho.hooks.wake_after:
            for seconds in delays(organisation):
                # The context has the calibration, which the sending thread does not have.
                wake = partial(copy_context().run, _wake, zoho, organisation, base_url)
                zoho.callbacks.run(wake, after=seconds)


def _post(zoho: Zoho, pending: list[Callback], faults: Collection[Fault]) -> None:
    fates = {fault.notices for fault in faults}
    if "doubled" in fates:
        pending = [callback for callback in pending for _ in range(2)]
    if "late" in fates:
        zoho.late_callbacks.extend(pending)
    elif "lost" not in fates:
        delay = sum(fault.notices_delay_s for fault in faults)
        for callback in (*pending, *zoho.late_callbacks):
            if callback.report is not None:
                callback = replace(callback, report=partial(_report, zoho, callback.report))
            zoho.callbacks.post(callback, after=delay)
        zoho.late_callbacks.clear()


def _report(zoho: Zoho, report: Callable[[PostedCallback], None], posted: PostedCallback) -> None:
    with zoho.lock:
        report(posted)


def _wake(zoho: Zoho, organisation: Organisation, base_url: str) -> None:
    """Run the hooks without a request, unless there was a reset in the meantime."""
    with zoho.lock:
        if zoho.organisations.get(organisation.id) is organisation:
            _run_before(zoho, organisation)
            _run_after(zoho, organisation, base_url)


def enforce_limits(zoho: Zoho, request: Request, get_response: GetResponse) -> Response:
    """Refuse requests beyond the limits, and report how many API credits are left."""
    if request.organisation is None or not zoho.limits.are_on:
        return get_response(request)
    with zoho.limits.count_request(request.organisation, request) as headers:
        response = get_response(request)
    response.headers.update(headers)
    return response


def apply_response_faults(zoho: Zoho, request: Request, get_response: GetResponse) -> Response:
    """Delay a request, backdate it, and replace its response, wholly or in part."""
    if not request.faults:
        return get_response(request)
    if delay := sum(fault.delay_ms for fault in request.faults):
        time.sleep(delay / 1000)
    for fault in request.faults:
        response = fault.response()
        if response is not None:
            return response
    refused = next(filter(None, (refuse_item(fault, request) for fault in request.faults)), None)
    if refused is not None and refused.is_only_item:
        return refused.response()
    with zoho.lock, zoho.clock.earlier(sum(fault.backdate_s for fault in request.faults)):
        if refused is None:
            return get_response(request)
        return refused.put_into(get_response(refused.request))


def refuse_other_sites(zoho: Zoho, request: Request, get_response: GetResponse) -> Response:
    """Refuse requests of other sites' pages to the emulator's own paths."""
    if not request.address.is_zoho_host:
        check_source(request, zoho.allowed_hosts)
    return get_response(request)


#: `answer_errors` is listed twice: a request that passes the limits counts even if it fails.
FOR_ZOHO: tuple[Layer, ...] = (
    log_request,
    apply_connection_faults,
    answer_errors,
    require_access_token,
    run_hooks,
    enforce_limits,
    answer_errors,
    apply_response_faults,
)
FOR_EMULATOR: tuple[Layer, ...] = (answer_errors, refuse_other_sites)
"""The layers of a request to the control API or for a page of the emulator."""
FOR_PART: tuple[Layer, ...] = (answer_errors, require_access_token)
"""The layers of a part of a composite request."""


def call_handler(zoho: Zoho, request: Request) -> Response:
    """Run the handler of a request. One runs at a time. Raises Refusal when there is none."""
    match = request.match
    if match.route is None:
        if not match.path_is_known:
            if not request.version and behaves("admission.unknown-version", "INVALID_REQUEST"):
                raise Refusal("INVALID_REQUEST", "the version is not known")
            raise invalid_url()
        raise Refusal("INVALID_REQUEST_METHOD", "The http request method type is not a valid one")
    if match.route.handler is None:
        operation = f"{match.route.method} {match.route.path}"
        raise Refusal(
            "NOT_EMULATED",
            f"Zoho publishes {operation}, the emulator has no behaviour for it yet",
            501,
            {"operation": operation},
        )
    with zoho.lock:
        organisation = request.organisation
        placeholders = match.placeholders
        if organisation is not None and dialect(request.version).ignores_case_of_modules:
            placeholders = _spell_module(organisation, placeholders)
        return make_response(match.route.handler(organisation or zoho, request, **placeholders))


def _spell_module(organisation: Organisation, placeholders: dict[str, str]) -> dict[str, str]:
    """Return the placeholders with the module's exact API name."""
    module_name = placeholders.get("module")
    if module_name is None or module_name in organisation.metadata.modules:
        return placeholders
    names = (*organisation.metadata.modules, "Activities")
    spelled = next((name for name in names if name.lower() == module_name.lower()), module_name)
    return {**placeholders, "module": spelled}


def chain(zoho: Zoho, layers: Sequence[Layer]) -> GetResponse:
    """Return the function that passes a request through layers to its handler and back."""
    get_response: GetResponse = partial(call_handler, zoho)
    for layer in reversed(layers):
        get_response = partial(layer, zoho, get_response=get_response)
    return get_response
