"""Bulk read: a module's records, filtered, as a zip of CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ...core import (
    FileResponse,
    JsonResponse,
    Refusal,
    Request,
    Response,
    Routes,
    dialect,
    invalid_data,
)
from ...core.scopes import covers, fill
from ...engine import ranges
from ...engine.archives import pack
from ...engine.bulk_jobs import RunnableJob, caller, find_job, not_found, poll, read_callback
from ...engine.criteria import Test, join_tests
from ...engine.field_resolver import FieldResolver
from ...engine.ranges import Range
from ...engine.views import rows_of_view
from ...engine.visibility import filter_visible
from ...guesses import behaves
from ...state import CustomView, Item, Module, Organisation, StoredRecord
from ...state.bulk import KEPT_SECONDS, BulkPageToken, JobStage
from . import columns, criteria, ics

routes = Routes()

READ_JOBS = "/crm/bulk/{version}/read"
READ = "ZohoCRM.bulk.READ"
CREATE = "ZohoCRM.bulk.CREATE"

MAX_ICS_ROWS = 20_000
LAST_PAGE = 500
DOWNLOADS_A_MINUTE = 10
_WITHOUT_BULK_READ = ("Notes", "Attachments", "Emails")
_STATES = {JobStage.ADDED: "ADDED", JobStage.RUNNING: "IN PROGRESS"}


@dataclass
class ReadJob(RunnableJob):
    """A bulk read; responses have its `result` once it ended, or its `error`."""

    result: Item | None = None
    error: Item | None = None

    def describe(self, org: Organisation) -> Item:
        stage = org.bulk.stage(self, org.clock.time())
        state = _STATES.get(stage) or ("COMPLETED" if self.error is None else "FAILURE")
        body: Item = {"id": self.id, "operation": "read", "state": state}
        if self.error is not None:
            body["result"] = {"error_message": self.error}
        elif self.result is not None:
            body["result"] = self.result
        body["query"] = _render_query(org, self)
        body["created_by"] = self.user(org).reference
        body["created_time"] = self.created_time(org)
        body["file_type"] = self.body.get("file_type") or "csv"
        return {"data": [body]}

    def work(self, org: Organisation) -> None:
        try:
            self._read(FieldResolver(org, caller(org, self), _module(org, self.body["query"])))
        except Refusal as refusal:
            # The modules and fields may have been deleted since the job was created.
            self.error = refusal.body

    def _read(self, resolver: FieldResolver) -> None:
        org, query = resolver.org, self.body["query"]
        page, after = _find_beginning(org, resolver.request, query)
        size = org.bulk.rows
        is_calendar = self.body.get("file_type") == "ics"
        if is_calendar:
            size = min(size, MAX_ICS_ROWS)
        start = 0 if after is not None else (page - 1) * size
        rows = list(islice(_rows(resolver, query, after), start, start + size + 1))
        records, more = rows[:size], len(rows) > size
        if is_calendar:
            self.content = pack({f"{self.id}.ics": ics.write(records)})
        else:
            column_paths = columns.paths(resolver, query.get("fields"))
            if behaves("bulk.row-order", "descending"):
                records = records[::-1]
            self.content = pack({f"{self.id}.csv": columns.write(resolver, column_paths, records)})
        self.result = {
            "page": page,
            "per_page": size,
            "count": len(records),
            "download_url": f"/crm/bulk/{resolver.request.version_name}/read/{self.id}/result",
            "more_records": more,
        }
        if more and dialect(self.version).bulk_has_page_tokens:
            self.result["next_page_token"] = _store_page_token(
                org, self, rows[size - 1]["id"], page + 1
            )


@routes.route("POST", READ_JOBS, scope=(READ, CREATE))
def create_read_job(org: Organisation, request: Request) -> Response:
    """Create a job."""
    body = _body(request)
    callback = read_callback(body)
    _check_query(org, request, body)
    job = ReadJob(
        org.ids.next(), request.user.id, request.version, org.clock.time(), body, callback=callback
    )
    org.bulk.add(job)
    details = {
        "id": job.id,
        "operation": "read",
        "state": "ADDED",
        "created_by": request.user.reference,
        "created_time": org.clock.iso(request.user.time_zone),
    }
    result = {
        "status": "success",
        "code": "ADDED_SUCCESSFULLY",
        "message": "Added successfully.",
        "details": details,
    }
    return JsonResponse({"data": [result], "info": {}}, 201)


@routes.route("GET", READ_JOBS + "/{job_id}", scope=READ)
def get_read_job(org: Organisation, request: Request, job_id: str) -> dict[str, Any]:
    """Return a job's state and, once it is over, its result."""
    return poll(org, find_job(org, job_id, ReadJob))


