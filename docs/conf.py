"""Sphinx's configuration; `make docs` builds with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import django  # noqa: E402
from django.conf import settings  # noqa: E402

from django_zcrm import __version__  # noqa: E402 - the checkout's, installed or not

# autodoc imports the models.
settings.configure(
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django_zcrm",
        "django_zcrm.mirror",
    ],
)
django.setup()

project = "django-zcrm"
author = "django-zcrm contributors"
copyright = f"2026, {author}"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True
# Types of Python, Django and private modules have no page here. Links between pages are checked.
nitpick_ignore_regex = [("py:.*", ".*")]

default_role = "literal"  # docstrings write `names` as Markdown does
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False

myst_enable_extensions = ["colon_fence", "deflist"]
# Headings can be linked to: [text](page.md#heading).
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"django-zcrm {release}"
# Read the Docs sets this; search engines then find one of the versions.
html_baseurl = os.environ.get("READTHEDOCS_CANONICAL_URL", "")
