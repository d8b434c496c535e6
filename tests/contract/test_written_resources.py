"""What tools/write_resources.py writes is up to date: clients' resources, types of `crm.aio`."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tools.write_resources import ASYNC, RECORD_SET, TABLE, sources


def parse_declarations(source: str) -> tuple[set[str], list[str]]:
    """Return the imports and the declarations of a file, apart from order and formatting."""
    tree = ast.parse(source)
    named = {
        f"{'.' * node.level}{node.module} {ast.unparse(alias)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    imports = (ast.ImportFrom, ast.If)
    return named, [ast.unparse(node) for node in tree.body if not isinstance(node, imports)]


@pytest.mark.slow
def test_written_resources_match_the_resources() -> None:
    written = {file: parse_declarations(source) for file, source in sources().items()}
    files = [TABLE, RECORD_SET, *ASYNC.glob("*.pyi")]
    found = {file: parse_declarations(file.read_text()) for file in files}
    assert found == written, "run: python -m tools.write_resources"


@pytest.mark.slow
def test_written_resources_are_not_imported_by_calls() -> None:
    program = """
import sys
import pytest

from django_zcrm.zoho.aio import AsyncClient
AsyncClient(None).records
print([name for name in sys.modules if name.startswith("django_zcrm.zoho.aio.")])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "aio.client" in done.stdout
    assert "aio.resources" not in done.stdout
