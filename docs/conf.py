"""Sphinx's configuration; `make docs` builds with it."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from django_zcrm import __version__  # noqa: E402 - the checkout's, installed or not

project = "django-zcrm"
author = "django-zcrm contributors"
copyright = f"2026, {author}"
release = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist"]
# Headings can be linked to: [text](page.md#heading).
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"django-zcrm {release}"
