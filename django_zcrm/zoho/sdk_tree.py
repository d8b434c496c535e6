"""The hierarchy of Zoho's Node SDK (zcrmsdk 0.0.20), for projects that come from it.

The same groups, the same functions in snake_case, the same input keys as keyword arguments, and
Zoho's response as it came. Under v2 a call sends exactly the request that the SDK meant to send.
Under later versions it also sends the parameters that these require. Unlike the SDK, everything is
encoded, `module` is sent once, the deleted lists keep their `type`, and every refusal raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .calls.session import Session
from .errors import ConfigurationError
from .http import encoding
from .http.messages import ZohoRequest
from .limits.costs import records_in
from .operations.operation import file_part
from .operations.readers import is_refusal, outcome_of
from .operations.responses import RawResponse
from .operations.results import BatchResult
from .operations.versions import ADAPTATIONS, FIELDS_MANDATORY, RequestParts, number

Method = Literal["GET", "POST", "PUT", "DELETE"]
Function = Callable[..., RawResponse]

NOTE_FIELDS = ("id", "Note_Title", "Note_Content", "Parent_Id", "Owner", "Created_Time")
ATTACHMENT_FIELDS = ("id", "File_Name", "Size", "Parent_Id", "Owner", "Created_Time")


class FunctionGroup:
    """One group of functions."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __init_subclass__(cls) -> None:
        # So that help() and tracebacks can tell the functions apart.
        for name, function in vars(cls).items():
            if callable(function):
                function.__name__, function.__qualname__ = name, f"{cls.__qualname__}.{name}"


@dataclass(frozen=True)
class _Declaration:
    """One function of the SDK.

    A final `{id}` or `{module}` of the path is left out when not given; every other placeholder is
    required. `query` are the parameters that the SDK adds. `fields` is the kind of list whose
    fields must be named in later versions. With `items`, the response lists outcomes, some of which
    may be refusals. `runs_code` marks a call of a function, which may change anything and has
    parameters of its own.
    """

    method: Method
    path: str
    module_in_query: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    fields: str = ""
    items: bool = False
    download: bool = False
    runs_code: bool = False
    adapt: str = ""

    def make_request(
        self,
        session: Session,
        placeholders: Mapping[str, str | None],
        params: Mapping[str, Any],
        body: Any,
        headers: Mapping[str, str],
        file: Any,
    ) -> ZohoRequest:
        """Return the request of a call."""
        version, reads = session.version, self.method == "GET" and not self.runs_code
        module = placeholders["module"]
        sent = {**params, **self.query}
        if self.module_in_query and module:
            sent["module"] = module
        if reads and number(version) >= FIELDS_MANDATORY:
            _fill_in(session, sent, self.fields, module, placeholders["id"])
        has_body = self.method in {"POST", "PUT"} and file is None
        content = _body(body, self.adapt, version) if has_body else None
        operation = f"{self.method} /crm/{{version}}/{_template(self.path, placeholders)}"
        json = {} if content is None else {"Content-Type": "application/json"}
        return ZohoRequest(
            method=self.method,
            path=f"/crm/{version}/{_fill(self.path, placeholders, operation)}",
            params=encoding.params(sent),
            headers=_merge_headers(json, encoding.headers(headers)),
            body=content,
            files=[] if file is None else [file_part("file", file)],
            stream=self.download,
            safe=reads,
            records=records_in(body) if content else 0,
            operation=operation,
        )


def _function(method: Method, path: str, **options: Any) -> Function:
    """Make one function of the SDK; the options are attributes of `_Declaration`."""
    declaration = _Declaration(method, path, **options)

    def function(
        self: FunctionGroup,
        *,
        module: str | None = None,
        id: str | None = None,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        api_name: str | None = None,
        related_id: str | None = None,
        x_file_content: Any = None,
    ) -> RawResponse:
        """Send the request and return Zoho's response; raise for every refusal."""
        placeholders = {"module": module, "id": id, "api_name": api_name, "related_id": related_id}
        request = declaration.make_request(
            self.session, placeholders, params or {}, body, headers or {}, x_file_content
        )
        response = RawResponse(self.session.send(request))
        if declaration.items:
            _raise_for_items(response, request.operation)
        return response

    return function


def _template(path: str, placeholders: Mapping[str, Any]) -> str:
    """Return the path of a call for errors and logs: the sent path without ids."""
    parent, _, last = path.rpartition("/")
    if last not in ("{id}", "{module}"):
        return path
    value = placeholders[last[1:-1]]
    if value in (None, ""):
        return parent
    if last == "{id}":
        # It may be "upsert" or "ID/Notes", see `_filled`.
        words = str(value).split("/")
        last = "/".join(word if _NAME.fullmatch(word) else "{id}" for word in words)
    return f"{parent}/{last}"


_NAME = re.compile(r"[A-Za-z_]{1,50}")


def _fill(path: str, placeholders: Mapping[str, Any], operation: str) -> str:
    segments = path.split("/")
    encoded_segments = []
    for position, part in enumerate(segments):
        if not part.startswith("{"):
            encoded_segments.append(part)
        elif placeholders[part[1:-1]] not in (None, ""):
            # `id` may be "upsert" or "ID/Notes": callers used it for everything that follows the
            # module.
            safe = "/" if part == "{id}" else ""
            encoded_segments.append(encoding.segment(placeholders[part[1:-1]], safe=safe))
        elif position + 1 < len(segments) or part == "{related_id}":
            raise ConfigurationError(f"{operation} needs {part[1:-1]}.")
    return "/".join(encoded_segments)


