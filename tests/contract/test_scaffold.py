"""One of Zoho's OpenAPI files becomes a draft that Python and the declarations understand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.zoho.operations.operation import Operation

ROOT = Path(__file__).resolve().parents[2]
OUTCOME = {"schema": {"type": "object", "properties": {"widgets": {"type": "array", "items": {}}}}}
PICTURE = {"properties": {"file": {"type": "array", "items": {"format": "binary"}}, "title": {}}}
LIST = {
    "schema": {
        "oneOf": [
            {
                "type": "object",
                "properties": {"widgets": {"type": "array", "items": {}}, "info": {}},
            }
        ]
    }
}


def answers(media: Any, kind: str = "application/json", status: str = "200") -> dict[str, Any]:
    return {"400": {}, status: {"content": {kind: media}}}


DESCRIPTION = {
    "openapi": "3.1.0",
    "servers": [{"url": "https://zohoapis.{dc}/crm/{version}"}],
    "security": [{"oauth": ["ZohoCRM.settings.widgets.ALL"]}],
    "paths": {
        "/settings/widgets": {
            "get": {
                "parameters": [
                    {"$ref": "#/components/parameters/kind"},
                    {"name": "perPage", "in": "query", "schema": {"type": "integer"}},
                    {"name": "If-Modified-Since", "in": "header", "schema": {"type": "string"}},
                ],
                "responses": answers(LIST),
            },
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "properties": {
                                    "widgets": {"type": "array"},
                                    "notify": {"type": "boolean"},
                                }
                            }
                        }
                    }
                },
                "responses": answers(OUTCOME, status="201"),
                "security": [{"oauth": ["ZohoCRM.settings.widgets.CREATE"]}],
            },
        },
        "/settings/widgets/{widgetId}": {
            "get": {"responses": answers(LIST)},
            "delete": {
                "parameters": [
                    {"name": "widgetId", "in": "path", "required": True},
                    {"name": "widget_id", "in": "query", "schema": {"type": "number"}},
                ],
                "responses": answers(OUTCOME),
            },
        },
        "/settings/widgets/{widgetId}/actions/picture": {
            "get": {"responses": answers({}, "image/png")}
        },
        "/settings/widgets/{widgetId}/actions/upload": {
            "post": {
                "requestBody": {"content": {"multipart/form-data": {"schema": PICTURE}}},
                "responses": answers(OUTCOME),
            }
        },
    },
    "components": {
        "parameters": {
            "kind": {
                "name": "kind",
                "in": "query",
                "required": True,
                "schema": {"enum": ["round", "flat"]},
            }
        }
    },
}


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("scaffold") / "zoho-crm-widgets-openapi.json"
    file.write_text(json.dumps(DESCRIPTION))
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "scaffold_resource.py"), str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_scaffold_matches_description(drafted: str) -> None:
    space: dict[str, Any] = {
        "__name__": "django_zcrm.zoho.resources.widgets",
        "__package__": "django_zcrm.zoho.resources",
    }
    exec(compile(drafted, "widgets.py", "exec"), space)  # noqa: S102 - it is our own draft
    widgets = space["Widgets"]

    def declared(method: str) -> Operation:
        operation: Operation = getattr(widgets, method).operation
        return operation

    assert declared("list").path == "/crm/{version}/settings/widgets"
    assert declared("list").returns.__name__ == "page"
    assert declared("list").rename == {"per_page": "perPage"}
    assert declared("list").headers == {"if_modified_since": "If-Modified-Since"}
    assert declared("get").path == "/crm/{version}/settings/widgets/{widget_id}"
    assert declared("get").key == "widgets"
    assert (declared("create").body, declared("create").top_level) == ("widgets", ("notify",))
    assert declared("create").scopes == ("ZohoCRM.settings.widgets.CREATE",)
    assert declared("delete_one").returns.__name__ == "one"
    assert declared("picture").stream
    assert declared("upload").files == ("file",)
    assert declared("upload").returns.__name__ == "one"
    assert "file: File" in drafted
    assert "kind: Literal[" in drafted
    assert declared("list").scopes == ("ZohoCRM.settings.widgets.ALL",)
