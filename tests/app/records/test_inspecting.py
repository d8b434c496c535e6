"""Classes of records written from metadata, whatever an organisation calls its fields."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from django.db.models import TextChoices
from hypothesis import given
from hypothesis import strategies as st

from django_zcrm.records import Other, Picklist, Record, Text
from django_zcrm.records.drift import differences
from django_zcrm.records.inspecting import FoundField, is_generated, parse_fields, source
from django_zcrm.records.naming import attributes, classes
from tests.cases import check_each


def row(name: str, data_type: str = "text", **more: Any) -> dict[str, Any]:
    return {"api_name": name, "data_type": data_type, "field_label": name, **more}


def write_class(*rows: dict[str, Any], module: str = "Leads") -> tuple[str, type[Record]]:
    """Return the file for a module, and the class that it defines."""
    text = source({module: parse_fields(module, rows)})
    names: dict[str, Any] = {"__name__": "written_by_inspect"}
    exec(compile(text, "written.py", "exec"), names)  # noqa: S102 - its syntax is the promise
    [found] = [
        name
        for name in names.values()
        if isinstance(name, type) and issubclass(name, Record) and name is not Record
    ]
    return text, found


@check_each(
    ("api_name", "attribute"),
    {
        "Last_Name": "last_name",
        "SIC_Code": "sic_code",
        "Locked__s": "locked",
        "A__B": "a_b",
        "_Odd_": "odd",
        "class": "class_field",
        "Import": "import_field",
        "None": "none",
        "Save": "save_field",
        "Objects": "objects_field",
        "self": "self_field",
        "Validate": "validate_field",
        "2nd_Phone": "number_2nd_phone",
        "客户来源": "客户来源",
        "1客户": "number_1客户",
        "E-Mail (privé)": "e_mail_privé",
        "²": "number_2",
        "---": "field",
        "__s": "field",
        "ﬁeld": "field",
    }.items(),
)
def test_fields_become_attributes(api_name: str, attribute: str) -> None:
    assert attributes([api_name]) == {api_name: attribute}
    assert attribute.isidentifier()


def test_names_that_clash_are_numbered_in_any_order() -> None:
    names = ["Locked__s", "Locked", "LOCKED", "locked", "Locked_2"]
    attribute_names = attributes(names)
    assert attribute_names == attributes(reversed(names))
    assert attribute_names["Locked__s"] == "locked_4"
    assert len(set(attribute_names.values())) == 5


def test_modules_become_classes() -> None:
    modules = {
        "Leads": "Lead",
        "Price_Books": "PriceBook",
        "Activities": "Activity",
        "Appointments__s": "Appointment",
        "Boxes": "Box",
        "Classes": "Class",
        "Status": "Status",
        "Business": "Business",
        "2_Shops": "Module2Shop",
        "客户": "客户",
        "Texts": "TextRecord",
        "Records": "RecordRecord",
        "Nones": "NoneRecord",
        "Lead": "Lead_2",
    }
    class_names = classes(modules, reserved={"Text", "Record"})
    assert class_names | {"Lead": "Lead", "Leads": "Lead_2"} == modules | {
        "Lead": "Lead",
        "Leads": "Lead_2",
    }


def test_inspected_class_matches_metadata() -> None:
    text, lead = write_class(
        row("id", "bigint"),
        row("Last_Name", system_mandatory=True),
        row("Created_Time", "datetime", read_only=True, system_mandatory=True),
        row("Modified_Time", "datetime", operation_type={"api_create": False, "api_update": False}),
        row("Only_Once", operation_type={"api_create": True, "api_update": False}),
        row("Email_Opt_Out", "boolean", system_mandatory=True),
        row("Tag", json_type="jsonarray"),
        row("Parent", "lookup", lookup={"module": {"api_name": "Leads"}}),
        row("Account", "lookup", lookup={"module": {"api_name": "Accounts"}}),
        row("Score", "formula", formula={"return_type": "decimal"}),
        row("Is_Big", "formula", formula={"return_type": "boolean"}),
        row("Odd", "formula", formula={"return_type": "picklist"}),
        row("Total", "rollup_summary", rollup_summary={"return_type": "currency"}),
        row("Image", "profileimage"),
    )
    body = text.partition("class Lead(Record):\n")[2].split("\n")
    assert body[:14] == [
        '    account = Lookup("Account")',
        '    created_time = DateTime("Created_Time", read_only=True)',
        '    email_opt_out = Boolean("Email_Opt_Out")',
        '    image = Other("Image")',
        '    is_big = Formula("Is_Big", Boolean)',
        '    last_name = Text("Last_Name", required=True)',
        '    modified_time = DateTime("Modified_Time", read_only=True)',
        '    odd = Formula("Odd", Other)',
        '    only_once = Text("Only_Once")',
        '    parent = Lookup("Parent", to="self")',
        '    score = Formula("Score", Double)',
        '    tag = Tags("Tag")',
        '    total = RollupSummary("Total", Currency)',
        "",
    ]
    assert lead._meta.is_complete
    assert lead._meta.module == "Leads"


def test_lookup_refers_to_class_in_same_file() -> None:
    account = row("Account", "lookup", lookup={"module": "Accounts"})
    text = source(
        {"Leads": parse_fields("Leads", [account]), "Accounts": parse_fields("Accounts", [])}
    )
    assert 'Lookup("Account", to="Account")' in text
    assert text.index("class Account(") < text.index("class Lead(")


def test_the_file_does_not_depend_on_the_order_of_metadata() -> None:
    rows = [row("B"), row("A", "date"), row("b"), row("C__s", "boolean")]
    assert write_class(*rows)[0] == write_class(*reversed(rows))[0]


def test_labels_are_comments_where_names_do_not_say_them() -> None:
    text, _ = write_class(
        row("field1", field_label="客户来源"),
        row("Annual_Revenue", field_label="annual revenue"),
        row("Evil", field_label="a\nimport os\r\x0b\x85\u2028os.abort()\u202e"),
        row("Long", field_label="x" * 300),
        row("Nothing", field_label=None),
    )
    assert '    field1 = Text("field1")  # 客户来源\n' in text
    assert 'Text("Annual_Revenue")\n' in text
    assert 'Text("Evil")  # a import os os.abort()\n' in text
    assert f"# {'x' * 60}\n" in text
    assert 'Text("Nothing")\n' in text


TYPES = ["text", "boolean", "lookup", "formula", "currency", "nonsense"]


@pytest.mark.slow
@given(
    st.dictionaries(
        st.text(min_size=1, max_size=12), st.tuples(st.sampled_from(TYPES), st.text()), max_size=8
    ),
    st.text(min_size=1, max_size=12),
)
def test_any_names_and_labels_give_a_file_that_declares_just_these_fields(
    fields: dict[str, tuple[str, str]], module: str
) -> None:
    rows = [
        row(
            name,
            data_type,
            field_label=label,
            **({"formula": {"return_type": label}} if label and data_type == "formula" else {}),
        )
        for name, (data_type, label) in fields.items()
        if name != "id"
    ]
    text, kind = write_class(*rows, module=module)
    assert {field.name for field in kind._meta.fields.values()} == {row["api_name"] for row in rows}
    assert kind._meta.module == module
    assert len(ast.parse(text).body) == 3  # docstring, import, class: nothing else got in
    assert is_generated(text)
    read = parse_fields(module, rows)
    assert differences(kind, read) == []


# Drift


def test_differences_are_reported_by_field() -> None:
    _, lead = write_class(
        row("Fax", "phone"),
        row("Revenue", "currency"),
        row("Company"),
        row("Owner2", "lookup", lookup={"module": "Leads"}),
        row("Score", "formula", formula={"return_type": "double"}),
        row("City"),
    )
    now = parse_fields(
        "Leads",
        [
            row("Revenue", "double"),
            row("Company", system_mandatory=True),
            row("Owner2", "lookup", lookup={"module": "Accounts"}),
            row("Score", "formula", formula={"return_type": "date"}),
            row("City", read_only=True),
            row("Region", "picklist"),
        ],
    )
    assert differences(lead, now) == [
        "changed: City (city) is read-only",
        "changed: Company (company) is required",
        "gone: Fax (fax)",
        "changed: Owner2 (owner2) leads to Accounts, not to Leads",
        "changed: Revenue (revenue) is of type double, not currency",
        "changed: Score (score) computes Date",
        "new: Region (Picklist)",
    ]


def test_differences_report_removed_choices() -> None:
    class Status(TextChoices):
        CONTACTED = "Contacted"
        LOST = "Lost Lead"

    class Asked(Record):
        status = Picklist("Lead_Status", choices=Status)

        class Zoho:
            module = "Leads"

    def choices(**types: str) -> list[FoundField]:
        values = [{"actual_value": name, "type": type} for name, type in types.items()]
        return parse_fields("Leads", [row("Lead_Status", "picklist", pick_list_values=values)])

    assert (
        differences(Asked, choices(**{"Contacted": "used", "Lost Lead": "used", "New": "used"}))
        == []
    )
    assert differences(Asked, choices(**{"Contacted": "used", "Lost Lead": "unused"})) == [
        "changed: Lead_Status (status) has no choice 'Lost Lead'"
    ]


def test_a_class_declared_by_hand_need_not_have_every_field() -> None:
    class Few(Record):
        company = Text("Company")

        class Zoho:
            module = "Leads"

    assert (
        differences(Few, [FoundField("Company", "text", required=True), FoundField("B", "date")])
        == []
    )
    assert differences(Few, [FoundField("Company", "email")]) == [
        "changed: Company (company) is of type email, not text"
    ]


def test_a_field_of_kind_other_fits_every_type() -> None:
    class Loose(Record):
        total = Other("Total")

        class Zoho:
            module = "Leads"

    for field in (FoundField("Total", "date"), FoundField("Total", "formula", "currency")):
        assert differences(Loose, [field]) == []
