"""The pages about the code, and their picture, name files, names and layers that exist."""

from __future__ import annotations

import ast
import re
from configparser import ConfigParser
from pathlib import Path
from pkgutil import resolve_name
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "django_zcrm"
CONTRIBUTING = ROOT / "docs/contributing"
ARCHITECTURE = (CONTRIBUTING / "architecture.md").read_text()
PAGES = pytest.mark.parametrize("name", ["architecture.md", "add-emulated-behaviour.md"])
PICTURE = ROOT / "docs/_static/architecture.svg"

FILE = re.compile(r"[\w.<>-]+(/[\w.<>-]*)*(/|\.(?:py|md|cfg|txt|svg))")
NAME = re.compile(r"([a-z_]\w*)((?:\.\w+)+)")
NOT_OURS = {"crm", "zcrm", "org"}
"""Variables of examples: what follows their dot is no module of ours."""


def spans(text: str) -> list[str]:
    """The code within the lines of a page; its blocks left aside."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))


def is_there(path: str, *folders: Path) -> bool:
    """Whether a file exists; `<noun>` stands for any name."""
    pattern = re.sub(r"<\w+>", "*", path).rstrip("/")
    return any(any(folder.glob(pattern)) for folder in folders)


@PAGES
def test_files_named_in_contributor_pages_exist(name: str) -> None:
    paths = {span for span in spans((CONTRIBUTING / name).read_text()) if FILE.fullmatch(span)}
    assert len(paths) > 10
    assert {path for path in paths if not is_there(path, ROOT, PACKAGE)} == set()


@PAGES
def test_dotted_names_in_contributor_pages_exist(name: str) -> None:
    names = {
        span
        for span in spans((CONTRIBUTING / name).read_text())
        if (parts := NAME.fullmatch(span)) and parts[1] not in NOT_OURS and not FILE.fullmatch(span)
    }
    assert len(names) > 4
    for dotted in sorted(names):
        resolve_name(f"django_zcrm.{dotted}")


def test_page_with_a_wrong_name_is_found() -> None:
    assert spans("`zoho/gone.py` and\n```python\n`not.this`\n```\n") == ["zoho/gone.py"]
    assert FILE.fullmatch("zoho/gone.py")
    assert not is_there("zoho/gone.py", ROOT, PACKAGE)
    assert not is_there("zoho/gone/<noun>.py", ROOT, PACKAGE)
    with pytest.raises(AttributeError):
        resolve_name("django_zcrm.zoho.client.gone")


@pytest.mark.parametrize(
    ("group", "folder"),
    [("app", PACKAGE), ("zoho", PACKAGE / "zoho"), ("emulator", PACKAGE / "emulator")],
)
def test_names_in_architecture_diagram_exist(group: str, folder: Path) -> None:
    svg = "{http://www.w3.org/2000/svg}"
    [drawn] = ElementTree.parse(PICTURE).findall(f"{svg}g[@id='{group}']")  # noqa: S314 - ours
    names = [
        name
        for text in drawn.findall(f"{svg}text[@class='code']")
        for name in (text.text or "").split(" · ")
    ]
    assert len(names) > 5
    assert [n for n in names if not is_there(n, folder) and not is_there(f"{n}.py", folder)] == []


def test_layers_are_those_of_the_contract() -> None:
    config = ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg")
    contract = config["importlinter:contract:layers"]["layers"].strip().splitlines()
    table = ARCHITECTURE.partition("import downwards only.**")[2].partition("* **The emulator")[0]
    rows = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in table.splitlines() if "| `" in row]
    assert rows == [re.findall(r"\w+", layer) for layer in contract]


def test_layers_of_a_request_are_those_of_the_emulator() -> None:
    layers = resolve_name("django_zcrm.emulator.core.middleware.FOR_ZOHO")
    table = ARCHITECTURE.partition("FOR_ZOHO`, in order")[2].partition("4. **The handler")[0]
    rows = re.findall(r"^ +\| `(\w+)` \|", table, re.M)
    assert rows == [layer.__name__ for layer in layers]


def imports_without_reason(source: str) -> list[int]:
    """Return the lines of the imports inside functions that have no comment, in or above them."""
    lines = source.splitlines()
    found = set[int]()
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            imports = [n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
            ends = {node.end_lineno for node in imports}
            found |= {
                node.lineno
                for node in imports
                if node.lineno - 1 not in ends  # the first of a group has the comment
                and not any("#" in lines[number - 1] for number in (node.lineno - 1, node.lineno))
            }
    return sorted(found)


def test_imports_inside_functions_have_a_reason() -> None:
    found = {
        str(path.relative_to(PACKAGE)): lines
        for path in PACKAGE.rglob("*.py")
        if (lines := imports_without_reason(path.read_text()))
    }
    assert found == {}


def test_an_import_inside_a_function_without_a_comment_is_found() -> None:
    assert imports_without_reason("import os\ndef f():\n    import a  # an extra\n") == []
    assert imports_without_reason("def f():\n    # Slow.\n    import a\n    import b\n") == []
    assert imports_without_reason("def f():\n    import a\n    import b\n") == [2]
