"""The Chinese README has the content of the README."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = (ROOT / "README.md").read_text()
CHINESE = (ROOT / "README.zh-CN.md").read_text()
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def headings(text: str) -> list[str]:
    """Return the levels of the headings."""
    return re.findall(r"^(#+) ", FENCE.sub("", text), re.M)


def code(text: str) -> list[tuple[str, str]]:
    """Return the code blocks without the text of comments, except file names and values."""
    return [
        (language, re.sub(r" +# (?!\{).*", "", block)) for language, block in FENCE.findall(text)
    ]


def links(text: str) -> list[str]:
    """Return the targets of links, except those to the other language."""
    return [link for link in re.findall(r"\]\((.+?)\)", text) if not link.startswith("README")]


def spans(text: str) -> list[str]:
    """Return the inline code, in alphabetical order."""
    return sorted(re.findall(r"`([^`\n]+)`", FENCE.sub("", text)))


@pytest.mark.parametrize("part", [headings, code, links, spans])
def test_readmes_have_the_same_structure(part: Callable[[str], list[Any]]) -> None:
    assert part(CHINESE) == part(ENGLISH)


def test_readmes_have_as_many_paragraphs_and_list_items() -> None:
    for separator in ("\n\n", "\n* "):
        assert CHINESE.count(separator) == ENGLISH.count(separator)


def test_each_links_to_the_other_and_to_files_that_exist() -> None:
    assert "[简体中文](README.zh-CN.md)" in ENGLISH
    assert "[English](README.md)" in CHINESE
    files = [link for link in links(CHINESE) if not link.startswith(("https://", "../../"))]
    assert [link for link in files if not (ROOT / link).exists()] == []


SETUP = runpy.run_path(str(ROOT / "setup.py"))


def test_long_description_has_only_absolute_links_into_the_repository() -> None:
    repository = SETUP["REPOSITORY"]
    text = SETUP["absolute_links"](ENGLISH, "1.2.3")
    assert len(links(text)) == len(re.findall(r"\]\(", ENGLISH))
    assert f"]({repository}/blob/v1.2.3/docs/tutorial/first-steps.md)" in text
    assert f"]({repository}/raw/v1.2.3/docs/_static/screenshots/desk-leads.png)" in text
    assert f"]({repository}/actions/workflows/ci.yml/badge.svg)]({repository}/actions/" in text
    assert [link for link in links(text) if not link.startswith("https://")] == []


def test_badges_show_versions_ci_and_docs() -> None:
    targets = re.findall(r"^\[!\[.+?\]\(\S+?\)\]\((\S+)\)$", ENGLISH, re.M)
    package = "https://pypi.org/project/django-zcrm/"
    assert targets[:3] == [package] * 3
    assert targets[3].startswith("../../")
    workflow = targets[3].removeprefix("../../actions/")
    assert (ROOT / ".github" / workflow).is_file()
    assert targets[4] == f"{SETUP['DOCUMENTATION']}/"


def test_project_urls_derive_from_the_repository() -> None:
    urls = SETUP["PROJECT_URLS"]
    assert set(urls) == {"Source", "Documentation", "Changelog", "Issues", "Security"}
    assert urls.pop("Documentation").startswith(SETUP["DOCUMENTATION"])
    assert all(url.startswith(SETUP["REPOSITORY"]) for url in urls.values())


def test_the_readme_shows_the_desk_and_the_admin() -> None:
    pictures = re.findall(r"^!\[.+\]\(docs/_static/screenshots/(.+?)-.*\.png\)$", ENGLISH, re.M)
    assert pictures == ["desk", "admin"]
