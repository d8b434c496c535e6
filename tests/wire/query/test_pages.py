"""Record sets go by pages and slices, as few and as far as Zoho allows."""

from __future__ import annotations

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator, emulate
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import TooManyRecords
from django_zcrm.zoho.query import Options, Q
from tests.wire.query.conftest import SIZE
from tests.wire.query.leads import Leads, make_names, names, queries


def test_pages_follow_the_ids(zcrm: ZCRMEmulator, leads: Leads) -> None:
    rows = list(leads.filter(Email=None).iterator(chunk_size=5))
    assert names(rows) == make_names(*range(0, SIZE, 5))
    assert len(zcrm.requests) == 3
    assert queries(zcrm)[1].endswith(
        f"where Email is null and id > '{rows[4]['id']}' order by id asc limit 5 offset 0"
    )


def test_pages_in_descending_order_follow_the_ids(leads: Leads) -> None:
    reversed_leads = leads.reverse().iterator(chunk_size=7)
    assert names(reversed_leads) == make_names(*reversed(range(SIZE)))


def test_other_orders_are_paged_by_offset(zcrm: ZCRMEmulator, leads: Leads) -> None:
    rows = list(leads.order_by("-Company").iterator(chunk_size=25))
    assert [query.partition("order by ")[2] for query in queries(zcrm)] == [
        f"Company desc, id asc limit 25 offset {offset}" for offset in (0, 25, 50)
    ]
    assert len({row["id"] for row in rows}) == SIZE


def test_twenty_five_conditions_leave_none_for_the_ids(leads: Leads) -> None:
    every = Q()
    for number in range(25):
        every |= Q(Last_Name=f"Lead {number}")
    assert names(leads.filter(every).iterator(chunk_size=10)) == make_names(*range(25))


def test_records_that_come_and_go_are_not_read_twice() -> None:
    with emulate(data="empty") as zcrm:
        made = zcrm.create("Leads", 9)
        crm = zcrm.client()
        seen: list[str] = []
        for row in crm.objects("Leads").only("id").iterator(chunk_size=3):
            if len(seen) == 3:
                crm.records.delete("Leads", [made[0]["id"], made[7]["id"]])
            seen.append(row["id"])
        assert seen == [lead["id"] for lead in made if lead != made[7]]


@pytest.mark.parametrize("order", ["id", "-id", "Company"])
def test_slice_of_a_slice_equals_that_of_a_list(leads: Leads, order: str) -> None:
    everything = list(leads.order_by(order))
    part = leads.order_by(order)[10:40]
    assert list(part.all()) == everything[10:40]
    assert list(part[5:]) == everything[15:40]
    assert list(part[5:10][2:50]) == everything[17:20]
    assert list(part[100:]) == []
    assert part[0] == everything[10]
    assert (part.count(), part[25:].count(), part[50:60].count()) == (30, 5, 0)
    assert list(part.iterator(chunk_size=4)) == everything[10:40]
    with pytest.raises(IndexError):
        leads[40:][SIZE]


def test_slice_costs_only_its_rows(zcrm: ZCRMEmulator, leads: Leads) -> None:
    list(leads[:20])
    list(leads[:5000])
    assert [query.rpartition("limit ")[2] for query in queries(zcrm)] == [
        "20 offset 0",
        "2000 offset 0",
    ]


def test_more_than_may_be_kept_is_refused(crm: Client, zcrm: ZCRMEmulator) -> None:
    small = Client(crm.session, Options(rows=20)).objects("Leads").only("Last_Name")
    with pytest.raises(TooManyRecords, match=r"More than 20 records of Leads.*\.iterator\(\)"):
        list(small)
    with pytest.raises(TooManyRecords):
        len(small[10:])
    assert len(small[:20]) == 20
    assert len(small.filter(Company="Company 1")) == 9
    assert len(list(small.iterator())) == SIZE
    assert small.count() == SIZE


def test_offsets_end_where_zoho_does(leads: Leads) -> None:
    with pytest.raises(TooManyRecords, match=r"Zoho reaches 100,000 records"):
        leads[100_000]
    assert list(leads.order_by("Company")[99_999:]) == []


def test_old_versions_have_smaller_pages(zcrm: ZCRMEmulator) -> None:
    assert len(zcrm.client("v2").objects("Leads").only("id")) == SIZE
    assert "limit 200" in queries(zcrm)[-1]


def test_old_versions_take_fifty_columns_at_a_time(zcrm: ZCRMEmulator) -> None:
    rows = list(zcrm.client("v6").objects("Leads"))
    assert len(queries(zcrm)) == 2
    assert len(rows[0]) == 61
    assert [row["Last_Name"] for row in rows] == make_names(*range(SIZE))
    assert all("Locked__s" in row for row in rows)
