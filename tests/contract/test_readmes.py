"""The Chinese README says what the README says."""

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
def test_both_have_the_same(part: Callable[[str], list[Any]]) -> None:
    assert part(CHINESE) == part(ENGLISH)


def test_they_have_as_many_paragraphs_and_list_items() -> None:
    for separator in ("\n\n", "\n* "):
        assert CHINESE.count(separator) == ENGLISH.count(separator)


def test_each_links_to_the_other_and_to_files_that_exist() -> None:
    assert "[简体中文](README.zh-CN.md)" in ENGLISH
    assert "[English](README.md)" in CHINESE
    assert [link for link in links(CHINESE) if not (ROOT / link).exists()] == []


DESCRIBE = runpy.run_path(str(ROOT / "setup.py"))


def test_the_description_on_a_package_index_has_no_dead_link() -> None:
    text = DESCRIBE["description"](ENGLISH, "", "1.2.3")
    assert links(text) == []
    assert "The tutorial goes on from here" in text
    assert text.count("```") == ENGLISH.count("```")


def test_its_links_lead_into_the_repository_if_setup_cfg_names_it() -> None:
    text = DESCRIBE["description"](ENGLISH, "https://example.com/repo", "1.2.3")
    assert len(links(text)) == len(re.findall(r"\]\(", ENGLISH))
    assert "](https://example.com/repo/blob/v1.2.3/docs/tutorial/first-steps.md)" in text
    assert "](https://example.com/repo/raw/v1.2.3/docs/_static/screenshots/desk-leads.png)" in text
    assert [link for link in links(text) if not link.startswith("https://")] == []


def test_the_readme_shows_the_desk_and_the_admin() -> None:
    shown = re.findall(r"^!\[.+\]\(docs/_static/screenshots/(.+?)-.*\.png\)$", ENGLISH, re.M)
    assert shown == ["desk", "admin"]
