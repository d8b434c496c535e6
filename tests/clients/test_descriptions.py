"""The emulator's answers to the Python SDK match Zoho's OpenAPI files, except listed deviations."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import Day
from tests.clients.descriptions import Deviation, Edition, deviations
from tests.clients.known_deviations import KNOWN

DESCRIPTIONS = os.environ.get("ZCRM_ZOHO_OAS", "")
"""A folder with Zoho's OpenAPI files, which are no part of this project."""

described = pytest.mark.skipif(not DESCRIPTIONS, reason="ZCRM_ZOHO_OAS names no folder")


@pytest.fixture(scope="session")
def editions() -> list[Edition]:
    folders = sorted(Path(DESCRIPTIONS).glob("zoho-oas-*"))
    assert folders, f"there are no folders zoho-oas-* in {DESCRIPTIONS}"
    return [Edition(folder) for folder in folders]


@pytest.fixture(scope="session")
def found(python_day: Day, editions: list[Edition]) -> set[Deviation]:
    """All deviations in the Python SDK's session. The Node SDK uses v2, which has no such files."""
    return {
        deviation
        for each in python_day.exchanges
        if each.path.startswith("/crm/") and each.content_type.startswith("application/json")
        for deviation in deviations(editions, each.method, each.path, each.status, each.json)
    }


@described
def test_answers_are_as_described(found: set[Deviation]) -> None:
    unknown = [each for each in found if not any(known.covers(each) for known in KNOWN)]
    assert not unknown, "\n".join(map(str, sorted(unknown)))


@described
def test_known_deviations_still_exist(found: set[Deviation]) -> None:
    stale = [known for known in KNOWN if not any(map(known.covers, found))]
    assert not stale


def made(folder: Path, name: str, answer: dict[str, Any], path: str = "/things/{id}") -> Edition:
    """An edition with one operation, whose answer has this schema."""
    response = {"200": {"content": {"application/json": {"schema": answer}}}}
    file = {
        "openapi": "3.0.0",
        "servers": [{"url": "https://zohoapis.{dc}/crm/{version}"}],
        "paths": {path: {"get": {"responses": response}}},
    }
    (folder / name).mkdir()
    (folder / name / "things.json").write_text(json.dumps(file))
    return Edition(folder / name)


def complaints(editions: list[Edition], answer: Any, status: int = 200) -> dict[str, str]:
    path = "/crm/v8/things/1234567890123456789"
    deviating = deviations(editions, "GET", path, status, answer)
    assert all(each.operation == "GET /crm/v8/things/{id}" for each in deviating)
    return {each.place: each.what for each in deviating}


SHAPE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "note": {"type": "string", "nullable": True},
        "any": {"type": "object"},
        "rows": {
            "type": "array",
            "items": {
                "oneOf": [
                    {
                        "type": "object",
                        "properties": {"id": {"type": "string"}},
                        "required": ["id"],
                    },
                    {
                        "type": "object",
                        "properties": {"code": {"type": "string", "enum": ["NO"]}},
                        "required": ["code"],
                    },
                ]
            },
        },
    },
    "required": ["name"],
}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"name": "a", "note": None, "any": 1, "rows": [{"id": "1"}, {"code": "NO"}]}, {}),
        ({"note": "b"}, {"$.name": "missing"}),
        ({"name": None}, {"$.name": "null, not string"}),
        ({"name": "a", "more": 1}, {"$.more": "not described"}),
        (
            {"name": "a", "rows": [{"id": "1"}, {"id": 2}, {"id": 3}]},
            {"$.rows[].id": "integer, not string"},
        ),
        (
            {"name": "a", "rows": [{"code": "YES"}]},
            {"$.rows[].code": "against enum ['NO']"},
        ),
    ],
)
def test_deviations_of_a_response_are_found(
    tmp_path: Path, answer: dict[str, Any], expected: dict[str, str]
) -> None:
    assert complaints([made(tmp_path, "one", SHAPE)], answer) == expected


def test_undescribed_status_is_a_deviation(tmp_path: Path) -> None:
    assert complaints([made(tmp_path, "one", SHAPE)], {}, 207) == {"$": "status 207, not 200"}


def test_response_allowed_by_one_edition_has_no_deviation(tmp_path: Path) -> None:
    """What one of them allows is not a deviation; nor is what a less specific path allows."""
    named = {"type": "object", "properties": {"name": {"type": "string"}}}
    numbered = {"type": "object", "properties": {"number": {"type": "integer"}}}
    both = [made(tmp_path, "one", named), made(tmp_path, "two", numbered)]
    assert complaints(both, {"name": "a", "number": 1}) == {}
    assert complaints(both, {"other": {"x": 1}}) == {"$.other": "not described"}
    assert complaints(both, {"name": 1}) == {"$.name": "integer, not string | not described"}
    vague = made(tmp_path, "vague", {}, path="/{anything}/{id}")
    assert complaints([both[0], vague], {"name": 1}) == {"$.name": "integer, not string"}


def test_undescribed_operation_raises(tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        deviations([made(tmp_path, "one", {})], "POST", "/crm/v8/things/1", 200, {})