@routes.route("GET", READ_JOBS + "/{job_id}/result", scope=READ)
def download_read_result(org: Organisation, request: Request, job_id: str) -> Response:
    """Return the zip of a finished job."""
    now = org.clock.time()
    job = find_job(org, job_id, ReadJob)
    if job.content is None:
        if behaves("bulk.unfinished-result", "INVALID_DATA"):
            raise invalid_data("the job is not over")
        raise not_found(job_id)
    if org.bulk.limits_downloads:
        recent = [moment for moment in org.bulk.downloads if now - moment < 60]
        if len(recent) >= DOWNLOADS_A_MINUTE:
            raise Refusal(
                "TOO_MANY_REQUESTS", "You have exceeded the limit of downloads in a minute", 429
            )
        org.bulk.downloads = [*recent, now]
    return FileResponse(job.content, f"{job.id}.zip", "application/zip")


def _body(request: Request) -> Item:
    if not request.get_data().strip():
        raise Refusal("REQUEST_BODY_IS_EMPTY", "The request body is empty")
    # A missing Content-Type is accepted, as everywhere in the emulator.
    is_other = request.mimetype not in ("", "application/json")
    if is_other and not behaves("bulk.content-type", "any"):
        raise Refusal(
            "MEDIA_TYPE_NOT_SUPPORTED", "The media type of the request is not supported", 415
        )
    try:
        body = request.json
    except Refusal:
        raise Refusal("REQUEST_BODY_NOT_READABLE", "The request body is not readable") from None
    if not isinstance(body, dict):
        raise _body_not_supported()
    return body


def _body_not_supported() -> Refusal:
    return Refusal("REQUEST_BODY_NOT_SUPPORTED", "The request body is not supported")


def _check_query(org: Organisation, request: Request, body: Item) -> None:
    """Raise Refusal for a query that Zoho would refuse."""
    query = body.get("query")
    in_text = dialect(request.version).bulk_names_in_text
    kinds: type | tuple[type, ...] = str if in_text else dict
    if behaves("bulk.names", "any"):
        kinds = (str, dict)
    if not isinstance(query, dict) or not isinstance(query.get("module"), kinds):
        raise _body_not_supported()
    module = _module(org, query)
    if module.api_name in _WITHOUT_BULK_READ:
        raise Refusal("MODULE_NOT_SUPPORTED", "The module given is not supported")
    require_module(request, module.api_name)
    file_type = body.get("file_type") or "csv"
    supported = ["csv", "ics"] if module.api_name == "Events" else ["csv"]
    if file_type not in supported:
        raise Refusal(
            "INVALID_DATA",
            "invalid data",
            details={"api_name": "file_type", "supported_values": supported},
        )
    resolver = FieldResolver(org, request, module)
    columns.paths(resolver, query.get("fields"))
    _find_beginning(org, request, query)
    _rows(resolver, query, None)


def _module(org: Organisation, query: Item) -> Module:
    """Return the module of a query. Raises Refusal MODULE_NOT_AVAILABLE for an unknown one."""
    name = _module_name(query)
    module: Module | None = org.metadata.modules.get(name or "")
    if module is None:
        raise Refusal(
            "MODULE_NOT_AVAILABLE", "The module given is not available", details={"api_name": name}
        )
    return module


def _module_name(query: Item) -> str | None:
    """Return the module's API name, however the version spells it."""
    module = query.get("module")
    name = module.get("api_name") if isinstance(module, dict) else module
    return name if isinstance(name, str) else None


