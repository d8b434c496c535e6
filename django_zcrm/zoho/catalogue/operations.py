"""All operations of the client, for listing, searching and documenting them.

This module imports every resource, so modules that make calls must not import it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..operations.operation import Operation
from .loading import resource_class
from .resource_table import Resources


@dataclass(frozen=True)
class CatalogueEntry:
    """One method of a resource, and the operation that it performs."""

    resource: str
    method: str
    operation: Operation = field(repr=False)
    function: Callable[..., Any] = field(repr=False)
    manual: str = ""

    @property
    def name(self) -> str:
        """Resource and method: `records.list`."""
        return f"{self.resource}.{self.method}"

    @property
    def call(self) -> str:
        """The call with its required arguments: `records.list(module, ...)`."""
        _, *arguments = inspect.signature(self.function).parameters.values()
        required = [argument for argument in arguments if argument.default is argument.empty]
        argument_texts = [
            f"{argument.name}=..." if argument.kind is argument.KEYWORD_ONLY else argument.name
            for argument in required
        ]
        more = ["..."] if len(required) < len(arguments) else []
        return f"{self.name}({', '.join([*argument_texts, *more])})"

    @property
    def summary(self) -> str:
        """The first paragraph of its docstring, on one line."""
        return (inspect.getdoc(self.function) or "").partition("\n\n")[0].replace("\n", " ")

    def matches(self, words: Iterable[str]) -> bool:
        """Return whether each word is in the call, HTTP method, path, summary or manual page."""
        text = " ".join(
            [self.call, self.operation.method, self.operation.path, self.summary, self.manual]
        ).lower()
        return all(word.lower() in text for word in words)


@cache
def entries() -> tuple[CatalogueEntry, ...]:
    """Return every operation, by resource and in the order of the files of each resource."""
    collected = []
    for resource in Resources.__annotations__:
        home = resource_class(resource)
        manual = re.search(r"\(Zoho's manual: ([^)]+)\)", inspect.getdoc(home) or "")
        methods = {
            name: function
            for base in home.__mro__
            for name, function in vars(base).items()
            if hasattr(function, "operation")
        }
        collected += [
            CatalogueEntry(
                resource,
                method,
                getattr(home, method).operation,
                getattr(home, method),
                " ".join(manual.group(1).split()) if manual else "",
            )
            for method in methods
        ]
    return tuple(collected)
