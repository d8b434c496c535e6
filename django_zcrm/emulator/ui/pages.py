"""Renders the pages' templates."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import HtmlResponse

if TYPE_CHECKING:
    from jinja2 import Environment

# Whoever lacks it learns that now, as with Werkzeug, and not in front of the first page.
if find_spec("jinja2") is None:
    raise ModuleNotFoundError("No module named 'jinja2'", name="jinja2")


def render(request: Request, template: str, status: int = 200, **context: Any) -> HtmlResponse:
    """A page. Beside the context its template has `root`, the path below which links lead."""
    root = urlsplit(request.address.base_url).path
    page = _environment().get_template(template).render(root=root, **context)
    return HtmlResponse(page, status)


@cache
def _environment() -> Environment:
    # Imported for the first page: it is a good part of the emulator's import time, and most
    # emulators only ever answer with JSON.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("django_zcrm.emulator.ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