def _find_beginning(org: Organisation, request: Request, query: Item) -> tuple[int, str | None]:
    """Return the number of the requested page, and the id after which it begins, if given."""
    token_text = query.get("page_token")
    if token_text is not None and dialect(request.version).bulk_has_page_tokens:
        token = org.bulk.page_tokens.get(str(token_text))
        if token is None or token.user_id != request.user.id or token.query != _bound(query):
            raise Refusal("INVALID_DATA", "invalid data", details={"api_name": "page_token"})
        if token.expires_at <= org.clock.time():
            raise Refusal("EXPIRED_VALUE", "The page token given is expired")
        return token.page, token.after
    page = query.get("page")
    if page is None:
        return 1, None
    if isinstance(page, bool) or not isinstance(page, int) or page < 1:
        raise Refusal("PAGE_NOT_SUPPORTED", "The page given is not supported")
    if page > LAST_PAGE:
        raise Refusal(
            "PAGE_RANGE_EXCEEDED",
            "The page given is out of range",
            details={"max_limit": LAST_PAGE},
        )
    return page, None


def _rows(resolver: FieldResolver, query: Item, after: str | None) -> Iterator[StoredRecord]:
    """Return the records of a query by ascending id, starting after a given id."""
    org, module = resolver.org, resolver.module
    tests: list[Test] = []
    if after is not None:
        tests.append(lambda record: record["id"] > after)
    view_id = query.get("cvid")
    if view_id is not None:
        view = _view(module, view_id)
        ids = {record["id"] for record in rows_of_view(org, resolver.request, module, view)}
        tests.append(lambda record: record["id"] in ids)
    tree, times = query.get("criteria"), list[str]()
    in_text = dialect(resolver.request.version).bulk_names_in_text
    if tree is not None:
        tests.append(criteria.predicate(resolver, tree, in_text=in_text))
        times = criteria.time_fields(resolver, tree, in_text=in_text)

    def range_of(name: str) -> Range:
        behind = Range(first_id=after or "")
        if tree is None:
            return behind
        return behind.both(criteria.range_of(resolver, tree, name, in_text=in_text))

    table = org.records.table(module.api_name)
    rows = ranges.rows_by_id(table, module, range_of, times, to_the_end=True)
    return filter(join_tests("and", tests), filter_visible(org, resolver.request, module, rows))


def _view(module: Module, view_id: Any) -> CustomView:
    view = next((view for view in module.views if view.id == str(view_id)), None)
    if view is None:
        raise Refusal("CVID_NOT_SUPPORTED", "The custom view given is not supported")
    return view


def _bound(query: Item) -> Item:
    return {name: value for name, value in query.items() if name not in ("page", "page_token")}


def _store_page_token(org: Organisation, job: RunnableJob, after: str, page: int) -> str:
    text = org.ids.hex(64)
    expires_at = org.clock.time() + KEPT_SECONDS
    query = _bound(job.body["query"])
    org.bulk.page_tokens[text] = BulkPageToken(job.user_id, query, after, page, expires_at)
    return text


def _render_query(org: Organisation, job: RunnableJob) -> Item:
    """Return the query as Zoho repeats it; versions that name things by objects add their ids."""
    query = {**job.body["query"]}
    query.setdefault("page", 1)
    module = org.metadata.modules.get(_module_name(query) or "")
    if module is None or dialect(job.version).bulk_names_in_text:
        return query
    query["module"] = {"api_name": module.api_name, "id": module.id}
    if query.get("criteria") is not None:
        query["criteria"] = _add_ids(module, query["criteria"])
    return query


def _add_ids(module: Module, tree: Item) -> Item:
    if "group" in tree:
        return {**tree, "group": [_add_ids(module, item) for item in tree["group"]]}
    path = criteria.api_name(tree, in_text=False) or ""
    field = module.field_map.get(path)
    return {**tree, "field": {"api_name": path, "id": field.id if field else None}}


def require_module(request: Request, module: str) -> None:
    """Raise Refusal OAUTH_SCOPE_MISMATCH when the token does not allow reading a module."""
    granted = request.access_token.scopes
    scope = fill("ZohoCRM.modules.{module}.READ", {"module": module})
    if not (covers(granted, scope) or covers(granted, "ZohoCRM.modules.READ")):
        raise Refusal("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", 401)
