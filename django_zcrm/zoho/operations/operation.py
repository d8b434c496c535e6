"""The declaration of an operation, and the conversion of arguments to a request. No I/O.

A resource declares an operation by its signature, under `@operation(...)`; the body is `...`:

    class Modules(Resource, scope="ZohoCRM.settings.modules", key="modules"):

        @operation("GET", "/crm/{version}/settings/modules")
        def list(self, *, status: ModuleStatus | None = None) -> Sequence[Module]:
            \"""Return the modules that this user may see.\"""
            ...

Arguments named like a placeholder fill the path. The argument named by `body` is the content of the
JSON body, wrapped in Zoho's envelope `key` (with `in_list`, as the only item of a list). Those in
`within` become keys of that single item, those in `top_level` keys next to the envelope. Arguments
in `files` are multipart parts, those in `headers` headers. All others go into the query.

The annotation of the result determines the reader of the response: see `READERS`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from string import Formatter
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from ..errors import ConfigurationError
from ..http.encoding import content_type, dumps, file_content, headers, params, segment
from ..http.messages import FilePart, Host, ZohoRequest
from ..limits.costs import records_in
from . import versions
from .readers import Parse, batch, download, item, items, one, page, value

P = ParamSpec("P")
R = TypeVar("R")

Names = tuple[str, ...]

#: The reader by the annotation of the result; `item` for all others, such as a TypedDict.
READERS: Mapping[str, Parse] = {
    "Any": value,
    "BatchResult": batch,
    "Download": download,
    "Outcome": one,
    "Page": page,
    "Sequence": items,
    "int": value,
}
#: The last part of a scope by HTTP method.
SCOPE_VERBS = {
    "GET": "READ",
    "POST": "CREATE",
    "PUT": "UPDATE",
    "PATCH": "UPDATE",
    "DELETE": "DELETE",
}


class Performs(Protocol):
    """Makes calls; `call` returns the result, or an awaitable for it."""

    def call(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        """Perform an operation with the arguments given."""
        ...


class HasSession(Protocol):
    """The part of a resource that its operations need."""

    @property
    def session(self) -> Performs:
        """The session that makes the calls."""
        ...


S = TypeVar("S", bound=HasSession)


@dataclass(frozen=True)
class Operation:
    """A remote operation: converts arguments to a request, and a response to a value.

    With `safe`, the operation changes nothing and may be retried; this is the default for GET.
    `each` names the argument whose items the response reports on, if that is not `body`; one
    request takes at most `batch` of them. `organisation` names an argument that defaults to the
    organisation's id. `since` is the first API version that has the operation. `returns` reads the
    response, `adapt` names an entry of `versions.ADAPTATIONS`.
    """

    method: str
    path: str
    key: str = ""
    body: str = "body"
    in_list: bool = False
    within: Names = ()
    top_level: Names = ()
    each: str = ""
    files: Names = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)
    host: Host = "api"
    scopes: Names = ()
    returns: Parse = value
    fields: str | Names = ""
    batch: int = 0
    safe: bool | None = None
    slashes: Names = ()
    organisation: str = ""
    since: str = "v2"
    adapt: str = ""

    @property
    def stream(self) -> bool:
        """Whether the response is read while it arrives."""
        return self.returns is download

    @cached_property
    def name(self) -> str:
        """The name in errors and logs; it contains no argument's value."""
        return f"{self.method} {self.path}"

    @cached_property
    def placeholders(self) -> Names:
        """Names of the path's placeholders, except `version`."""
        names = (name for _, name, _, _ in Formatter().parse(self.path) if name)
        return tuple(name for name in names if name != "version")

    @cached_property
    def _bare(self) -> ZohoRequest:
        """A request without the parts that depend on the arguments; each call changes a copy."""
        return ZohoRequest(
            method=self.method,
            path=self.path,
            host=self.host,
            stream=self.stream,
            safe=self.method == "GET" if self.safe is None else self.safe,
            operation=self.name,
        )

    def build(self, arguments: Mapping[str, Any], version: str) -> ZohoRequest:
        """Build the request for these arguments.

        Raises ConfigurationError, which names the operation, for an argument that cannot be encoded
        and for an operation that this version of the API lacks.
        """
        try:
            return self._build(arguments, version)
        except ConfigurationError as error:
            error.operation = error.operation or self.name
            raise

    def _build(self, arguments: Mapping[str, Any], version: str) -> ZohoRequest:
        if versions.number(version) < versions.number(self.since):
            raise ConfigurationError(
                f"This needs API version {self.since} or newer, but the client uses {version}.",
                "API_VERSION",
            )
        parts = self._parts({n: sent for n, sent in arguments.items() if sent is not None})
        if self.adapt:
            versions.ADAPTATIONS[self.adapt](parts, versions.number(version))
        return self._write(parts, version)

    def _parts(self, arguments: dict[str, Any]) -> versions.RequestParts:
        path = {}
        for name in self.placeholders:
            if arguments.get(name) in (None, ""):
                raise ConfigurationError(f"The argument {name} is missing.")
            path[name] = arguments.pop(name)
        if self.each and not arguments.get(self.each):
            raise ConfigurationError(f"No {self.each} were given.")
        parts = versions.RequestParts(path=path)
        if self.files:
            many = self.each in self.files
            parts.files = {
                name: list(file) if many and _is_several(file) else [file]
                for name, file in self._pop_arguments(self.files, arguments).items()
            }
        if self.headers:
            parts.headers = headers(
                {
                    header: arguments.pop(name)
                    for name, header in self.headers.items()
                    if name in arguments
                }
            )
        if self.body in arguments and not self.files:
            inner = arguments.pop(self.body)
            inner = [inner] if self.in_list and isinstance(inner, Mapping) else inner
            parts.body = {self.key: inner} if self.key else inner
        elif self.within and (within := self._pop_arguments(self.within, arguments)):
            parts.body = {self.key: [within]}
        if self.top_level and (extra_keys := self._pop_arguments(self.top_level, arguments)):
            parts.body = {**(parts.body if isinstance(parts.body, Mapping) else {}), **extra_keys}
        parts.query = {self.rename.get(n, n): value for n, value in arguments.items()}
        return parts

    def _pop_arguments(self, names: Names, arguments: dict[str, Any]) -> dict[str, Any]:
        return {
            self.rename.get(name, name): arguments.pop(name) for name in names if name in arguments
        }

    def _write(self, parts: versions.RequestParts, version: str) -> ZohoRequest:
        path = self.path.format(
            version=version,
            **{
                name: segment(value, safe="/" if name in self.slashes else "")
                for name, value in parts.path.items()
            },
        )
        sent, body, records = parts.headers, None, 0
        if parts.body is not None:
            sent = {"Content-Type": "application/json", **sent}
            body, records = dumps(parts.body), records_in(parts.body)
        return self._bare.replace(
            path=path,
            origin=parts.origin,
            params=params(parts.query),
            headers=sent,
            body=body,
            files=[file_part(name, file) for name, files in parts.files.items() for file in files],
            records=records,
        )


