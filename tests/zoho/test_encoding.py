from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.http.encoding import dumps, headers, loads, params, segment, text
from tests.cases import check_each

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=timezone(timedelta(hours=5, minutes=30)))
LOCAL_MEAN_TIME = timezone(timedelta(minutes=53, seconds=28))


class Plain(Enum):
    A = "a b"


class Mixed(str, Enum):  # noqa: UP042 - the older spelling, whose str() is its name
    A = "a b"


class Modern(StrEnum):
    A = "a b"


class Number(IntEnum):
    ONE = 1


class LazyText:
    """Like Django's gettext_lazy: acts like text, even in iteration, but is not a str."""

    def __str__(self) -> str:
        return "Wörter"

    def __iter__(self) -> Iterator[str]:
        return iter("Wörter")

    def casefold(self) -> str:
        return "wörter"


@check_each(
    ("value", "written"),
    [
        ("a b", "a b"),
        ("", ""),
        ("名前 & +=", "名前 & +="),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (1.5, "1.5"),
        (MOMENT, "2026-03-04T05:06:07+05:30"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        (datetime(1890, 1, 2, tzinfo=LOCAL_MEAN_TIME), "1890-01-01T23:06:32+00:00"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(10, 30), "10:30:00"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.0000001"), "0.0000001"),
        (UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (Plain.A, "a b"),
        (Mixed.A, "a b"),
        (Modern.A, "a b"),
        (Number.ONE, "1"),
        (["Last_Name", "Email"], "Last_Name,Email"),
        (("a", 1, True, Plain.A), "a,1,true,a b"),
        ([], ""),
        ((name for name in ("a", "b")), "a,b"),
        ({"x": 1}.keys(), "x"),
        ({"a": "é", "b": [1, MOMENT]}, '{"a":"é","b":[1,"2026-03-04T05:06:07+05:30"]}'),
        (MappingProxyType({"a": 1}), '{"a":1}'),
        ([{"a": 1}, {"b": Decimal("2.50")}], '[{"a":1},{"b":2.5}]'),
        (LazyText(), "Wörter"),
        ([LazyText(), "b"], "Wörter,b"),
        (["a", None, "b"], "a,b"),
    ],
)
def test_values_are_encoded_for_queries_and_forms(value: Any, written: str) -> None:
    encoded = text(value)
    assert encoded == written
    assert type(encoded) is str or isinstance(value, str)


@check_each(
    "value",
    [
        datetime(2026, 1, 2),
        datetime(1, 1, 1, tzinfo=LOCAL_MEAN_TIME),
        [datetime(2026, 1, 2)],
        {"a": datetime(2026, 1, 2)},
        b"bytes",
        [b"bytes"],
        bytearray(b"bytes"),
        Decimal("NaN"),
        Decimal("Infinity"),
        float("nan"),
        [float("inf")],
        "half \ud83d of a pair",
        {"a": object()},
    ],
)
def test_values_unfit_for_queries_and_forms_raise(value: Any) -> None:
    with pytest.raises(ConfigurationError):
        text(value)


def test_parameters_keep_their_order_and_leave_none_out() -> None:
    given_: dict[str, Any] = {"b": None, "z": 1, "a": [], "c": "", "d": False}
    assert params(given_) == (("z", "1"), ("a", ""), ("c", ""), ("d", "false"))


@check_each(
    ("value", "written"),
    [
        ("Leads", "Leads"),
        ("554023000000527002", "554023000000527002"),
        (554023000000527002, "554023000000527002"),
        ("名前", "%E5%90%8D%E5%89%8D"),
        ("a b/c", "a%20b%2Fc"),
        ("a?b#c&d=e+f", "a%3Fb%23c%26d%3De%2Bf"),
        ("100%", "100%25"),
        ("%2F", "%252F"),
        ("%2e%2e", "%252e%252e"),
        ("..%2f", "..%252f"),
        ("...", "..."),
        ("a..b", "a..b"),
        ("a\\b", "a%5Cb"),
        ("line\r\nbreak\0", "line%0D%0Abreak%00"),
        (Mixed.A, "a%20b"),
    ],
)
def test_path_segments_are_encoded(value: Any, written: str) -> None:
    assert segment(value) == written


@check_each(
    "value", ["", ".", "..", "a/..", "../a", "a/./b", "a//b", "/a", "a/", "/", b"a", "\udc00"]
)
@check_each("safe", ["", "/"])
def test_path_segments_that_would_name_another_url(value: Any, safe: str) -> None:
    with pytest.raises(ConfigurationError):
        segment(value, safe=safe)


def test_a_slash_is_kept_only_where_it_may_stand() -> None:
    assert segment("12/Notes", safe="/") == "12/Notes"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_makes_one_segment_that_reads_back(value: str) -> None:
    if any(part in {"", ".", ".."} for part in value.split("/")):
        return
    written = segment(value)
    assert written.isascii()
    assert not set(written) & set("/?#\\ %") - {"%"}
    assert unquote(written) == value


@check_each(
    ("value", "written"),
    [
        ({"a": "名", "b": True, "c": None}, {"a": "名", "b": True, "c": None}),
        ([MOMENT, date(2026, 1, 2)], ["2026-03-04T05:06:07+05:30", "2026-01-02"]),
        ([Decimal("10"), Decimal("1E+2"), Decimal("-0.10")], [10, 100, -0.1]),
        ([Decimal("1234567890123456.123456789")], ["1234567890123456.123456789"]),
        ([Decimal("0.0000001")], [1e-07]),
        ([UUID(int=1)], ["00000000-0000-0000-0000-000000000001"]),
        ([Plain.A, Mixed.A, Modern.A, Number.ONE], ["a b", "a b", "a b", 1]),
        ([{"b", "a"}, frozenset({1})], [["a", "b"], [1]]),
        ([(x for x in (1, 2)), range(2)], [[1, 2], [0, 1]]),
        (MappingProxyType({"a": MappingProxyType({"b": ()})}), {"a": {"b": []}}),
        ({"Lead_Source": LazyText()}, {"Lead_Source": "Wörter"}),
        (
            {"a": [{"deep": {"$append": [MOMENT]}}]},
            {"a": [{"deep": {"$append": ["2026-03-04T05:06:07+05:30"]}}]},
        ),
    ],
)
def test_bodies_are_encoded(value: Any, written: Any) -> None:
    body = dumps(value)
    assert json.loads(body) == loads(body) == written


def test_bodies_are_compact_utf8() -> None:
    assert dumps({"a": ["名", 1]}) == '{"a":["名",1]}'.encode()


circle: list[Any] = []
circle.append(circle)


@check_each(
    "value",
    [
        {"a": datetime(2026, 1, 2)},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": Decimal("NaN")},
        {"a": Decimal("sNaN")},
        {"a": b"bytes"},
        {"a": object()},
        {("tuple",): 1},
        {"a": {1, "b"}},
        circle,
        "half \ud83d",
    ],
)
def test_bodies_unfit_for_json_raise(value: Any) -> None:
    with pytest.raises(ConfigurationError):
        dumps(value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"Revenue": float("nan")}, "Revenue cannot be encoded as JSON: Out of range"),
        ({"data": [{"a": 1}, {"b": {"c": [object()]}}]}, "data[1].b.c[0] cannot be encoded"),
        ({"data": [{"When": datetime(2026, 1, 2)}]}, "data[0].When: datetime.datetime(2026, 1, 2"),
        ({"Company": "half \ud83d"}, "Company contains a lone surrogate"),
        ({"a": 1, ("b",): 2}, "The body cannot be encoded as JSON: keys must be"),
    ],
)
def test_dumps_with_invalid_value_names_its_place(body: Any, words: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(words)):
        dumps(body)


