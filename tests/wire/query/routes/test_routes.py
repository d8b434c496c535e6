"""Routes: the same records by COQL, list and bulk read, chosen by what they cost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator, emulate
from django_zcrm.zoho.errors import NotSupported
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import Count, Q
from tests.cases import check_each
from tests.wire.query.leads import Leads, paths

REFERENCES = ("Owner", "Referred_By", "Account_Manager", "Created_By", "Modified_By")


def without_names(row: RecordDict) -> RecordDict:
    """Return a row as a bulk read gives it: lookups have an id only, empty values are null."""
    reduced = {
        name: {"id": value["id"]} if isinstance(value, dict) else value or None
        for name, value in row.items()
        if value in ("", []) or isinstance(value, dict)
    }
    return {**row, **reduced, "Tag": [{"name": tag["name"]} for tag in row["Tag"]]}


@check_each("version", ["v2", "v2.1", "v3", "v6", "v7", "v8"])
@check_each("module", ["Leads", "Contacts", "Deals", "Tasks"])
def test_every_route_gives_the_same(zcrm: ZCRMEmulator, version: str, module: str) -> None:
    records = zcrm.client(version).objects(module)
    rows = list(records.iterator(via="coql"))
    assert len(rows) >= 20
    assert list(records.order_by("-id").iterator(via="list")) == rows[::-1]
    assert list(records.iterator(via="list")) == rows
    if "What_Id" in rows[0]:
        records = records.defer("What_Id")
        rows = list(records.iterator(via="coql"))
    assert list(records.iterator(via="bulk")) == [without_names(row) for row in rows]


@pytest.mark.parametrize("via", ["coql", "bulk"])
def test_conditions_work_on_every_route(leads: Leads, via: Any) -> None:
    records = leads.only("Last_Name", "Owner__email", "Owner__id").filter(
        Q(City__contains="e") | ~Q(Annual_Revenue__gt=1_000_000),
        Owner__email__icontains="brightwater",
        Created_Time__year=2026,
        Email_Opt_Out=False,
    )
    expected = list(records)
    assert 5 < len(expected) < 70
    assert list(records.iterator(via=via)) == expected
    assert list(records.values_list("id", flat=True).iterator(via=via)) == [
        row["id"] for row in expected
    ]


def test_a_bulk_read_takes_conditions_that_coql_lacks(zcrm: ZCRMEmulator) -> None:
    with emulate(data="empty") as empty:
        empty.create("Leads", Description='Called twice.\nWants a quote; "soon"')
        empty.create("Leads", Description=None)
        leads = empty.client().objects("Leads").only("Description")
        records = leads.filter(Description__icontains="QUOTE")
        [row] = records.iterator()
        assert row["Description"] == 'Called twice.\nWants a quote; "soon"'
        assert len(list(leads.exclude(Description__contains="quote").iterator())) == 1
        assert list(leads.exclude(Description="").iterator()) == [row]
        with pytest.raises(NotSupported, match=r"iterator\(via='bulk'\)"):
            list(records)


@pytest.mark.parametrize(
    "text", ["a\rb", "a\nb", "a\r\nb", "\r", 'a "b", c', "a,b;c", "'", "\\", "\u2028", "\x1f"]
)
def test_any_text_comes_by_every_route(text: str) -> None:
    with emulate(data="empty") as empty:
        made = [empty.create("Leads", Company=company)["id"] for company in (text, "other", text)]
        leads = empty.client().objects("Leads").only("Company", "Last_Name")
        rows = list(leads)
        assert [row["id"] for row in rows] == made
        for via in ("coql", "list", "bulk"):
            assert list(leads.iterator(via=via)) == rows


def test_converted_leads_are_left_out_everywhere(zcrm: ZCRMEmulator) -> None:
    with emulate(data="empty") as empty:
        crm = empty.client()
        made = empty.create("Leads", 2)
        crm.leads.convert(made[0]["id"], {})
        leads = crm.objects("Leads").only("id")
        for via in ("coql", "list", "bulk"):
            assert [row["id"] for row in leads.iterator(via=via)] == [made[1]["id"]]
        converted = leads.filter(Converted__s=True)
        assert [row["id"] for row in converted.iterator(via="bulk")] == [made[0]["id"]]
        assert list(converted) == [{"id": made[0]["id"]}]


# Which route is taken


def test_ids_are_listed(leads: Leads, zcrm: ZCRMEmulator) -> None:
    names = leads.only("Last_Name")
    rows = list(names)
    zcrm.forget_requests()
    ids = [row["id"] for row in rows]
    assert names.get(id=ids[3]) == rows[3]
    assert list(names.filter(id__in=ids[5:9])) == rows[5:9]
    assert list(names.filter(id__in=ids[5:9]).reverse()[1:3]) == rows[6:8][::-1]
    assert names.in_bulk(ids) == dict(zip(ids, rows, strict=True))
    assert set(paths(zcrm)) == {"GET /crm/v8/Leads"}
    assert len(zcrm.requests) == 4
    assert all("sort_by" not in (request.params or {}) for request in zcrm.requests)
    # With more fields than a list takes, COQL needs one request less.
    assert leads.get(id=ids[3])["Last_Name"] == rows[3]["Last_Name"]
    assert paths(zcrm)[-1] == "POST /crm/v8/coql"


def test_the_newest_are_listed(leads: Leads, zcrm: ZCRMEmulator) -> None:
    newest = list(leads.only("Last_Name").order_by("-id")[:10])
    assert newest == list(leads.only("Last_Name"))[::-1][:10]
    assert paths(zcrm) == ["GET /crm/v8/Leads", "POST /crm/v8/coql"]
    assert zcrm.requests[0].params == {"fields": "Last_Name", "per_page": "10"}


def test_list_route_keeps_the_requested_order(leads: Leads, zcrm: ZCRMEmulator) -> None:
    by_time = leads.only("Modified_Time").order_by("-Modified_Time")
    rows = list(by_time.iterator(via="list", chunk_size=30))
    times = [row["Modified_Time"] for row in by_time]
    assert [row["Modified_Time"] for row in rows] == times
    first = zcrm.requests[0].params or {}
    assert (first["sort_by"], first["sort_order"]) == ("Modified_Time", "desc")
    assert len(zcrm.requests) == 4
    assert list(by_time.all()[20:40].iterator(via="list")) == rows[20:40]


def test_a_view_is_read_by_coql_and_in_its_order_by_list(leads: Leads, zcrm: ZCRMEmulator) -> None:
    views = zcrm.client().custom_views.list("Leads")
    view = next(view for view in views if view["name"] == "Unread Leads" or view["system_defined"])
    records = leads.only("Last_Name").view(view["id"])
    rows = list(records)
    assert records.count() == len(rows) > 0
    assert f"from Leads#{view['id']} " in str(records.query)
    listed = list(records.iterator(via="list"))
    assert sorted(listed, key=lambda row: row["id"]) == rows
    assert sorted(records.iterator(via="bulk"), key=lambda row: row["id"]) == rows
    old = zcrm.client("v6").objects("Leads").only("Last_Name").view(view["id"])
    assert list(old) == listed
    for ask in (old.all().count, lambda: old.aggregate(n=Count("id"))):
        with pytest.raises(NotSupported, match="custom views from v7 on"):
            ask()


def test_route_with_unsupported_query_raises(leads: Leads, zcrm: ZCRMEmulator) -> None:
    for records, via, message in [
        (leads.filter(City="Bonn"), "list", "no conditions except ids"),
        (leads.order_by("City"), "list", "sorted by one of"),
        (leads.only("Owner__email"), "list", "do not follow lookups: Owner.email"),
        (leads.only("Documents"), "list", "do not return Documents"),
        (leads.view("5").order_by("id"), "list", "the view's order"),
        (leads.filter(id__in=[5]).order_by("City"), "list", "in the order of the ids"),
        (leads[:5], "bulk", "no LIMIT"),
        (leads.order_by("City"), "bulk", "no order"),
        (leads.only("Documents"), "bulk", "does not return Documents"),
        (leads.filter(id__gt=5), "bulk", "no '>' for fields of this type"),
        (leads.filter(~Q(City__startswith="B")), "bulk", "no 'not starts'"),
        (leads.filter(City="${EMPTY}"), "bulk", "means no value"),
        (leads.filter(id__in=range(2501)), "bulk", "25 conditions, but this query has 26"),
        # One more leaves out converted leads.
        (leads.filter(*[Q(City="Bonn")] * 25), "bulk", "25 conditions, but this query has 26"),
        (leads.values("City").annotate(n=Count("id")), "list", "Only COQL computes groups"),
        (leads.filter(~Q(City__startswith="B")), "auto", "does not start or end"),
    ]:
        with pytest.raises(NotSupported, match=message):
            list(records.iterator(via=via))  # type: ignore[arg-type]
    with pytest.raises(
        NotSupported, match=r"COQL does not return Quoted_Items.*read single records"
    ):
        list(zcrm.client().objects("Quotes").only("Quoted_Items"))
    zcrm.forget_requests()
    with pytest.raises(NotSupported, match="no bulk read of Notes"):
        list(zcrm.client().objects("Notes").only("id").iterator(via="bulk"))
    assert paths(zcrm) == []


EXPLAINED = [
    (lambda leads: leads[:20], {}, ("coql", 1, 1, 1)),
    (lambda leads: leads[:5_000], {}, ("coql", 3, 8, 3)),
    (lambda leads: leads, {"records": 3}, ("coql", 1, 3, 1)),  # still LIMIT 2000
    (lambda leads: leads, {"records": 2_001}, ("coql", 2, 6, 2)),
    (lambda leads: leads, {"records": 1_000_000}, ("coql", 500, 1_500, 500)),
    (lambda leads: leads.only("City"), {"records": 1_000_000}, ("bulk", 40, 285, 0)),
    (lambda leads: leads.only("City"), {"records": 30_000}, ("coql", 15, 45, 15)),
    (lambda leads: leads.only("City"), {"records": 45_000}, ("bulk", 8, 57, 0)),
    (lambda leads: leads.only("City").filter(id__in=range(99)), {}, ("list", 1, 1, 0)),
    (lambda leads: leads.only("City").filter(id__in=range(3_000)), {}, ("coql", 2, 5, 2)),
    (lambda leads: leads.only("City").order_by("-id")[:150], {}, ("list", 1, 1, 0)),
    # A list is read from its beginning.
    (lambda leads: leads.only("City").order_by("-id")[900:1_000], {}, ("coql", 1, 1, 1)),
    (lambda leads: leads.order_by("-id")[900:1_000], {"via": "list"}, ("list", 10, 10, 0)),
    (lambda leads: leads.search(word="a")[900:1_000], {}, ("search", 5, 15, 5)),
    (lambda leads: leads.only("City"), {"via": "list", "records": 2_000}, ("list", 10, 30, 10)),
    (lambda leads: leads.only("City").order_by("-id"), {"via": "list"}, ("list", 10, 10, 0)),
]


@pytest.mark.parametrize(("ask", "options", "expected"), EXPLAINED)
def test_explain_returns_route_and_costs(
    ask: Any, options: Any, expected: tuple[Any, ...], leads: Leads, zcrm: ZCRMEmulator
) -> None:
    explanation = ask(leads).explain(**options)
    assert (
        explanation.route,
        explanation.requests,
        explanation.credits,
        explanation.heavy,
    ) == expected
    assert f"-> {explanation.route}" in str(explanation)
    assert not zcrm.requests


def test_explanation_contains_the_reason(leads: Leads, zcrm: ZCRMEmulator) -> None:
    text = str(leads.explain(records=1_000_000))
    assert "A bulk read gives lookups without names" in text
    assert "Lists return at most 100,000 records." in text
    assert len(text.splitlines()[-1]) <= 300
    assert asyncio.run(leads.only("City").aexplain(via="bulk")).route == "bulk"
    with_percent = leads.only("City").filter(Company__contains="5%")  # which COQL does not take
    assert with_percent.explain(via="bulk").route == "bulk"
    with pytest.raises(NotSupported):
        leads.filter(City="x").explain(via="list")
    with pytest.raises(NotSupported):
        leads.values("City").annotate(n=Count("id")).explain()
