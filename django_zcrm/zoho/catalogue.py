"""All operations of the client, for those who list, search and document them.

Loads every resource; nothing that makes calls imports it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from .client import Client
from .operation import Operation


@dataclass(frozen=True)
class Entry:
    """One method of a resource, and the operation that it performs."""

    resource: str
    method: str
    operation: Operation = field(repr=False)
    function: Callable[..., Any] = field(repr=False)
    manual: str = ""

    @property
    def name(self) -> str:
        """How it is called: `records.list`."""
        return f"{self.resource}.{self.method}"

    @property
    def call(self) -> str:
        """The call with the arguments that it needs: `records.list(module, ...)`."""
        _, *arguments = inspect.signature(self.function).parameters.values()
        needed = [one for one in arguments if one.default is one.empty]
        written = [
            f"{one.name}=..." if one.kind is one.KEYWORD_ONLY else one.name for one in needed
        ]
        more = ["..."] if len(needed) < len(arguments) else []
        return f"{self.name}({', '.join([*written, *more])})"

    @property
    def summary(self) -> str:
        """The first sentence of its documentation."""
        return (inspect.getdoc(self.function) or "").partition("\n\n")[0].replace("\n", " ")

    def matches(self, words: Iterable[str]) -> bool:
        """Tell whether every word stands in what is said of it here."""
        said = " ".join(
            [self.call, self.operation.method, self.operation.path, self.summary, self.manual]
        ).lower()
        return all(word.lower() in said for word in words)


@cache
def entries() -> tuple[Entry, ...]:
    """Return every operation, by resource and, in it, as its file has them."""
    found = []
    for resource, kind in Client.__annotations__.items():
        if resource == "session":
            continue
        home = getattr(import_module(f"{__package__}.resources.{resource}"), kind)
        manual = re.search(r"\(Zoho's manual: ([^)]+)\)", inspect.getdoc(home) or "")
        methods = {
            name: function
            for base in reversed(home.__mro__)
            for name, function in vars(base).items()
            if hasattr(function, "operation")
        }
        found += [
            Entry(
                resource,
                method,
                getattr(home, method).operation,
                getattr(home, method),
                " ".join(manual.group(1).split()) if manual else "",
            )
            for method in methods
        ]
    return tuple(found)
