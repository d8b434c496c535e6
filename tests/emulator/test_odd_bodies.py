"""Bodies of odd shapes are refused or accepted; they never break the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from django_zcrm.emulator.core.published import load_published_operations
from django_zcrm.emulator.engine.settings.resource import SettingsResource
from tests.cases import check_each

from .api import Api
from .samples import body
from .test_settings_resources import WRITABLE, ask

ODD: tuple[Any, ...] = (None, 7, "x", [], {}, [None], [[]], [{}], {"id": []}, {"api_name": {}})


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a body."""
    yield path
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from nodes(inner, (*path, key))


def with_odd(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    changed = deepcopy(value)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = odd
    return changed


@check_each("resource", WRITABLE)
def test_settings_with_an_odd_value_is_no_500(resource: SettingsResource) -> None:
    v8 = Api("v8")
    items = [body(v8.org, resource)]
    for path in nodes(items):
        for odd in ODD:
            answer = ask(v8, "POST", resource, items=with_odd(items, path, odd))
            assert answer.status_code < 500, (path, odd, answer.text)


@pytest.mark.slow
def test_published_operation_with_an_odd_value_is_no_500(v8: Api) -> None:
    """With existing records for ids, and odd values under every key that might be used."""
    record = v8.first_id("Leads")
    for operation in load_published_operations():
        if operation.method == "GET" or not operation.path.startswith("/crm/{version}/"):
            continue
        parts = [
            ("Leads" if part.lower().startswith("{module") else record) if part[0] == "{" else part
            for part in operation.path.split("/")[3:]
        ]
        for key in {*parts, "data"} - {"Leads", record}:
            for odd in ODD:
                answer = v8.send(operation.method, "/".join(parts), {key: odd}, module="Leads")
                assert answer.status_code < 500 or answer.status_code == 501, (operation, odd)
