"""Write what a client has, and the types of asynchronous calls: `python -m tools.write_resources`.

zoho/resource_table.py lists the resources: each file of the folder but those whose class another
one extends. Each file gets a twin in zoho/aio/resources, in which the same methods are coroutines
that return an AsyncPage for a Page and an AsyncDownload for a Download; so does a RecordSet, by
write_record_set.py. A test holds the table and the twins to what this writes.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools import write_record_set

ZOHO = Path(__file__).resolve().parent.parent / "django_zcrm" / "zoho"
BLOCKING = ZOHO / "resources"
ASYNC = ZOHO / "aio" / "resources"
TABLE = ZOHO / "resource_table.py"
RECORD_SET = ZOHO / "aio" / "record_set.py"
RESULTS = {"Page": "AsyncPage", "Download": "AsyncDownload"}


def sources() -> dict[Path, str]:
    """Return the source of every file that this writes, not yet formatted."""
    files = sorted(path for path in BLOCKING.glob("*.py") if path.stem != "__init__")
    trees = {path.stem: ast.parse(path.read_text()) for path in files}
    resources = {each.name for tree in trees.values() for each in _classes(tree)}
    twins = {ASYNC / f"{name}.py": _twin(name, tree, resources) for name, tree in trees.items()}
    # A class that another one extends is a part of that resource.
    classes = {name: _classes(tree)[0] for name, tree in trees.items()}
    bases = {ast.unparse(base) for each in classes.values() for base in each.bases}
    named = {name: each.name for name, each in classes.items() if each.name not in bases}
    return {
        TABLE: _table(
            "The resources of the client: the one place that names them all.",
            "Resources",
            "What a client has: `fields` is `Fields` from `fields.py`, and so on.",
            named,
        ),
        ASYNC / "__init__.py": _table(
            "The resources of the asynchronous client, for type checkers only.",
            "AsyncResources",
            "What `crm.aio` has; at run time these are the resources of zoho/resources.",
            named,
        ),
        RECORD_SET: write_record_set.source(),
        **twins,
    }


def _classes(tree: ast.Module) -> list[ast.ClassDef]:
    return [node for node in tree.body if isinstance(node, ast.ClassDef)]


def _table(title: str, class_name: str, docstring: str, named: dict[str, str]) -> str:
    imports = [f"from .{name} import {kind}" for name, kind in named.items()]
    if class_name == "Resources":  # a client imports only the resources that are used
        imports = [
            "from typing import TYPE_CHECKING",
            "if TYPE_CHECKING:",
            *(f"    from .resources.{name} import {kind}" for name, kind in named.items()),
        ]
    return "\n".join(
        [
            f'"""{title}',
            "",
            "Written by tools/write_resources.py from the files of zoho/resources: change those.",
            '"""',
            "from __future__ import annotations",
            *imports,
            f"class {class_name}:",
            f'    """{docstring}"""',
            *(f"    {name}: {kind}" for name, kind in named.items()),
        ]
    )


def _twin(name: str, tree: ast.Module, resources: set[str]) -> str:
    """Return the asynchronous twin of the file `name`; `resources` are the classes of all files."""
    classes = [_Asynchronous().visit(definition) for definition in _classes(tree)]
    used = {
        node.id
        for definition in classes
        for node in ast.walk(definition)
        if isinstance(node, ast.Name)
    }
    return "\n".join(
        [
            f'"""{ast.get_docstring(tree)}\n',
            f"Written by tools/write_resources.py from zoho/resources/{name}.py.",
            '"""',
            "from __future__ import annotations",
            *_imports(name, tree, used, resources),
            *map(ast.unparse, classes),
        ]
    )


class _Asynchronous(ast.NodeTransformer):
    """Makes a class of operations one of coroutines."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        node.bases = [base for base in node.bases if ast.unparse(base) != "Resource"]
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AsyncFunctionDef:
        node.decorator_list = []
        self.generic_visit(node)
        return ast.copy_location(ast.AsyncFunctionDef(**dict(ast.iter_fields(node))), node)

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(RESULTS.get(node.id, node.id), node.ctx)


def _imports(
    name: str, tree: ast.Module, used: Iterable[str], resources: set[str]
) -> Iterator[str]:
    """Yield an import for each of the names used that the file `name` imports or defines."""
    for node in tree.body:
        match node:
            case ast.ImportFrom():
                for alias in node.names:
                    if (alias.asname or alias.name) in used:
                        yield f"from {_home(node, alias, resources)} import {ast.unparse(alias)}"
            case ast.Assign(targets=[ast.Name(id=defined)]) if defined in used:
                yield f"from ...resources.{name} import {defined}"
            case ast.AnnAssign(target=ast.Name(id=defined)) if defined in used:
                yield f"from ...resources.{name} import {defined}"
    for result in RESULTS.values():
        if result in used:
            yield f"from ..results import {result}"


def _home(node: ast.ImportFrom, alias: ast.alias, resources: set[str]) -> str:
    """Return where a twin imports a name from that its original imports with `node`."""
    if node.level == 1 and alias.name not in resources:
        return f"...resources.{node.module}"
    return "." * (node.level + (node.level > 1)) + (node.module or "")


def main() -> None:
    """Write all files anew, formatted."""
    written = sources()
    ASYNC.mkdir(exist_ok=True)
    for path in ASYNC.glob("*.py"):
        if path not in written:
            path.unlink()
    for path, source in written.items():
        path.write_text(source)
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, "check", "--quiet", "--select", "I", "--fix", *written], check=True)  # noqa: S603
    subprocess.run([*ruff, "format", "--quiet", *written], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
