"""Files of rows: what was written comes back, whatever the texts are."""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_zcrm.transfer.cells import InvalidCell, format_cell, parse_cell, parse_spreadsheet_cell
from django_zcrm.transfer.errors import TransferError
from django_zcrm.transfer.files import Csv, JsonLines, RowFile
from tests.cases import check_each

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ROWS = st.lists(st.fixed_dictionaries({"id": st.just("5"), "a": TEXT, "b": TEXT}), max_size=5)


def read(text: str, **options: Any) -> list[dict[str, Any]]:
    """Return the rows of a file with this text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        path.write_bytes(text.encode())
        rows = list(RowFile(path, **options).rows())
    assert not any(row.problem for row in rows)
    return [row.values for row in rows]


@pytest.mark.slow
@given(ROWS)
def test_csv_round_trip_keeps_rows(rows: list[dict[str, str]]) -> None:
    form = Csv(("id", "a", "b"))
    assert read(form.head() + form.text(rows), is_json=False) == rows


@pytest.mark.slow
@given(ROWS)
def test_csv_for_spreadsheets_round_trip_keeps_rows(rows: list[dict[str, str]]) -> None:
    form = Csv(("id", "a", "b"), for_spreadsheet=True)
    for given_row, row in zip(
        rows, read(form.head() + form.text(rows), is_json=False), strict=True
    ):
        for name in ("a", "b"):
            assert parse_spreadsheet_cell(row[name]) == given_row[name]


HOSTILE = st.text(st.sampled_from(list("=+-@;,|\t\r\n\"' x1\uff1d")), max_size=12)


@pytest.mark.slow
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@given(
    st.lists(
        st.one_of(
            HOSTILE,
            st.lists(HOSTILE, min_size=1),
            st.lists(HOSTILE.map(lambda name: {"name": name}), min_size=1),
            HOSTILE.map(lambda text: {"id": text}),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_csv_for_spreadsheets_has_no_formula_with_any_separator(
    delimiter: str, values: list[Any]
) -> None:
    names = [f"f{number}" for number in range(len(values))]
    form = Csv(names, for_spreadsheet=True)
    text = form.text([dict(zip(names, values, strict=True))])
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        for cell in line:
            assert not cell.lstrip(' "\t\r\n').startswith(("=", "+", "-", "@", "\uff1d"))
    [cells] = csv.reader(io.StringIO(text, newline=""))
    assert [parse_spreadsheet_cell(cell) for cell in cells] == [*map(format_cell, values)]


@pytest.mark.slow
@given(ROWS)
def test_json_lines_come_back(rows: list[dict[str, str]]) -> None:
    assert read(JsonLines().text(rows), is_json=True) == rows


@given(
    st.one_of(
        st.tuples(TEXT.filter(lambda text: bool(text.strip())), st.just("text")),
        st.tuples(st.booleans(), st.just("boolean")),
        st.tuples(st.integers(-(10**9), 10**9), st.just("integer")),
        st.tuples(st.integers(0, 10**18).map(str), st.just("bigint")),
        st.tuples(
            st.floats(-1e15, 1e15, allow_nan=False).map(lambda x: round(x, 2)), st.just("currency")
        ),
        st.tuples(st.dates().map(str), st.just("date")),
        st.tuples(st.integers(1, 10**18).map(lambda id: {"id": str(id)}), st.just("lookup")),
        st.tuples(
            st.lists(st.sampled_from(["a", "b c", "ü"]), min_size=1), st.just("multiselectpicklist")
        ),
        st.tuples(st.none(), st.sampled_from(["text", "boolean", "currency", "date", "lookup"])),
    )
)
def test_a_cell_is_read_as_the_value_it_was_written_for(case: tuple[Any, str]) -> None:
    value, data_type = case
    read = parse_cell(format_cell(value), data_type)
    assert float(read) == value if isinstance(value, float) else read == value


@check_each(
    ("text", "data_type"),
    [
        ("1,000", "currency"),
        ("1_000", "integer"),
        ("1.5", "integer"),
        ("nan", "double"),
        ("inf", "double"),
        ("1e999", "double"),
        ("٣", "integer"),
        ("24.12.2026", "date"),
        ("2026-02-30", "date"),
        ("now", "datetime"),
        ("ja", "boolean"),
        ("Acme", "lookup"),
        ("-5", "lookup"),
        ("1" * 20, "lookup"),
    ],
)
def test_parse_cell_with_invalid_text_raises(text: str, data_type: str) -> None:
    with pytest.raises(InvalidCell):
        parse_cell(text, data_type)


@pytest.mark.parametrize("content", [b"\xff\xfea", b"a,b\n\xff,\n", b'a,b\n"x" y,z\n', b"\n\n"])
def test_row_file_with_invalid_content_raises(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(TransferError, match=r"^rows\.csv"):
        list(RowFile(path, is_json=False).rows())


def test_columns_without_a_name_may_be_empty_and_no_row_loses_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("Last Name;;Email;;\nWong;;w@fair.example;;\nLi;x;;;\nKim;;;;y\n")
    file = RowFile(path, is_json=False)
    fine, *lost = file.rows()
    assert file.columns == ["Last Name", "Email"]
    assert fine.values == {"Last Name": "Wong", "Email": "w@fair.example"}
    assert [(row.line, row.problem) for row in lost] == [
        (3, "a cell is in a column without a name"),
        (4, "a cell is in a column without a name"),
    ]


@pytest.mark.parametrize(("text", "is_json"), [("a\n1\n", False), ('{"a": "1"}\n', True)])
@pytest.mark.parametrize("encoding", ["", "utf8", "UTF-8"])
def test_row_file_with_byte_order_mark_is_read_in_utf8(
    encoding: str, text: str, is_json: bool, tmp_path: Path
) -> None:
    path = tmp_path / "rows"
    path.write_text(text, "utf-8-sig")
    (row,) = RowFile(path, is_json=is_json, encoding=encoding).rows()
    assert row.values == {"a": "1"}


@pytest.mark.parametrize("encoding", ["", "utf-16", "utf-16-le"])
def test_row_file_with_byte_order_mark_is_read_in_utf16(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(codecs.BOM_UTF16_LE + "a\n1\n".encode("utf-16-le"))
    (row,) = RowFile(path, is_json=False, encoding=encoding).rows()
    assert row.values == {"a": "1"}


@pytest.mark.parametrize("encoding", ["klingon", "hex", "rot13", "a\0b"])
def test_row_file_with_unknown_encoding_raises(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a\n1\n")
    with pytest.raises(TransferError, match="There is no encoding"):
        RowFile(path, is_json=False, encoding=encoding)


@pytest.mark.parametrize("name", ["", "none.csv", "a\0b", "x" * 300])
def test_row_file_without_file_raises(name: str, tmp_path: Path) -> None:
    with pytest.raises(TransferError, match=r"cannot be read|is not a regular file"):
        RowFile(tmp_path / name, is_json=False)
