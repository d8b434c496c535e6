"""The names that projects import, and the pages and examples that use no deeper ones."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PUBLIC = {
    "django_zcrm": "ConnectionClient NotConnected UnknownField ZCRMError acting owner_of zcrm",
    "django_zcrm.query": "Avg Count Max Min Progress Q RecordSet Sum WriteResult",
    "django_zcrm.mirror": "CrossConnectionError Mirror MirrorPolicy MirrorStatus forget no_push "
    "record_synced "
    "run_due subscribe",
}
HOMES = r"owners|zoho\.query|mirror\.(tenants|notifications|mirror|status)"
DEEP = re.compile(rf"from django_zcrm\.({HOMES})\b\S* import")


def test_public_names_exist_and_are_listed() -> None:
    for module, names in PUBLIC.items():
        home = import_module(module)
        for name in names.split():
            assert name in home.__all__, f"{module}.{name}"
            assert getattr(home, name) is not None


def test_docs_and_example_import_queries_and_forget_by_public_names() -> None:
    pages = [*ROOT.glob("docs/*/*.md"), *ROOT.glob("README*.md")]
    files = [*pages, *ROOT.glob("example_project/**/*.py")]
    deep = [file for file in files if DEEP.search(file.read_text(encoding="utf-8"))]
    assert len(files) > 50
    assert deep == []


def imported_names(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the modules of django_zcrm and the names that the code of a page imports from them."""
    text = re.sub(r"^(?:>>>|\.\.\.) ?", "", page.read_text(encoding="utf-8"), flags=re.M)
    for statement in re.findall(r"^ *(from django_zcrm\S* import (?:\([^)]*\)|.+))$", text, re.M):
        node = ast.parse(statement).body[0]
        assert isinstance(node, ast.ImportFrom)
        assert node.module is not None
        for alias in node.names:
            yield node.module, alias.name


def test_docs_import_names_that_exist() -> None:
    pages = [*ROOT.glob("docs/*/*.md"), *ROOT.glob("README*.md")]
    names = {(page.name, *pair) for page in pages for pair in imported_names(page)}
    missing = [
        (page, module, name)
        for page, module, name in sorted(names)
        if not hasattr(import_module(module), name) and not find_spec(f"{module}.{name}")
    ]
    assert len(names) > 60
    assert missing == []
