"""Answers fit the schemas in the `json_details.json` of Zoho's SDKs, except known deviations."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.emulator.app import TABLES
from tests.clients.conftest import INSTALLED, missing
from tests.clients.sdk_schemas import Schemas
from tests.clients.seeded_paths import MODULES, add_settings, concrete
from tests.emulator.api import Api

NODE = "node_sdks/node_modules/@zohocrm/nodejs-sdk-{}/lib/config/json_details.json"
#: The files of schemas by version; "p8" is the Python SDK for v8.
FILES = {
    "v2": "schemas/v2/zcrmsdk/src/json_details.json",
    "v2.1": "python_sdk_2_1/lib/python3*/site-packages/zcrmsdk/src/json_details.json",
    "v5": "schemas/v5/zohocrmsdk/src/json_details.json",
    "v6": "schemas/v6/zohocrmsdk/src/json_details.json",
    "v7": NODE.format("7.0"),
    "v8": NODE.format("8.0"),
    "p8": "python_sdk/lib/python3*/site-packages/zohocrmsdk/src/json_details.json",
}
#: Deviations, each with its reason; `*` matches anything.
KNOWN = {
    "fiscal_year.start_month: 'JANUARY'*": "Zoho's newer OpenAPI file has capitals.",
    "modules[].activity_badge: 'Not_Supported'*": "Zoho's samples have this value.",
    "modules[].generated_type: 'subform'*": "Zoho's page on modules has this value.",
    "org[].type: 'production'*": "Zoho's newer OpenAPI file writes it so.",
    "associated_users_count[].count: int, not string": "Those of groups are numbers (OpenAPI).",
    "blueprint.transitions[].percent_partial_save: float, not integer": "Later SDKs read a double.",
    "count: int, not string": "Zoho's pages and OpenAPI files have numbers.",
    "layouts[].sections[].fields[].data_type: *": "The SDK of v5 has all types with fields only.",
    "layouts[].sections[].fields[].formula.expression: *": "The SDK of v5 has that of a sample.",
    "layouts[].sections[].fields[].length: *": "The SDK of v5 has that of a sample.",
    "modules[].display_field: dict, not string": "Only the SDKs of v5 and v6 read text.",
    "variables[].type: '*'*": "Zoho's newer OpenAPI file has boolean and float.",
}
MIN_PATHS = {"v2": 65, "v2.1": 75, "v5": 120, "v6": 140, "v7": 150, "v8": 170, "p8": 170}
"""How many paths are answered at least, so that the check does not come to nothing."""

#: What GETs may demand; those that do not ignore it.
PARAMS = {
    "fields": "id,Created_Time,Modified_Time,Owner",
    "executed_from": "2026-01-01",
    "executed_till": "2026-12-31",
    "per_page": "5",
    "word": "Brightwater",
}


@lru_cache
def answers(version: str) -> dict[str, Any]:
    """Return the answers to all GETs, by path, those with ids for what the demo company has."""
    api = Api(f"v{version.lstrip('vp')}")
    add_settings(api)
    layouts = api.org.metadata.modules
    replies: dict[str, Any] = {}
    for route in (route for table in TABLES for route in table.table):
        if route.method != "GET" or not route.path.startswith("/crm/"):
            continue
        if not route.has_version(float(api.version[1:])):
            continue
        for module in MODULES:
            few: dict[str, Any] = {"module": module}
            # Some demand more, and others hold little then.
            layout = {"layout_id": layouts[module].layout_id}
            for params in (few, few | PARAMS, few | PARAMS | layout):
                for path in concrete(api, route, params):
                    answer = api.get(path, **params)
                    if answer.status_code == 200 and answer.json is not None:
                        replies.setdefault(f"{path}?{sorted(params.items())}", answer.json)
    return replies


@lru_cache
def deviations(version: str) -> set[str]:
    """Return what does not fit."""
    (file,) = INSTALLED.glob(FILES[version])
    schemas = Schemas(file)
    paths = {path.partition("?")[0] for path in answers(version)}
    assert len(paths) > MIN_PATHS[version]
    return {
        mismatch for answer in answers(version).values() for mismatch in schemas.mismatches(answer)
    }


@pytest.mark.parametrize("version", list(FILES))
def test_answers_fit_the_schemas_of_the_sdks(version: str) -> None:
    if not list(INSTALLED.glob(FILES[version])):
        missing(f"Zoho's SDK for {version}")

    deviating = deviations(version)

    unknown = [
        deviation
        for deviation in deviating
        if not any(fnmatchcase(deviation, known) for known in _patterns())
    ]
    assert unknown == []


def _patterns() -> list[str]:
    return [known.replace("[]", "[[]]") for known in KNOWN]


def test_known_mismatches_still_exist() -> None:
    if not all(list(INSTALLED.glob(file)) for file in FILES.values()):
        missing("Zoho's SDKs")
    found = {deviation for version in FILES for deviation in deviations(version)}

    stale = [
        pattern for pattern in _patterns() if not any(fnmatchcase(each, pattern) for each in found)
    ]
    assert stale == []


def test_a_mismatch_is_found(tmp_path: Path) -> None:
    """The check itself, with a schema of our own."""
    file = tmp_path / "json_details.json"
    file.write_text(
        '{"x/things/response_wrapper": {"things": {"name": "things", "type": "List",'
        ' "structure_name": "x/things/thing"}},'
        ' "x/things/thing": {"id": {"name": "id", "type": "Long"},'
        ' "on": {"name": "on", "type": "Boolean"}}}'
    )
    schemas = Schemas(file)

    assert schemas.mismatches({"things": [{"id": "1", "on": None, "more": []}]}) == []
    assert schemas.mismatches({"things": [{"id": "x", "on": 1}]}) == [
        "things[].id: 'x', not a number",
        "things[].on: int, not boolean",
    ]
    assert schemas.mismatches({"things": {}}) == ["things: dict, not a list"]
