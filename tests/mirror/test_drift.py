"""`zcrm_inspect --check` of mirrored models: how the organisation differs from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_zcrm import zcrm
from django_zcrm.mirror.drift import find_field_differences
from django_zcrm.mirror.models import MirrorModel
from django_zcrm.mirror.options import options_of
from django_zcrm.models import Connection
from django_zcrm.records.inspecting import FoundField, parse_fields
from django_zcrm.testing import SiteEmulator
from tests.cases import check_each
from tests.mirror.shop import models
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = pytest.mark.django_db

Fields = dict[str, FoundField]


def check(*words: str) -> str:
    output = StringIO()
    call_command("zcrm_inspect", "--check", *words, stdout=output)
    return output.getvalue()


def test_models_that_fit_are_ok(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    name = models.__name__
    assert check("--classes", name) == (
        f"ok  {name}.Account (Accounts)\nok  {name}.Contact (Contacts)\nok  {name}.Lead (Leads)\n"
    )
    assert check("--classes", name, "Leads") == f"ok  {name}.Lead (Leads)\n"


def test_command_with_a_model_that_does_not_fit_exits_with_1(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    zcrm_emulator.fail_next("fields.list", skip=2, code="INVALID_MODULE", status=400)
    output = StringIO()
    with pytest.raises(CommandError, match="1 class no longer fits") as caught:
        call_command("zcrm_inspect", "--check", "--classes", models.__name__, stdout=output)
    assert caught.value.returncode == 1
    assert output.getvalue().endswith(f"XX  {models.__name__}.Lead (Leads)\n    gone: Leads\n")


def _without(*names: str) -> Callable[[Fields], None]:
    def change(fields: Fields) -> None:
        for name in names:
            del fields[name]

    return change


def _with(name: str, **values: Any) -> Callable[[Fields], None]:
    def change(fields: Fields) -> None:
        fields[name] = replace(fields.get(name, FoundField(name, "text")), **values)

    return change


CHANGES: dict[str, tuple[type[MirrorModel], Callable[[Fields], None], list[str]]] = {
    "a field is gone": (Lead, _without("Lead_Source"), ["gone: Lead_Source (source)"]),
    "what records are matched on is gone": (Contact, _without("Email"), ["gone: Email (email)"]),
    "a number became a text": (
        Lead,
        _with("No_of_Employees", data_type="text"),
        [
            "changed: No_of_Employees (no_of_employees) is of type text, which IntegerField does "
            "not hold"
        ],
    ),
    "a text that is sent became a number": (
        Lead,
        _with("Company", data_type="integer"),
        ["changed: Company (company) is of type integer, which CharField does not hold"],
    ),
    "a text that is only read takes anything": (Lead, _with("Owner", data_type="integer"), []),
    "currency and decimal are numbers": (Lead, _with("Annual_Revenue", data_type="double"), []),
    "a field became a formula": (
        Lead,
        _with("Annual_Revenue", data_type="formula", result="currency"),
        ["changed: Annual_Revenue (revenue) is read-only, and push sends it"],
    ),
    "what is sent became read-only": (
        Lead,
        _with("Company", read_only=True),
        ["changed: Company (company) is read-only, and push sends it"],
    ),
    "a lookup refers to another module": (
        Contact,
        _with("Account_Name", modules=("Vendors",)),
        ["changed: Account_Name (account) leads to Vendors, not to Accounts"],
    ),
    "a lookup became a text": (
        Account,
        _with("Parent_Account", data_type="text"),
        ["changed: Parent_Account (parent) is of type text, which ForeignKey does not hold"],
    ),
    "a field is required now": (
        Lead,
        _with("Region", required=True),
        ["new: Region (Text) is required, and push lacks it"],
    ),
    "a new field that may be empty": (Lead, _with("Region"), []),
    "a required field that Zoho sets": (Lead, _with("Region", required=True, read_only=True), []),
}


@check_each("change", CHANGES)
def test_field_changed_in_zoho_is_reported(connection: Connection, change: str) -> None:
    model, make, expected = CHANGES[change]
    options = options_of(model)
    fields = {
        field.name: field
        for field in parse_fields(options.module, zcrm.fields.list(options.module))
    }
    make(fields)
    assert find_field_differences(options, list(fields.values())) == expected


def test_choices_of_the_model_have_to_be_zohos() -> None:
    column: Any = Lead._meta.get_field("source")
    column.choices = [("", "none"), ("Trade", [("Trade Show", "Show"), ("Fax", "Fax")])]
    try:
        found = FoundField("Lead_Source", "picklist", choices=frozenset({"Trade Show"}))
        lines = find_field_differences(options_of(Lead), [found])
    finally:
        column.choices = None
    assert "changed: Lead_Source (source) has no choice 'Fax'" in lines


def test_models_that_only_change_records_need_no_required_field() -> None:
    options = replace(options_of(Lead), push=("company",))
    fields = [
        FoundField(name, "text", required=name == "Last_Name") for name in options.zoho_fields
    ]
    assert not any("required" in line for line in find_field_differences(options, fields))


def test_another_possible_name_of_a_field_is_compared(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    aliases = {"Last_Name": ("Surname",), "Lead_Source": ("Source", "Origin")}
    options = replace(options_of(Lead), aliases=aliases)
    fields = {field.name: field for field in parse_fields("Leads", zcrm.fields.list("Leads"))}
    for former, name in (("Last_Name", "Surname"), ("Lead_Source", "Origin")):
        fields[name] = replace(fields.pop(former), name=name)
    assert fields["Surname"].required
    assert find_field_differences(options, list(fields.values())) == []
    _with("Origin", read_only=True)(fields)
    assert find_field_differences(options, list(fields.values())) == [
        "changed: Origin (source) is read-only, and push sends it"
    ]
    _without("Origin")(fields)
    assert find_field_differences(options, list(fields.values())) == ["gone: Lead_Source (source)"]


def test_match_on_and_its_other_possible_names_are_compared(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    fields = parse_fields("Leads", zcrm.fields.list("Leads"))
    names: dict[str, dict[str, tuple[str, ...]]] = {"Company": {}, "Firm": {"Firm": ("Company",)}}
    for name, aliases in names.items():
        options = replace(options_of(Lead), match_on=name, aliases=aliases)
        [line] = find_field_differences(options, fields)
        assert line.startswith(f"match_on: Zoho does not find duplicates of Leads by {name}")
    options = replace(options_of(Lead), match_on="Mail", aliases={"Mail": ("Email",)})
    assert find_field_differences(options, fields) == []
