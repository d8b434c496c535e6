"""The names that projects import, and the pages and examples that use no deeper ones."""

from __future__ import annotations

import re
from importlib import import_module
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
