"""Messages that count have a form for one: no "1 modules" anywhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("django_zcrm", "example_project")
GETTEXT = {"_", "gettext", "gettext_lazy", "gettext_noop"}
COUNTED = re.compile(r"%\(\w+\)d (\w+ )?[a-z]{2,}s\b")
COUNTED_IN_TEMPLATE = re.compile(r"\{\{ \w+ \}\} (\w+ )?[a-z]{2,}s\b")
NEVER_ONE = {
    "Choose %(count)d connections at most.",  # a constant
    "(the newest of %(count)d rows)",  # shown from two on
}


def messages(source: str) -> Iterator[str]:
    """Yield the messages of Python code that have one form only."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in GETTEXT and node.args:
            argument = node.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def blocks(source: str) -> Iterator[str]:
    """Yield the messages of a template that have one form only."""
    for tag, text in re.findall(
        r"\{% blocktrans(?:late)? ?(.*?)%\}(.*?)\{% endblocktrans", source, re.S
    ):
        if not tag.startswith("count "):
            yield text


def test_scan_finds_counted_messages() -> None:
    code = '_("%(count)d modules"); ngettext("%(n)d day", "%(n)d days", 1); _("%(n)d of %(m)d")'
    assert [message for message in messages(code) if COUNTED.search(message)] == [
        "%(count)d modules"
    ]
    template = (
        "{% blocktranslate with n=x %}{{ n }} new calls{% endblocktranslate %}"
        "{% blocktranslate count n=x %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}"
    )
    found = [block for block in blocks(template) if COUNTED_IN_TEMPLATE.search(block)]
    assert found == ["{{ n }} new calls"]


@pytest.mark.slow
@pytest.mark.parametrize("package", PACKAGES)
def test_counted_messages_have_a_form_for_one(package: str) -> None:
    found = {
        f"{path.relative_to(ROOT)}: {message}"
        for suffix, read, pattern in (
            ("py", messages, COUNTED),
            ("html", blocks, COUNTED_IN_TEMPLATE),
            ("txt", blocks, COUNTED_IN_TEMPLATE),
        )
        for path in (ROOT / package).rglob(f"*.{suffix}")
        for message in read(path.read_text())
        if pattern.search(message) and message not in NEVER_ONE
    }
    assert not found
