"""The ordering of records while they change, and the ranges that criteria select."""

from __future__ import annotations

import random

import pytest

from django_zcrm.emulator.engine import ranges
from django_zcrm.emulator.state import ordering
from django_zcrm.emulator.state.ordering import Ordering
from tests.cases import check_each

from .api import Api, Item


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "BLOCK", 4)


def test_ordering_equals_sorting() -> None:
    chance = random.Random(7)  # noqa: S311
    members = set(range(0, 40, 2))
    ordering = Ordering(members)
    for _ in range(400):
        number = chance.randrange(60)
        if number in members:
            ordering.remove(number)
            members.remove(number)
        else:
            ordering.add(number)
            members.add(number)
        low, high = chance.randrange(-5, 65), chance.randrange(-5, 65)
        expected = [member for member in sorted(members) if low <= member <= high]
        assert list(ordering.iterate(low, high)) == expected
        assert list(ordering.iterate(low, high, descending=True)) == expected[::-1]
        assert ordering.count(low, high) == len(expected)
    assert list(ordering.iterate()) == sorted(members)
    assert len(ordering) == ordering.count() == len(members)


def test_ordering_can_be_emptied_and_filled_again() -> None:
    ordering = Ordering(range(9))
    for number in range(9):
        ordering.remove(number)
    assert list(ordering.iterate(2, 5)) == []
    with pytest.raises(KeyError):
        ordering.remove(3)
    ordering.add(3)
    assert list(ordering.iterate(2, 5)) == [3]


def test_page_of_changes_starts_at_time_and_id() -> None:
    later = ranges.range_of_values("greater_than", ("T",))
    same = ranges.join_ranges(
        "and", (ranges.range_of_values("equal", ("T",)), ranges.range_of_ids("greater_than", (7,)))
    )
    span = ranges.join_ranges("or", (later, same))
    assert span.low == ("T", "0000000000000000007")
    assert span.places == (span.low, None)
    assert not span.is_of_ids


@pytest.fixture
def api() -> Api:
    """Leads that share five Modified_Times, and Created_Times in another order."""
    api = Api("v8", data="empty")
    for number in range(40):
        api.create("Leads", Last_Name=f"Lead {number}")
    table = api.org.records.table("Leads")
    for number, record in enumerate(list(table.rows.values())):
        table.put(
            {
                **record,
                "Modified_Time": f"2026-01-01T00:00:0{number * 7 % 5}+00:00",
                "Created_Time": f"2025-01-01T00:00:{number * 11 % 40:02d}+00:00",
            }
        )
    return api


def list_stored(api: Api) -> list[Item]:
    """The leads as they are stored."""
    return list(api.org.records.table("Leads").rows.values())


def query_ids(api: Api, condition: str) -> list[str]:
    """The ids that a query finds, in its order."""
    text = f"select id from Leads where {condition}"  # noqa: S608
    answer = api.post("coql", {"select_query": text})
    return [row["id"] for row in answer.json["data"]] if answer.status_code == 200 else []


def test_pages_of_changes_hold_every_record_once(api: Api) -> None:
    at, last, listed = "2026-01-01T00:00:00+00:00", "0", list[str]()
    while page := query_ids(
        api,
        f"Modified_Time > '{at}' or (Modified_Time = '{at}' and id > {last}) "
        "order by Modified_Time, id limit 7",
    ):
        listed += page
        last = page[-1]
        at = api.org.records.table("Leads").rows[last]["Modified_Time"]
    expected = sorted(list_stored(api), key=lambda lead: (lead["Modified_Time"], lead["id"]))
    assert listed == [lead["id"] for lead in expected]


def test_changed_records_are_found_at_new_positions(api: Api) -> None:
    late = "Modified_Time > '2026-01-01T00:00:03+00:00' order by Modified_Time"
    before = query_ids(api, late)
    moved = next(lead["id"] for lead in list_stored(api) if lead["id"] not in before)
    api.put(f"Leads/{moved}", {"data": [{"City": "Bern"}]})
    assert query_ids(api, late) == [*before, moved]
    api.delete(f"Leads/{before[0]}")
    assert query_ids(api, late) == [*before[1:], moved]


@check_each(
    ("condition", "test"),
    [
        ("Created_Time = '2025-01-01T00:00:04+00:00'", lambda second: second == 4),
        ("Created_Time < '2025-01-01T00:00:02+00:00'", lambda second: second < 2),
        (
            "Created_Time >= '2025-01-01T00:00:38+00:00' or Created_Time is null",
            lambda second: second >= 38,
        ),
        (
            "Created_Time between '2025-01-01T00:00:03+00:00' and '2025-01-01T00:00:04+00:00'",
            lambda second: second in (3, 4),
        ),
        (
            "Created_Time not between '2025-01-01T00:00:01+00:00' and '2025-01-01T00:00:38+00:00'",
            lambda second: second in (0, 39),
        ),
        (
            "(Created_Time <= '2025-01-01T00:00:05+00:00' "
            "and Created_Time > '2025-01-01T00:00:04+00:00') and City is null",
            lambda second: second == 5,
        ),
    ],
)
@check_each("order", ["", " order by id desc", " order by Last_Name"])
def test_query_by_a_window_of_created_time_finds_its_records(
    api: Api, condition: str, test: object, order: str
) -> None:
    assert callable(test)
    expected = [lead for lead in list_stored(api) if test(int(lead["Created_Time"][17:19]))]
    if "desc" in order:
        expected.reverse()
    if "Last_Name" in order:
        expected.sort(key=lambda lead: str(lead["Last_Name"]))
    assert expected
    assert query_ids(api, condition + order) == [lead["id"] for lead in expected]