def test_headers_are_written() -> None:
    given_ = {
        "If-Modified-Since": MOMENT,
        "X-EXTERNAL": " Leads.Ext ",
        "x-n": 5,
        "X-No": None,
        "X-Ü": "",
    }
    with pytest.raises(ConfigurationError):
        headers(given_)
    del given_["X-Ü"]
    assert headers(given_) == {
        "If-Modified-Since": "2026-03-04T05:06:07+05:30",
        "X-EXTERNAL": "Leads.Ext",
        "x-n": "5",
    }


@check_each(
    ("name", "value"),
    [
        ("X-A", "a\r\nX-Evil: 1"),
        ("X-A", "a\nb"),
        ("X-A", "a\rb"),
        ("X-A", "a\0b"),
        ("X-A", "名"),
        ("X-A", datetime(2026, 1, 2)),
        ("X-A\r\nX-Evil", "a"),
        ("X A", "a"),
        ("X-A:", "a"),
        ("", "a"),
    ],
)
def test_headers_unfit_for_http_raise(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        headers({name: value})
    assert str(caught.value).isprintable()


ROW = {"Last_Name": "Wong", "Company": "Acme Trading Company, Kowloon, Hong Kong"}


@pytest.mark.slow
@given(
    st.lists(
        st.dictionaries(st.text(), st.text() | st.floats(allow_nan=False, allow_infinity=False))
    )
)
def test_body_of_records_reads_back_unchanged(
    rows: list[dict[str, str | float]],
) -> None:
    body = {"data": [ROW, *rows]}
    assert json.loads(dumps(body)) == body


def test_body_of_records_with_few_other_letters_is_escaped() -> None:
    assert dumps({"data": [ROW, {"a": "ü"}]}).endswith(b'{"a":"\\u00fc"}]}')
    assert dumps({"data": [{"a": "ü"}, ROW]}).startswith('{"data":[{"a":"ü"}'.encode())
    for value in ("😀", "한국", "\\ud83d"):
        assert json.loads(dumps({"data": [ROW, {"a": value}]}))["data"][1] == {"a": value}


def test_a_lone_surrogate_is_refused_in_any_record() -> None:
    for rows in ([{"a": "\ud800"}, ROW], [ROW, {"a": "\ud800"}], [ROW, {"\udc00": 1}]):
        with pytest.raises(ConfigurationError, match="surrogate"):
            dumps({"data": rows})


def test_dumps_reads_iterators_once() -> None:
    rows = [{**ROW, "Tags": iter(["😀"])}]
    assert json.loads(dumps({"data": rows}))["data"] == [{**ROW, "Tags": ["😀"]}]
