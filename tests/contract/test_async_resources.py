"""What `crm.aio` declares for type checkers is what the blocking client declares, awaited."""

from __future__ import annotations

import ast
import subprocess
import sys

from tools.write_async_resources import ASYNC, sources


def declared(source: str) -> tuple[set[str], list[str]]:
    """Return the imports and the declarations of a file, apart from order and formatting."""
    tree = ast.parse(source)
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    named = {
        f"{'.' * node.level}{node.module} {ast.unparse(alias)}"
        for node in imports
        for alias in node.names
    }
    return named, [ast.unparse(node) for node in tree.body if node not in imports]


def test_they_are_written_from_the_blocking_ones() -> None:
    written = {name: declared(source) for name, source in sources().items()}
    found = {file.name: declared(file.read_text()) for file in ASYNC.glob("*.py")}
    assert found == written, "run: python tools/write_async_resources.py"


def test_they_are_not_imported_to_make_calls() -> None:
    program = """
import sys
from django_zcrm.zoho.aio import AsyncClient
AsyncClient(None).records
print([name for name in sys.modules if name.startswith("django_zcrm.zoho.aio.")])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "aio.client" in done.stdout
    assert "aio.resources" not in done.stdout
