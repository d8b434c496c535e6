"""The type of `crm.aio.objects()`, from the classes of a RecordSet: see write_resources.py.

A RecordSet has each method that asks Zoho twice, to block and to await. Its twin declares those to
await, and those that only choose what is asked.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

QUERY = Path(__file__).resolve().parent.parent / "django_zcrm" / "zoho" / "query"
Method = ast.FunctionDef | ast.AsyncFunctionDef
CLASSES = {
    "fetching": "Fetched",
    "recordset": "RecordSet",
    "writing": "Writing",
    "changing": "Changing",
}
"""The classes that a RecordSet has beside Chain, which asks nothing, by file."""

LAZY = ("__getitem__", "values", "values_list", "annotate")
"""Methods of these classes that ask nothing; of `__getitem__` what takes a slice."""


def source() -> str:
    """Return the source of zoho/aio/record_set.py, not yet formatted."""
    trees = {file: ast.parse((QUERY / f"{file}.py").read_text()) for file in CLASSES}
    methods = [
        _AsyncTypes().visit(_declaration(method))
        for file, tree in trees.items()
        for method in _methods(tree, CLASSES[file])
    ]
    used = {
        node.id for each in methods for node in ast.walk(each) if isinstance(node, ast.Name)
    } - {"T"}
    imports = {line for file, tree in trees.items() for line in _imports(file, tree, used)}
    written = ast.parse(
        "class AsyncRecordSet(Chain[T]):\n"
        '    """Records of a module, for `async for` and `await`; nothing of it blocks."""'
    )
    (record_set,) = (node for node in written.body if isinstance(node, ast.ClassDef))
    record_set.body += methods
    return "\n".join(
        [
            '"""What a record set of `crm.aio` has, for type checkers; it really is a RecordSet.',
            "",
            "Written by tools/write_resources.py from the files of zoho/query: change those.",
            '"""',
            "from __future__ import annotations",
            "from typing import TypeVar",
            "from ..query.chain import Chain",
            *imports,
            'T = TypeVar("T")',
            ast.unparse(record_set),
        ]
    )


def _methods(tree: ast.Module, name: str) -> Iterator[Method]:
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    for node in found.body:
        match node:
            case ast.AsyncFunctionDef():
                yield node
            case ast.FunctionDef(name="__getitem__"):
                if ast.unparse(node.args).endswith("key: slice"):
                    yield node
            case ast.FunctionDef() if node.name in LAZY:
                yield node


def _declaration(method: Method) -> Method:
    """Return a method without what it does; an async generator is called without `await`."""
    is_generator = any(isinstance(node, ast.Yield) for node in ast.walk(method))
    kind = ast.FunctionDef if is_generator else type(method)
    parts = dict(ast.iter_fields(method))
    docstring = ast.get_docstring(method, clean=False)
    parts["body"] = [ast.Expr(ast.Constant(text)) for text in (docstring, ...) if text is not None]
    parts["decorator_list"] = [
        each
        for each in method.decorator_list
        if ast.unparse(each) == "overload" and method.name != "__getitem__"
    ]
    return ast.copy_location(kind(**parts), method)


class _AsyncTypes(ast.NodeTransformer):
    """Has annotations name the twin."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name("AsyncRecordSet" if node.id == "RecordSet" else node.id, node.ctx)


def _imports(file: str, tree: ast.Module, used: set[str]) -> Iterator[str]:
    """Yield an import for each of the names used that a file imports or defines."""
    for node in tree.body:
        match node:
            case ast.ImportFrom():
                home = f"..query.{node.module}" if node.level == 1 else "." * node.level
                home += "" if node.level == 1 else node.module or ""
                for alias in node.names:
                    if (alias.asname or alias.name) in used:
                        yield f"from {home} import {ast.unparse(alias)}"
            case ast.Assign(targets=[ast.Name(id=name)]) if name in used:
                yield f"from ..query.{file} import {name}"
