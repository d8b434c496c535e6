"""zcrm_operations and zcrm_scopes, as typed on the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command


def run(*words: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def test_operations_are_listed_with_call_path_and_scopes() -> None:
    output = run("zcrm_operations", "lead", "CONVERSION_options")
    assert "leads.conversion_options(lead_id)" in output
    assert "GET /crm/{version}/Leads/{lead_id}/__conversion_options" in output
    assert "ZohoCRM.modules.leads.READ" in output
    with pytest.raises(CommandError, match="xyzzy"):
        run("zcrm_operations", "xyzzy")


def test_operations_as_json_are_all_of_them() -> None:
    operations = json.loads(run("zcrm_operations", format="json"))
    assert len({(operation["method"], operation["path"]) for operation in operations}) >= 474
    composite = next(each for each in operations if each["name"] == "composite.execute")
    assert (composite["envelope"], composite["since"]) == ("__composite_requests", "v3")
    assert composite["scopes"] == ["ZohoCRM.composite_requests.CUSTOM"]
    assert json.loads(run("zcrm_operations", "xyzzy", format="json")) == []


def test_scopes_for_words_fit_the_setting() -> None:
    assert run("zcrm_scopes", "records.list", module=["Leads", "Deals"]) == (
        "ZohoCRM.modules.deals.READ,ZohoCRM.modules.leads.READ,ZohoCRM.settings.fields.READ\n"
    )


def test_scopes_for_code_are_found_below_a_directory(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "views.py").write_text("crm.records.get('Leads', '1')\n")
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "other.py").write_text("crm.users.list()\n")
    (tmp_path / "broken.py").write_text("def :\n")
    errors = io.StringIO()
    output = run("zcrm_scopes", from_code=[tmp_path], stderr=errors)
    assert output == "ZohoCRM.modules.leads.READ\n"
    assert "broken.py was left out" in errors.getvalue()
    assert run("zcrm_scopes", "users.list", from_code=[tmp_path / "app" / "views.py"]) == (
        "ZohoCRM.modules.leads.READ,ZohoCRM.users.READ\n"
    )


@pytest.mark.parametrize(
    "code",
    [
        "crm.users.list()  # é\n".encode("utf-8-sig"),
        "# coding: latin-1\ncrm.users.list()  # é\n".encode("latin-1"),
    ],
)
def test_scopes_for_code_in_any_encoding_of_python_are_found(code: bytes, tmp_path: Path) -> None:
    (tmp_path / "views.py").write_bytes(code)
    assert run("zcrm_scopes", from_code=[tmp_path]) == "ZohoCRM.users.READ\n"


def test_scopes_that_need_a_module_are_pointed_out() -> None:
    errors = io.StringIO()
    assert "{module}" in run("zcrm_scopes", "sharing", stderr=errors)
    assert "--module" in errors.getvalue()


@pytest.mark.parametrize(
    ("words", "options", "message"),
    [
        ((), {}, "Name resources"),
        (("recods",), {}, "did you mean"),
        ((), {"from_code": [Path("/nowhere/at/all")]}, "does not exist"),
        ((), {"from_code": [Path(__file__)]}, "found no calls"),
    ],
)
def test_zcrm_scopes_with_invalid_arguments_raises_with_reason(
    words: Any, options: Any, message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        run("zcrm_scopes", *words, **options)
