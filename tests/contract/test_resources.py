"""Resource files only declare: none of their lines computes, and each is one noun of the client."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints, is_typeddict

import pytest

from django_zcrm.zoho.catalogue.operations import CatalogueEntry, entries
from django_zcrm.zoho.catalogue.resource_table import Resources
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.types import Criteria
from tests.contract.cases import for_each
from tests.contract.operations import DECLARED, Declared
from tools.write_operations import split_docstring

HOME = Path(inspect.getfile(Client)).parent / "resources"
FILES = sorted(path for path in HOME.glob("*.py") if path.name != "__init__.py")


def _functions(path: Path) -> list[ast.FunctionDef]:
    return [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)]


@for_each(FILES)
def test_functions_are_signatures(path: Path) -> None:
    for function in _functions(path):
        docstring, *rest = function.body
        assert ast.get_docstring(function), function.name
        assert isinstance(docstring, ast.Expr)
        assert [ast.unparse(line) for line in rest] == ["..."], function.name


@for_each(FILES)
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


def test_resources_stand_in_the_order_of_the_alphabet() -> None:
    names = list(Resources.__annotations__)
    assert names == sorted(names)


@for_each(DECLARED)
def test_replies_are_read_by_readers(declared: Declared) -> None:
    """A method hides the reader of the same name from methods declared after it in the class."""
    assert not hasattr(declared.operation.returns, "operation")


@for_each([declared for declared in DECLARED if declared.operation.method != "GET"])
def test_names_say_whether_one_or_many_are_meant(declared: Declared) -> None:
    """`delete` takes many and reports on each; `delete_one` takes one and raises when refused."""
    resource, _, method = declared.name.rpartition(".")
    returned = declared.hints["return"].__name__
    if method in {"create_one", "update_one", "delete_one"}:
        assert returned == "Outcome"
    elif method in {"update", "delete"} and f"{resource}.{method}_one" in map(str, DECLARED):
        assert returned == "BatchResult"


@for_each(entries())
def test_parameters_of_operations_are_documented_in_order(entry: CatalogueEntry) -> None:
    _, *names = inspect.signature(entry.function).parameters
    _, documented = split_docstring(entry.function)
    assert list(documented) == names
    assert all(text.endswith(".") for text in documented.values())


def _dicts(hint: Any) -> Iterator[Any]:
    """Yield the TypedDicts in an annotation, and those nested in their keys."""
    if is_typeddict(hint) and hint is not Criteria:  # which is recursive
        yield hint
        for inner in get_type_hints(hint).values():
            yield from _dicts(inner)
    for inner in get_args(hint):
        yield from _dicts(inner)


def test_keys_of_what_is_only_read_can_be_read() -> None:
    """pyright reports `user["email"]` as an error if the key may be missing."""
    hints = [(name, hint) for declared in DECLARED for name, hint in declared.hints.items()]
    written = {
        typed_dict for name, hint in hints if name != "return" for typed_dict in _dicts(hint)
    }
    read = {
        typed_dict for name, hint in hints if name == "return" for typed_dict in _dicts(hint)
    } - written
    assert len(read) > 50
    assert not [found.__name__ for found in read if found.__optional_keys__]


@pytest.mark.slow
def test_operations_are_declared_in_resource_files_only() -> None:
    texts = {path: path.read_text() for path in HOME.parents[1].rglob("*.py")}
    elsewhere = [path for path in texts if path.parent != HOME and "operation" in texts[path]]
    assert elsewhere
    for path in elsewhere:
        for node in ast.walk(ast.parse(texts[path])):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert not [
                    decorator for decorator in node.decorator_list if _declares(decorator)
                ], path


def _declares(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called).rpartition(".")[2] == "operation"
