"""Composite requests: up to five calls in one, which may refer to each other's responses.

`POST /crm/{version}/__composite_requests` (Zoho docs v7 composite-requests). The parts are
performed one after the other in the order their references require, whatever
`parallel_execution` is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ..core import JsonResponse, Refusal, Request, Response, Routes, invalid_data
from ..guesses import behaves
from ..state import Organisation

routes = Routes()

KEY = "__composite_requests"
MAX_PARTS = 5
SINCE = 3.0
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
MAX_ROWS_READ = 25
_URI = re.compile(r"/crm(?:/.*)?/v(\d+(?:\.\d+)?)/.*")
_ID = re.compile(r"[a-zA-Z0-9]\w*", re.ASCII)
_REFERENCE = re.compile(r"@\{(\w+):\$((?:\.[\w$]+|\[\d+\])*)\}", re.ASCII)
_STEP = re.compile(r"\.([\w$]+)|\[(\d+)\]", re.ASCII)
_LIMIT = re.compile(r"\blimit\s+(?:\d+\s*,\s*)?(\d+)(?:\s+offset\s+\d+)?\s*$", re.IGNORECASE)
_FORBIDDEN_HEADERS = frozenset({"authorization", "x-crm-org"})


@dataclass(frozen=True)
class Part:
    """One call of a composite request."""

    index: int
    id: str
    method: str
    uri: str
    params: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def references(self) -> set[str]:
        """Ids of the parts whose responses this one needs."""
        text = json.dumps([self.uri, self.params, self.body])
        return {match[1] for match in _REFERENCE.finditer(text)}


@routes.route("POST", f"/crm/{{version}}/{KEY}", scope="ZohoCRM.composite_requests.CUSTOM")
def perform(org: Organisation, request: Request) -> Response:
    """Perform the parts and return all their responses."""
    if request.version < SINCE:
        raise Refusal(
            "API_NOT_SUPPORTED",
            "the API is not supported in this version",
            details={"api_supported_version": SINCE},
        )
    body = request.json_object()
    for name in ("rollback_on_fail", "parallel_execution"):
        if not isinstance(body.get(name, False), bool):
            raise invalid_data(api_name=name, expected_data_type="boolean", json_path=f"$.{name}")
    rollback = body.get("rollback_on_fail") is True
    if rollback and body.get("parallel_execution") is True:
        raise Refusal(
            "AMBIGUITY_DURING_PROCESSING",
            "ambiguity while processing the request",
            details={
                "ambiguity_due_to": [
                    {"api_name": name, "json_path": f"$.{name}"}
                    for name in ("rollback_on_fail", "parallel_execution")
                ]
            },
        )
    parts = [
        _read(request, item, index)
        for index, item in enumerate(request.json_items(KEY, limit=MAX_PARTS))
    ]
    before = (org.records.copy(), org.settings.copy(), org.metadata.copy()) if rollback else None
    responses: dict[str, dict[str, Any]] = {}
    results: dict[int, dict[str, Any]] = {}
    for part in list(_sort_parts(parts)):  # all checks come before the first call
        results[part.index], failed = _result(request, part, responses)
        if failed and before is not None:
            org.records, org.settings, org.metadata = before
            org.changes.clear()
            org.webhook_calls.clear()
            return JsonResponse(
                {
                    KEY: [
                        _render_rollback(part.index, index, results) for index in range(len(parts))
                    ]
                },
                400,
            )
    ordered_results = [results[index] for index in range(len(parts))]
    triggered = sum(item["status"] == "success" for item in ordered_results)
    status = 200 if triggered == len(ordered_results) else 207 if triggered else 400
    return JsonResponse({KEY: ordered_results}, status)


def _read(request: Request, item: dict[str, Any], index: int) -> Part:
    path = f"$.{KEY}[{index}]"
    for name in ("method", "uri"):
        if not item.get(name):
            raise Refusal(
                "MANDATORY_NOT_FOUND",
                "required field not found",
                details={"api_name": name, "json_path": f"{path}.{name}"},
            )
    part = Part(
        index,
        str(item.get("sub_request_id") or index),
        item["method"],
        item["uri"],
        item.get("params") or {},
        item.get("body"),
        item.get("headers") or {},
    )
    _check(request, part, path)
    _check_size(part, path)
    return part


def _check(request: Request, part: Part, path: str) -> None:
    """Raise Refusal for an invalid part, or one with a request that is not allowed."""
    match = _URI.fullmatch(str(part.uri))
    may_nest = behaves("composite.nested", "taken")
    for fits, name in (
        (part.method in METHODS, "method"),
        (match and (not part.uri.partition("?")[0].endswith(KEY) or may_nest), "uri"),
        (_ID.fullmatch(part.id), "sub_request_id"),
        (isinstance(part.params, dict), "params"),
        (_are_headers(part.headers), "headers"),
    ):
        if not fits:
            raise invalid_data(api_name=name, json_path=f"{path}.{name}")
    if match and float(match[1]) > request.version:
        raise Refusal(
            "NOT_SUPPORTED",
            "the version of the sub request is not supported",
            details={
                "sub_request_version": float(match[1]),
                "composite_request_version": request.version,
            },
        )
    bad = sorted(_FORBIDDEN_HEADERS & {name.lower() for name in part.headers})
    if bad:
        raise Refusal(
            "NOT_SUPPORTED",
            "the header is not supported",
            details={
                "api_name": "headers",
                "json_path": f"{path}.headers",
                "restricted_headers": bad,
            },
        )


def _are_headers(headers: Any) -> bool:
    return isinstance(headers, dict) and all(
        isinstance(value, str) and not re.search(r"[\r\n]", value) for value in headers.values()
    )


def _check_size(part: Part, path: str) -> None:
    """Allow one record a write, 25 a read; a deletion must name its record in the path."""
    body = part.body if isinstance(part.body, dict) else {}
    rows = body.get("data")
    if part.method in ("POST", "PUT") and isinstance(rows, list) and len(rows) > 1:
        raise invalid_data(api_name="data", json_path=f"{path}.body.data", maximum_length=1)
    params = {**dict(parse_qsl(part.uri.partition("?")[2])), **part.params}
    if (
        part.method == "DELETE"
        and "ids" in params
        and not behaves("composite.deleting-ids", "taken")
    ):
        raise Refusal(
            "NOT_SUPPORTED",
            "only the record in the path can be deleted",
            details={"api_name": "ids", "json_path": f"{path}.params.ids"},
        )
    limit = _LIMIT.search(str(body.get("select_query", "")))
    for name, json_path, number in (
        ("per_page", "params.per_page", str(params.get("per_page", 0))),
        ("select_query", "body.select_query", limit[1] if limit else "0"),
    ):
        is_large = number.isdecimal() and float(number) > MAX_ROWS_READ
        if is_large and not behaves("composite.too-many-records", "taken"):
            raise invalid_data(
                api_name=name, json_path=f"{path}.{json_path}", maximum_length=MAX_ROWS_READ
            )


def _sort_parts(parts: list[Part]) -> Iterator[Part]:
    """Yield each part after those it refers to. Raises Refusal for loops and unknown ids."""
    ids = [part.id for part in parts]
    for part in parts:
        if ids.count(part.id) > 1:
            raise Refusal(
                "DUPLICATE_DATA",
                "duplicate data",
                details={
                    "api_name": "sub_request_id",
                    "json_path": f"$.{KEY}[{part.index}].sub_request_id",
                },
            )
        for name in sorted(part.references - set(ids)):
            raise Refusal(
                "INVALID_REFERENCE",
                "the reference given seems to be invalid",
                details={"api_name": KEY, "json_path": f"$.{KEY}[{part.index}]", "reference": name},
            )
    sorted_ids: set[str] = set()
    waiting = list(parts)
    while waiting:
        ready = next((part for part in waiting if part.references <= sorted_ids), None)
        if ready is None:
            raise Refusal(
                "LOOPING_FOUND",
                "the sub requests refer to each other",
                details={
                    "dependent_data": [
                        {
                            "sub_request_id": part.id,
                            "referred_sub_request_ids": sorted(part.references),
                        }
                        for part in waiting
                    ]
                },
            )
        waiting.remove(ready)
        sorted_ids.add(ready.id)
        yield ready


def _result(
    request: Request, part: Part, responses: dict[str, dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """Perform a part; return its result, and whether it failed."""
    try:
        uri, params, body = _fill_references([part.uri, part.params, part.body], responses)
    except LookupError:
        return Refusal(
            "PROCESSING_STOPPED",
            "a referred sub request did not give the value",
            details={"sub_request_id": part.id},
        ).body, True
    bare, _, query = uri.partition("?")
    query = "&".join(filter(None, (query, urlencode(params))))
    if part.method == "GET" and not re.search(r"(^|&)per_page=", query):
        query += f"&per_page={200 if behaves('composite.per-page', '200') else MAX_ROWS_READ}"
    headers = {
        **part.headers,
        "Authorization": f"Zoho-oauthtoken {request.bearer_token}",
        "Content-Type": "application/json",
    }
    content = b"" if body is None else json.dumps(body).encode()
    part_request = Request.build(part.method, bare, query, headers, content)
    part_request.address, part_request.perform = request.address, request.perform
    part_response = request.perform(part_request)
    result = _json(part_response)
    responses[part.id] = result
    response = {
        "status_code": part_response.status_code,
        "headers": {
            name: value for name, value in part_response.headers if name != "Content-Length"
        },
        "body": result,
    }
    return {
        "code": "SUCCESS",
        "details": {"response": response},
        "message": "sub request has been executed",
        "status": "success",
    }, part_response.status_code >= 400


def _json(response: Response) -> dict[str, Any]:
    try:
        results = json.loads(response.get_data())
    except ValueError:
        return {}
    return results if isinstance(results, dict) else {}


def _fill_references(part: Any, responses: dict[str, dict[str, Any]]) -> Any:
    """Replace references by values of responses. Raises LookupError when one is missing."""
    if isinstance(part, dict):
        return {name: _fill_references(value, responses) for name, value in part.items()}
    if isinstance(part, list):
        return [_fill_references(value, responses) for value in part]
    if not isinstance(part, str):
        return part
    whole = _REFERENCE.fullmatch(part)
    if whole:
        return _look_up(whole, responses)
    return _REFERENCE.sub(lambda result: str(_look_up(result, responses)), part)


def _look_up(reference: re.Match[str], responses: dict[str, dict[str, Any]]) -> Any:
    value: Any = responses[reference[1]]
    for name, index in _STEP.findall(reference[2]):
        if isinstance(value, list if index else dict):
            value = value[int(index) if index else name]
        else:
            raise LookupError(reference[0])
    return value


def _render_rollback(by: int, index: int, results: dict[int, dict[str, Any]]) -> dict[str, Any]:
    if index == by:
        return results[by]
    code = "ROLLBACK_PERFORMED" if index in results else "PROCESSING_STOPPED"
    return Refusal(
        code,
        "the sub request was rolled back"
        if index in results
        else "the sub request was not executed",
        details={"rollbacked_by_sub_request_index": by},
    ).body
