"""Lists fit the schemas in the `json_details.json` of Zoho's SDKs, except known deviations."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from django_zcrm.emulator.app import TABLES
from tests.clients.conftest import INSTALLED, missing
from tests.clients.sdk_schemas import Schemas
from tests.emulator.api import Api

NODE = "node_sdks/node_modules/@zohocrm/nodejs-sdk-{}/lib/config/json_details.json"
FILES = {
    "v2.1": "python_sdk_2_1/lib/python3*/site-packages/zcrmsdk/src/json_details.json",
    "v7": NODE.format("7.0"),
    "v8": NODE.format("8.0"),
}
#: Modules that show between them all kinds of fields, sections and related lists.
MODULES = ("Leads", "Deals", "Quotes", "Tasks", "Projects")
#: Deviations, each with its reason; `*` matches anything.
KNOWN = {
    "fiscal_year.start_month: 'JANUARY'*": "Zoho's newer OpenAPI file has capitals.",
    "modules[].activity_badge: 'Not_Supported'*": "Zoho's samples have this value.",
    "modules[].generated_type: 'subform'*": "Zoho's page on modules has this value.",
    "org[].type: 'production'*": "Zoho's newer OpenAPI file writes it so.",
    "count: int, not string": "Zoho's pages and OpenAPI files have numbers.",
    "variables[].type: '*'*": "Zoho's newer OpenAPI file has boolean and float.",
}


def deviations(version: str) -> set[str]:
    """Return what does not fit, of the answers to all GETs that need no id."""
    (file,) = INSTALLED.glob(FILES[version])
    schemas, api = Schemas(file), Api(version)
    layout_id = api.org.metadata.modules["Deals"].layout_id
    found: set[str] = set()
    answered = 0
    for table in TABLES:
        for route in table.table:
            path = route.path.removeprefix("/crm/{version}/")
            listed = route.method == "GET" and route.has_version(float(version[1:]))
            if not listed or "{" in path or path.startswith("/"):
                continue
            for module in MODULES:
                answer = api.get(path, module=module, layout_id=layout_id)
                if answer.status_code == 200 and answer.json is not None:
                    answered += 1
                    found.update(schemas.mismatches(answer.json))
    assert answered > 80
    return found


@pytest.mark.parametrize("version", list(FILES))
def test_lists_fit_the_schemas_of_the_sdks(version: str) -> None:
    if not list(INSTALLED.glob(FILES[version])):
        missing(f"Zoho's SDK for {version}")

    found = deviations(version)

    unknown = [one for one in found if not any(fnmatchcase(one, known) for known in _patterns())]
    assert unknown == []


def _patterns() -> list[str]:
    return [known.replace("[]", "[[]]") for known in KNOWN]


def test_what_is_listed_is_still_so() -> None:
    if not all(list(INSTALLED.glob(file)) for file in FILES.values()):
        missing("Zoho's SDKs")
    found = deviations("v7") | deviations("v8")

    stale = [one for one in _patterns() if not any(fnmatchcase(each, one) for each in found)]
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