def _fill_in(
    session: Session, parameters: dict[str, Any], list_kind: str, module: str | None, record: Any
) -> None:
    """Add the parameters that lists require after v2, so that old calls keep working."""
    if str(parameters.get("page")) == "0":
        parameters["page"] = 1  # the SDK's manual counts from 0, which v2 accepts
    listed_module = _find_listed_module(
        list_kind, module or "", "" if record is None else str(record)
    )
    if listed_module and parameters.get("fields") is None:
        fixed = {"Notes": NOTE_FIELDS, "Attachments": ATTACHMENT_FIELDS}.get(listed_module)
        parameters["fields"] = fixed or session.field_names(listed_module)


def _find_listed_module(list_kind: str, module: str, record: str) -> str:
    """Return the module whose records a call lists; empty if it lists none."""
    if list_kind != "module" or not record:
        return module if list_kind == "module" else list_kind
    parts = record.split("/")
    return parts[1] if len(parts) == 2 and parts[1][:1].isupper() else ""


def _body(body: Any, adapt: str, version: str) -> bytes | None:
    """Encode a body: text and bytes as they are, anything else as JSON; None if empty."""
    if body is None or body in ("", b""):
        return None
    if isinstance(body, str | bytes):
        return encoding.text(body).encode() if isinstance(body, str) else body
    if adapt and number(version) >= FIELDS_MANDATORY:
        parts = RequestParts(body=body)
        ADAPTATIONS[adapt](parts, number(version))
        body = parts.body
    return encoding.dumps(body)


def _merge_headers(ours: dict[str, str], theirs: dict[str, str]) -> dict[str, str]:
    """Let the caller's headers replace ours, whatever their case."""
    names = {name.lower() for name in theirs}
    return {**{n: value for n, value in ours.items() if n.lower() not in names}, **theirs}


def _raise_for_items(response: RawResponse, name: str) -> None:
    """Raise for refused items, which Zoho also sends with a 2xx status."""
    lists = [rows for rows in response.values() if isinstance(rows, list)]
    rows = next((rows for rows in lists if any(is_refusal(row) for row in rows)), [])
    outcomes = [
        outcome_of(row, index, response.status_code, name) for index, row in enumerate(rows)
    ]
    if len(outcomes) == 1 and (error := outcomes[0].error):
        raise error
    BatchResult(outcomes, operation=name).raise_for_failures()


class Org(FunctionGroup):
    """The organisation."""

    get = _function("GET", "org", module_in_query=True)


class Modules(FunctionGroup):
    """Records of any module."""

    get = _function("GET", "{module}/{id}", fields="module")
    post = _function("POST", "{module}/{id}", items=True)
    put = _function("PUT", "{module}/{id}", items=True)
    delete = _function("DELETE", "{module}/{id}", items=True)
    get_all_deleted_records = _function("GET", "{module}/deleted", query={"type": "all"})
    get_recycle_bin_records = _function("GET", "{module}/deleted", query={"type": "recycle"})
    get_permanently_deleted_records = _function(
        "GET", "{module}/deleted", query={"type": "permanent"}
    )
    search = _function("GET", "{module}/search")


class Settings(FunctionGroup):
    """Metadata."""

    get_fields = _function("GET", "settings/fields/{id}", module_in_query=True)
    get_layouts = _function("GET", "settings/layouts/{id}", module_in_query=True)
    get_custom_views = _function("GET", "settings/custom_views/{id}", module_in_query=True)
    update_custom_views = _function(
        "PUT", "settings/custom_views/{id}", module_in_query=True, items=True
    )
    get_modules = _function("GET", "settings/modules/{module}")
    get_roles = _function("GET", "settings/roles/{id}", module_in_query=True)
    get_profiles = _function("GET", "settings/profiles/{id}", module_in_query=True)
    get_related_lists = _function("GET", "settings/related_lists/{id}", module_in_query=True)


class Actions(FunctionGroup):
    """Lead conversion."""

    convert = _function("POST", "Leads/{id}/actions/convert", items=True, adapt="convert")


class Users(FunctionGroup):
    """The organisation's users."""

    get = _function("GET", "users/{id}", module_in_query=True)


class Attachments(FunctionGroup):
    """Files of records, and their photos."""

    get_attachments = _function("GET", "{module}/{id}/Attachments", fields="Attachments")
    upload_file = _function("POST", "{module}/{id}/Attachments", items=True)
    delete_file = _function("DELETE", "{module}/{id}/Attachments/{related_id}", items=True)
    download_file = _function("GET", "{module}/{id}/Attachments/{related_id}", download=True)
    upload_link = _function("POST", "{module}/{id}/Attachments", items=True)
    upload_photo = _function("POST", "{module}/{id}/photo")
    download_photo = _function("GET", "{module}/{id}/photo", download=True)
    delete_photo = _function("DELETE", "{module}/{id}/photo")


class Functions(FunctionGroup):
    """Zoho's serverless functions, called with OAuth."""

    execute_functions_in_get = _function(
        "GET",
        "functions/{api_name}/actions/execute",
        query={"auth_type": "oauth"},
        module_in_query=True,
        runs_code=True,
    )
    execute_functions_in_post = _function(
        "POST",
        "functions/{api_name}/actions/execute",
        query={"auth_type": "oauth"},
        module_in_query=True,
        runs_code=True,
    )


class API:
    """The SDK's groups: ORG, MODULES, SETTINGS, ACTIONS, USERS, ATTACHMENTS, FUNCTIONS."""

    def __init__(self, session: Session) -> None:
        self.ORG = Org(session)
        self.MODULES = Modules(session)
        self.SETTINGS = Settings(session)
        self.ACTIONS = Actions(session)
        self.USERS = Users(session)
        self.ATTACHMENTS = Attachments(session)
        self.FUNCTIONS = Functions(session)
