"""The pages about the code, and their picture, tell of files, names and layers that are there."""

from __future__ import annotations

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
def test_files_exist(name: str) -> None:
    told = {span for span in spans((CONTRIBUTING / name).read_text()) if FILE.fullmatch(span)}
    assert len(told) > 10
    assert {path for path in told if not is_there(path, ROOT, PACKAGE)} == set()


@PAGES
def test_dotted_names_exist(name: str) -> None:
    told = {
        span
        for span in spans((CONTRIBUTING / name).read_text())
        if (parts := NAME.fullmatch(span)) and parts[1] not in NOT_OURS and not FILE.fullmatch(span)
    }
    assert len(told) > 4
    for dotted in sorted(told):
        resolve_name(f"django_zcrm.{dotted}")


def test_a_page_with_a_wrong_name_would_be_noticed() -> None:
    assert spans("`zoho/gone.py` and\n```python\n`not.this`\n```\n") == ["zoho/gone.py"]
    assert FILE.fullmatch("zoho/gone.py")
    assert not is_there("zoho/gone.py", ROOT, PACKAGE)
    assert not is_there("zoho/gone/<noun>.py", ROOT, PACKAGE)
    with pytest.raises(AttributeError):
        resolve_name("django_zcrm.zoho.auth.gone")


@pytest.mark.parametrize(
    ("group", "folder"),
    [("app", PACKAGE), ("zoho", PACKAGE / "zoho"), ("emulator", PACKAGE / "emulator")],
)
def test_what_the_picture_names_exists(group: str, folder: Path) -> None:
    svg = "{http://www.w3.org/2000/svg}"
    [drawn] = ElementTree.parse(PICTURE).findall(f"{svg}g[@id='{group}']")  # noqa: S314 - ours
    names = [
        name
        for text in drawn.findall(f"{svg}text[@class='code']")
        for name in (text.text or "").split(" · ")
    ]
    assert len(names) > 5
    assert [n for n in names if not is_there(n, folder) and not is_there(f"{n}.py", folder)] == []


def test_the_layers_are_those_of_the_contract() -> None:
    config = ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg")
    contract = config["importlinter:contract:layers"]["layers"].strip().splitlines()
    table = ARCHITECTURE.partition("import downwards only.**")[2].partition("* **The emulator")[0]
    rows = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in table.splitlines() if "| `" in row]
    assert rows == [re.findall(r"\w+", layer) for layer in contract]


def test_the_layers_of_a_request_are_those_of_the_emulator() -> None:
    layers = resolve_name("django_zcrm.emulator.core.middleware.FOR_ZOHO")
    table = ARCHITECTURE.partition("FOR_ZOHO`, in order")[2].partition("4. **The handler")[0]
    rows = re.findall(r"^ +\| `(\w+)` \|", table, re.M)
    assert rows == [layer.__name__ for layer in layers]
