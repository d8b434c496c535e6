"""Renders the pages' templates."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..core import Request
from ..core.response import HtmlResponse

if TYPE_CHECKING:
    from jinja2 import Environment

# A missing Jinja2 is reported now, as a missing Werkzeug is, and not at the first page.
if find_spec("jinja2") is None:
    raise ModuleNotFoundError("No module named 'jinja2'", name="jinja2")


def render(request: Request, template: str, status: int = 200, **context: Any) -> HtmlResponse:
    """Return a page. Its template gets the context and `root`, the path prefix of links."""
    root = urlsplit(request.address.base_url).path
    page = _environment().get_template(template).render(root=root, **context)
    return HtmlResponse(page, status)


@cache
def read_file(name: str) -> str:
    """Return a file that the layout links to."""
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    # Imported for the first page: it is a good part of the emulator's import time, and most
    # emulators only serve JSON.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("django_zcrm.emulator.ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
