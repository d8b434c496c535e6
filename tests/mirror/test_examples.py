"""The models in the reference are right, and their fields are those of the emulator's company."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test.utils import isolate_apps

from django_zcrm import zcrm
from django_zcrm.mirror import checks
from django_zcrm.mirror.models import MirrorModel
from django_zcrm.mirror.options import options_of
from django_zcrm.models import Connection

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/mirror.md"


@pytest.mark.django_db
@isolate_apps("tests.mirror.shop")
def test_the_models_of_the_reference(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = re.search(
        r"^## A mirrored model\n+```python\n(.*?)^```", PAGE.read_text(), re.M | re.S
    )
    assert example
    scope: dict[str, Any] = {"__name__": "tests.mirror.shop.models"}
    exec(example[1], scope)  # noqa: S102 - our own page
    kinds = [
        kind
        for kind in scope.values()
        if isinstance(kind, type) and issubclass(kind, MirrorModel) and kind is not MirrorModel
    ]
    assert len(kinds) == 2
    apps = SimpleNamespace(get_models=lambda: kinds)
    monkeypatch.setattr("django_zcrm.mirror.options.apps", apps)
    assert checks.check_models() == []
    for kind in kinds:
        options = options_of(kind)
        there = {field["api_name"] for field in zcrm.fields.list(options.module)}
        assert {*options.zoho_fields, *options.refresh} <= there