def test_count_of_a_window_is_exact(api: Api) -> None:
    text = (
        "select COUNT(id) from Leads where Created_Time >= '2025-01-01T00:00:10+00:00' "
        "and Created_Time < '2025-01-01T00:00:20+00:00'"
    )
    assert api.post("coql", {"select_query": text}).json["data"] == [{"COUNT(id)": 10}]


@pytest.mark.parametrize(
    ("condition", "chosen"),
    [
        ("id > {5}", slice(6, None)),
        ("id <= {5}", slice(0, 6)),
        ("id in ({3}, {7})", slice(3, 8, 4)),
        ("id between {30} and {31}", slice(30, 32)),
        ("id >= {38} and City is null", slice(38, None)),
    ],
)
def test_query_by_a_range_of_ids_finds_its_records(api: Api, condition: str, chosen: slice) -> None:
    ids = [lead["id"] for lead in list_stored(api)]
    assert query_ids(api, condition.format(*ids)) == ids[chosen]
    backwards = query_ids(api, condition.format(*ids) + " order by id desc")
    assert backwards == ids[chosen][::-1]


@check_each("sort", ["Modified_Time", "Created_Time", "id"])
@check_each("order", ["asc", "desc"])
@check_each("since", [None, "2026-01-01T00:00:02+00:00"])
def test_pages_of_a_list_hold_every_record_once(
    api: Api, sort: str, order: str, since: str | None
) -> None:
    listed: list[str] = []
    query: Item = {"fields": "id", "sort_by": sort, "sort_order": order, "per_page": "7"}
    changed = {"If-Modified-Since": since} if since else {}
    while True:
        answer = api.get("Leads", headers=changed, **query)
        listed += [row["id"] for row in answer.json["data"]]
        if not answer.json["info"]["more_records"]:
            break
        query["page_token"] = answer.json["info"]["next_page_token"]
    expected = sorted(
        (lead for lead in list_stored(api) if since is None or lead["Modified_Time"] > since),
        key=lambda lead: (lead[sort], lead["id"]),
        reverse=order == "desc",
    )
    assert listed == [lead["id"] for lead in expected]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_of_a_view_end_with_empty_values(api: Api, order: str) -> None:
    for number, record in enumerate(list_stored(api)):
        if number % 3:
            api.put(f"Leads/{record['id']}", {"data": [{"City": f"city {number % 9}"}]})
    views = api.get("settings/custom_views", module="Leads").json["custom_views"]
    view_id = next(view["id"] for view in views if view["criteria"] is None)
    sorting = {"sort_by": {"api_name": "City"}, "sort_order": order}
    path = f"settings/custom_views/{view_id}/actions/change_sort"
    assert api.put(path, {"custom_views": [sorting]}, module="Leads").status_code == 200
    cities: list[str | None] = []
    query: Item = {"cvid": view_id, "fields": "City", "per_page": "7"}
    while True:
        answer = api.get("Leads", **query)
        cities += [row["City"] for row in answer.json["data"]]
        if not answer.json["info"]["more_records"]:
            break
        query["page_token"] = answer.json["info"]["next_page_token"]
    full = sorted((city for city in cities if city), reverse=order == "desc")
    assert len(cities) == 40
    assert cities == [*full, *[None] * 14]


@pytest.mark.parametrize(
    ("condition", "chosen"),
    [
        ("id in ({3}, {7}) and id > {3}", [7]),
        ("id = {3} or id in ({9}, {5})", [3, 5, 9]),
        ("id in ({3}, {7}) and id in ({7}, {9})", [7]),
        ("id in ({3}, {7}) and id = {9}", []),
        ("id = {38} or Last_Name = 'Lead 2'", [2, 38]),
        ("id in ({3}, {7}) and Created_Time > '2020-01-01T00:00:00+00:00'", [3, 7]),
    ],
)
def test_query_by_ids_reads_only_these_records(api: Api, condition: str, chosen: list[int]) -> None:
    ids = [lead["id"] for lead in list_stored(api)]
    assert query_ids(api, condition.format(*ids)) == [ids[number] for number in chosen]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_query_by_ids_is_sorted_without_deleted_records(api: Api, order: str) -> None:
    ids = [lead["id"] for lead in list_stored(api)]
    joined = ",".join([ids[7], ids[3], "3652397000000999999", ids[5]])
    rows = api.rows("Leads", ids=joined, sort_by="id", sort_order=order)
    assert sorted(row["id"] for row in rows) == [ids[3], ids[5], ids[7]]
    assert [row["id"] for row in rows] == sorted(
        (row["id"] for row in rows), reverse=order == "desc"
    )
    by_time = api.rows("Leads", ids=joined, sort_by="Created_Time", sort_order=order)
    assert {row["id"] for row in by_time} == {ids[3], ids[5], ids[7]}
