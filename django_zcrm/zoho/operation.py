"""What an operation is: its declaration, and how arguments become a request. No I/O.

A resource declares an operation by its signature, under `@operation(...)`; the body is `...`:

    @operation("GET", "/crm/{version}/settings/modules", key="modules", returns=items)
    def list(self, *, status: ModuleStatus | None = None) -> Sequence[Module]:
        \"""Return the modules that this user may see.\"""
        ...

Arguments named like a placeholder fill the path. `body` is the inner value of a JSON body, which
is wrapped in Zoho's envelope `key` (`in_list`: as its only item); those in `within` are keys of its
only item, and those in `beside` further keys of that body. Arguments in `files` are multipart
parts, those in `headers` headers. All others go to the query.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from string import Formatter
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from . import versions
from .encoding import content_type, dumps, file_content, headers, params, segment
from .errors import ConfigurationError
from .http import FilePart, Host, Request
from .results import Parse, value

if TYPE_CHECKING:
    from .resources import Resource

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Resource")

Names = tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """One remote operation: arguments in, request out; reply in, value out.

    `safe` says whether it changes nothing and may be tried again; unsaid, that is so for GET.
    `each` names the argument whose items the reply tells of, where that is not `body`; not more
    than `batch` of them go into one call. `organisation` names an argument that is the
    organisation's id when it is not given. `since` is the first version that has the operation.
    """

    method: str
    path: str
    key: str = ""
    body: str = "body"
    in_list: bool = False
    within: Names = ()
    beside: Names = ()
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
    stream: bool = False
    slashes: Names = ()
    organisation: str = ""
    since: str = "v2"
    adapt: str = ""

    @property
    def name(self) -> str:
        """How errors and logs name the operation: no argument's value is in it."""
        return f"{self.method} {self.path}"

    @property
    def placeholders(self) -> Names:
        """Names of the path's placeholders, but for `version`."""
        found = (name for _, name, _, _ in Formatter().parse(self.path) if name)
        return tuple(name for name in found if name != "version")

    def build(self, given: Mapping[str, Any], version: str) -> Request:
        """Write the request for the arguments given.

        Raises ConfigurationError for an argument that cannot be written, or an operation that
        this version of the API lacks; it names the operation.
        """
        try:
            return self._build(given, version)
        except ConfigurationError as error:
            error.operation = error.operation or self.name
            raise

    def _build(self, given: Mapping[str, Any], version: str) -> Request:
        if versions.number(version) < versions.number(self.since):
            raise ConfigurationError(
                f"This needs API version {self.since} or newer, and the client uses {version}.",
                "API_VERSION",
            )
        draft = self._draft({n: sent for n, sent in given.items() if sent is not None})
        if self.adapt:
            versions.ADAPTATIONS[self.adapt](draft, versions.number(version))
        return self._write(draft, version)

    def _draft(self, given: dict[str, Any]) -> versions.Draft:
        path = {}
        for name in self.placeholders:
            if given.get(name) in (None, ""):
                raise ConfigurationError(f"The argument {name} is missing.")
            path[name] = given.pop(name)
        if self.each and not given.get(self.each):
            raise ConfigurationError(f"No {self.each} were given.")
        taken = self._taken(self.files, given)
        many = self.each in self.files
        files: dict[str, Sequence[Any]] = {
            name: list(file) if many and isinstance(file, Iterable) else [file]
            for name, file in taken.items()
        }
        sent = headers(
            {header: given.pop(name) for name, header in self.headers.items() if name in given}
        )
        draft = versions.Draft(path=path, headers=sent, files=files)
        if self.body in given and not self.files:
            inner = given.pop(self.body)
            inner = [inner] if self.in_list and isinstance(inner, Mapping) else inner
            draft.body = {self.key: inner} if self.key else inner
        elif within := self._taken(self.within, given):
            draft.body = {self.key: [within]}
        if beside := self._taken(self.beside, given):
            draft.body = {**(draft.body if isinstance(draft.body, Mapping) else {}), **beside}
        draft.query = {self.rename.get(n, n): left for n, left in given.items()}
        return draft

    def _taken(self, names: Names, given: dict[str, Any]) -> dict[str, Any]:
        return {self.rename.get(name, name): given.pop(name) for name in names if name in given}

    def _write(self, draft: versions.Draft, version: str) -> Request:
        path = self.path.format(
            version=version,
            **{
                name: segment(given, safe="/" if name in self.slashes else "")
                for name, given in draft.path.items()
            },
        )
        sent = dict(draft.headers)
        if draft.body is not None:
            sent.setdefault("Content-Type", "application/json")
        return Request(
            method=self.method,
            path=path,
            host=self.host,
            origin=draft.origin,
            params=params(draft.query),
            headers=sent,
            body=None if draft.body is None else dumps(draft.body),
            form=params(draft.form),
            files=[file_part(name, file) for name, given in draft.files.items() for file in given],
            stream=self.stream,
            safe=self.method == "GET" if self.safe is None else self.safe,
            operation=self.name,
        )


def file_part(name: str, given: Any) -> FilePart:
    """Return the multipart part for what a caller passed as a file."""
    filename, content, start = file_content(given)
    return FilePart(name, filename, content, content_type(filename), start)


def operation(
    method: str, path: str, **declared: Any
) -> Callable[[Callable[Concatenate[S, P], R]], Callable[Concatenate[S, P], R]]:
    """Make the decorated signature, which has no body, perform the remote operation.

    `declared` are the other attributes of `Operation`, which is found again at `.operation`.
    """
    declaration = Operation(method, path, **declared)

    def declare(signature: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
        bind = inspect.signature(signature).bind

        @wraps(signature)
        def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            bound = bind(self, *args, **kwargs)
            bound.apply_defaults()
            _, *given = bound.arguments.items()
            returned: R = self.session.call(declaration, dict(given))
            return returned

        call.operation = declaration  # type: ignore[attr-defined]
        return call

    return declare