def _is_several(files: Any) -> bool:
    # An open file yields its lines.
    return isinstance(files, Iterable) and not hasattr(files, "read")


def file_part(name: str, file: Any) -> FilePart:
    """Return the multipart part for a file argument."""
    filename, content, start = file_content(file)
    return FilePart(name, filename, content, content_type(filename), start)


def operation(
    method: str, path: str, **declared: Any
) -> Callable[[Callable[Concatenate[S, P], R]], Callable[Concatenate[S, P], R]]:
    """Turn a signature without a body into a method that performs the remote operation.

    `declared` are the other attributes of `Operation`. Without `returns`, the annotation of the
    result selects the reader. The resource completes the operation, and the method has it as
    `.operation`.
    """

    def declare(signature: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
        collect = _make_collector(signature)
        result = re.split(r"\W", signature.__annotations__["return"])[0]

        @wraps(signature)
        def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            returned: R = self.session.call(operation_method.operation, collect(args, kwargs))
            return returned

        operation_method: Any = call
        operation_method.declared = {
            "method": method,
            "path": path,
            "returns": READERS.get(result, item),
            **declared,
        }
        return call

    return declare


def complete(function: Any, scope: str, **shared: Any) -> None:
    """Set the operation of a method: what it declares, and otherwise what its class has.

    `scope` has no last part, which follows from the HTTP method; "" is none. Other functions remain
    as they are.
    """
    if declared := getattr(function, "declared", None):
        if scope:
            shared["scopes"] = (f"{scope}.{SCOPE_VERBS[declared['method']]}",)
        function.operation = Operation(**(shared | declared))


def _make_collector(
    function: Callable[..., Any],
) -> Callable[[tuple[Any, ...], dict[str, Any]], dict[str, Any]]:
    """Return a function that returns a call's arguments by name, in the signature's order.

    It fills in the defaults, and raises TypeError as a call would.
    """
    signature = inspect.signature(function)
    _, *parameters = signature.parameters.values()
    defaults = {parameter.name: parameter.default for parameter in parameters}
    by_position = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    required = [p.name for p in parameters if p.default is p.empty]

    def collect(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        arguments = {**defaults, **dict(zip(by_position, args, strict=False)), **kwargs}
        if (
            len(args) <= len(by_position)
            and len(arguments) == len(defaults)
            and kwargs.keys().isdisjoint(by_position[: len(args)])
            and not any(arguments[name] is inspect.Parameter.empty for name in required)
        ):
            return arguments
        # inspect's own binding takes a quarter of a call's time, but its errors are precise.
        bound = signature.bind(None, *args, **kwargs)
        bound.apply_defaults()
        _, *items = bound.arguments.items()
        return dict(items)

    return collect
