"""The operations as the client declares them and as Zoho publishes them, side by side.

`published.txt` is compiled by `tools/compile_published.py`, which documents its marks.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints

from django_zcrm.zoho.client import Client
from django_zcrm.zoho.operations.operation import Operation
from django_zcrm.zoho.resources import Resource
from tests.zoho.fakes import client


def shape(path: str) -> str:
    """Return the path without the names of its placeholders and the case of its letters."""
    return re.sub(r"\{[^}]*\}", "{}", path).lower()


@dataclass(frozen=True)
class Published:
    """What Zoho publishes about one operation."""

    method: str
    path: str
    required: frozenset[str]
    optional: frozenset[str]
    headers: frozenset[str]
    body: frozenset[str]
    files: frozenset[str]
    response: frozenset[str]

    @cached_property
    def query(self) -> frozenset[str]:
        return self.required | self.optional

    @cached_property
    def key(self) -> tuple[str, str]:
        return self.method, shape(self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _read() -> Iterator[Published]:
    for line in (Path(__file__).with_name("published.txt")).read_text().splitlines():
        method, path, *words = line.split(" ")
        marked = [
            frozenset(word[1:] for word in words if word.startswith(mark)) for mark in "!?@<^>"
        ]
        yield Published(method, path, *marked)


PUBLISHED: Mapping[tuple[str, str], Published] = {operation.key: operation for operation in _read()}


@dataclass(frozen=True)
class Declared:
    """One method of a resource."""

    name: str
    function: Callable[..., Any] = field(repr=False)
    operation: Operation = field(repr=False)

    @cached_property
    def key(self) -> tuple[str, str]:
        return self.operation.method, shape(self.operation.path)

    @cached_property
    def arguments(self) -> dict[str, inspect.Parameter]:
        """The arguments, without self."""
        parameters = dict(inspect.signature(self.function).parameters)
        parameters.pop("self", None)
        return parameters

    @cached_property
    def hints(self) -> dict[str, Any]:
        """The annotations, resolved."""
        return get_type_hints(self.function)

    @cached_property
    def query(self) -> dict[str, inspect.Parameter]:
        """The arguments that go into the query, by Zoho's name."""
        taken = {
            *self.operation.placeholders,
            *self.operation.top_level,
            *self.operation.within,
            *self.operation.files,
            *self.operation.headers,
            self.operation.body,
        }
        return {
            self.operation.rename.get(name, name): argument
            for name, argument in self.arguments.items()
            if name not in taken
        }

    @cached_property
    def files(self) -> set[str]:
        """The names of the multipart parts."""
        return {self.operation.rename.get(name, name) for name in self.operation.files}

    @cached_property
    def body(self) -> set[str]:
        """The top-level keys of the JSON body."""
        operation = self.operation
        further = set(operation.top_level) & set(self.arguments)
        keys = {operation.rename.get(name, name) for name in further}
        if operation.key and (operation.within or operation.body in self.arguments):
            keys.add(operation.key)
        return keys

    def __str__(self) -> str:
        return self.name


def _resources(crm: Client) -> Iterator[tuple[str, Resource]]:
    for name in dir(crm):
        resource = getattr(crm, name, None)
        if isinstance(resource, Resource):
            yield from _with_nested(name, resource)


def _with_nested(name: str, resource: Resource) -> Iterator[tuple[str, Resource]]:
    yield name, resource
    for attribute, nested in vars(resource).items():
        if isinstance(nested, Resource):
            yield from _with_nested(f"{name}.{attribute}", nested)


def _declared() -> Iterator[Declared]:
    crm, _ = client()
    for name, resource in _resources(crm):
        for method, function in inspect.getmembers(type(resource), inspect.isfunction):
            if hasattr(function, "operation"):
                yield Declared(f"{name}.{method}", function, function.operation)


DECLARED = tuple(_declared())
