"""Record sets behave as query sets do, with as few requests as they can."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.db.models import Q as DjangoQ

from django_zcrm.testing.standalone import ALL_SCOPES, ZCRMEmulator, emulate
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import (
    ConfigurationError,
    DoesNotExist,
    Forbidden,
    Invalid,
    MultipleObjectsReturned,
    NotSupported,
)
from django_zcrm.zoho.query import Q
from tests.wire.query.conftest import SIZE
from tests.wire.query.leads import Leads, make_names, names

# When requests are sent


def test_record_set_is_lazy(zcrm: ZCRMEmulator, leads: Leads) -> None:
    part = leads.filter(Company="Company 1").exclude(Email=None).order_by("-Last_Name")[2:5]
    assert repr(part) == "<RecordSet of Leads, not fetched>"
    assert not zcrm.requests
    assert len(part) == 3
    assert repr(part) == "<RecordSet of Leads, 3 records>"


def test_records_are_fetched_once(zcrm: ZCRMEmulator, leads: Leads) -> None:
    first, second = list(leads), list(leads)
    assert first == second
    assert (len(leads), bool(leads), leads.count(), leads.exists()) == (SIZE, True, SIZE, True)
    assert leads[3] == first[3]
    assert list(leads[1:3]) == first[1:3]
    assert leads.first() == first[0]
    assert len(zcrm.requests) == 1
    assert len(leads.all()) == SIZE
    assert len(zcrm.requests) == 2


def test_len_while_iterating_changes_nothing(leads: Leads) -> None:
    assert [len(leads) for _ in leads] == [SIZE] * SIZE


ONE_REQUEST: list[Callable[[Leads], Any]] = [
    lambda leads: leads.first(),
    lambda leads: leads.last(),
    lambda leads: leads.count(),
    lambda leads: leads.exists(),
    lambda leads: leads.get(Last_Name="Lead 5"),
    lambda leads: leads[7],
    lambda leads: list(leads[7:9]),
    lambda leads: list(leads),
    lambda leads: list(leads.iterator()),
    lambda leads: str(leads.query) and leads.count(),
    lambda leads: leads.filter(Q(Company="Company 1") | Q(Email=None)).count(),
]


@pytest.mark.parametrize("ask", ONE_REQUEST)
def test_one_request_is_enough(
    ask: Callable[[Leads], Any], zcrm: ZCRMEmulator, leads: Leads
) -> None:
    assert ask(leads)
    assert len(zcrm.requests) == 1


def test_condition_that_cannot_match_makes_no_call(zcrm: ZCRMEmulator, leads: Leads) -> None:
    for empty in (leads.none(), leads.filter(id__in=[]), leads[5:5], leads[3:][:0]):
        assert list(empty) == []
        assert (empty.count(), empty.exists(), empty.first()) == (0, False, None)
        assert list(empty.iterator()) == []
    assert str(leads.none().query) == ""
    assert not zcrm.requests


def test_metadata_is_fetched_once_per_module(zcrm: ZCRMEmulator, crm: Client) -> None:
    for _ in range(2):
        list(crm.objects("Leads").filter(Referred_By__Account_Name__Industry="Service Provider"))
    modules = [request.params["module"] for request in zcrm.requests if request.params]
    assert modules == ["Leads", "Contacts", "Accounts"]
    zcrm.forget_requests()
    crm.records.list("Contacts", per_page=1)
    assert [request.path for request in zcrm.requests] == ["/crm/v8/Contacts"]


def test_ids_need_no_metadata(zcrm: ZCRMEmulator, crm: Client) -> None:
    ids = crm.objects("Leads").only("id").filter(pk__gt=5).exclude(id__in=[7])
    assert ids.count() == len(ids) == SIZE
    assert len(zcrm.requests) == 2


def test_a_missing_scope_for_metadata_is_named(zcrm: ZCRMEmulator) -> None:
    crm = zcrm.client(scopes="ZohoCRM.coql.READ,ZohoCRM.modules.ALL")
    with pytest.raises(Forbidden) as caught:
        list(crm.objects("Leads"))
    assert "ZohoCRM.settings.fields.READ" in caught.value.__notes__[0]
    assert "ZohoCRM.settings.ALL" in ALL_SCOPES


# Rows


def test_rows_have_requested_names(leads: Leads) -> None:
    row = leads.only("Company", "Referred_By__Account_Name__Industry", "Referred_By.Last_Name")[0]
    assert row == {
        "Company": "Company 0",
        "Referred_By__Account_Name__Industry": "Service Provider",
        "Referred_By.Last_Name": "Abel",
        "id": row["id"],
    }
    assert leads.only("Owner__id")[0]["Owner__id"].isdigit()


def test_without_only_all_fields_come(crm: Client) -> None:
    row = crm.objects("Leads")[0]
    listed = {field["api_name"] for field in crm.fields.list("Leads")}
    assert listed - row.keys() == {"Documents", "Record_Image"}
    assert row.keys() <= listed
    less = crm.objects("Leads").defer("Company", "Email")[0]
    assert row.keys() - less.keys() == {"Company", "Email"}
    assert crm.objects("Leads").defer("Company").defer(None)[0].keys() == row.keys()
    assert crm.objects("Leads").only("Company", "Email").defer("Email")[0].keys() == {
        "Company",
        "id",
    }


def test_a_field_that_coql_refuses_can_be_left_out(crm: Client, zcrm: ZCRMEmulator) -> None:
    zcrm.fail_next("coql.query", code="INVALID_QUERY", details={"column_name": "Odd"})
    with pytest.raises(Invalid) as caught:
        list(crm.objects("Leads"))
    assert ".defer('Odd')" in caught.value.__notes__[0]


# Conditions, orders


def test_filter_calls_combine_their_conditions(leads: Leads) -> None:
    found = leads.filter(Company="Company 1").filter(Lead_Status="Contacted")
    assert names(found) == make_names(1, 15, 29, 43, 57)
    assert names(leads.filter(Company="Company 1", Lead_Status="Contacted")) == names(found)
    assert names(
        leads.filter(Company="Company 1") & leads.filter(Lead_Status="Contacted")
    ) == names(found)
    either = leads.filter(Last_Name="Lead 1") | leads.filter(DjangoQ(Last_Name="Lead 3"))
    assert names(either) == make_names(1, 3)
    assert names(leads.none() | either) == names(either | leads.none()) == make_names(1, 3)
    assert names(leads.none() & either) == names(either & leads.none()) == []
    assert len(leads.all() | either) == SIZE
    with pytest.raises(TypeError, match="same module"):
        either | leads.view("5")
    with pytest.raises(TypeError, match="once a slice has been taken"):
        either | leads[:5]


def test_exclude_includes_empty_fields(leads: Leads) -> None:
    assert leads.exclude(Annual_Revenue__gt=100).count() == 18
    assert leads.filter(Annual_Revenue__lte=100).count() == 8
    assert leads.exclude(Email=None).count() == 48
    assert leads.exclude(Company="Company 1", Email=None).count() == SIZE - 2
    assert leads.exclude().count() == SIZE


def test_order_by_sorts_the_records(leads: Leads) -> None:
    assert names(leads.order_by("-Email_Opt_Out", "-id"))[:2] == make_names(57, 54)
    assert names(leads.order_by("Company").order_by("-id"))[0] == "Lead 59"
    assert names(leads.order_by("-id").order_by())[0] == "Lead 0"
    by_company = names(leads.order_by("Company", "-Last_Name"))
    assert names(leads.order_by("Company", "-Last_Name").reverse()) == by_company[::-1]
    assert names(leads.order_by("Company").reverse().reverse()) == names(leads.order_by("Company"))
    assert leads.ordered
    assert leads.order_by("-id").last() == leads.first()
    assert leads[:0].first() is None


def test_second_order_of_a_field_has_no_effect(leads: Leads) -> None:
    ordered = leads.order_by("-Last_Name", "Company", "Last_Name")
    assert list(ordered) == list(leads.order_by("-Last_Name"))


def test_sliced_set_with_further_conditions_raises(leads: Leads) -> None:
    part = leads[:5]
    changes: list[tuple[Callable[[], Any], str]] = [
        (lambda: part.filter(Company="x"), "filter a query"),
        (lambda: part.order_by("Company"), "reorder a query"),
        (lambda: part.reverse(), "reverse a query"),
        (lambda: part.get(Company="x"), "filter a query"),
        (lambda: part.view("5"), "filter a query"),
    ]
    for change, what in changes:
        with pytest.raises(TypeError, match=f"Cannot {what} once a slice has been taken"):
            change()
    assert leads[3:4].get() == leads[3]
    assert len(part.filter()) == 5


# One record


def test_get_returns_the_only_match(leads: Leads) -> None:
    lead = leads.get(Last_Name="Lead 3")
    assert leads.get(id=lead["id"]) == leads.get(pk=int(lead["id"])) == lead
    assert leads.filter(Last_Name="Lead 3").get() == lead
    with pytest.raises(leads.model.DoesNotExist, match="No record of Leads matches"):
        leads.get(id=1)
    with pytest.raises(leads.model.MultipleObjectsReturned, match="found 9 records of Leads"):
        leads.get(Company="Company 1")
    with pytest.raises(MultipleObjectsReturned, match="more than 20 records"):
        leads.get()
    assert leads.model.DoesNotExist is DoesNotExist


# What is refused


def test_indexes_are_those_of_query_sets(leads: Leads) -> None:
    with pytest.raises(ValueError, match="Negative indexing"):
        leads[-1]
    with pytest.raises(ValueError, match="Negative indexing"):
        leads[:-1]
    with pytest.raises(TypeError, match="by integers, not str"):
        leads["a"]  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="by integers, not str"):
        leads["a":"b"]
    with pytest.raises(NotSupported, match="then slice the list"):
        leads[::2]
    assert len(list(leads)[::2]) == SIZE // 2
    list(leads)
    assert len(leads[::2]) == SIZE // 2


def test_invalid_names_are_refused(crm: Client, leads: Leads, zcrm: ZCRMEmulator) -> None:
    wrongs: list[Callable[[], Any]] = [
        lambda: list(leads.order_by("Compny")),
        lambda: list(leads.only("Company__icontains")),
        lambda: list(leads.filter(Compny="x")),
        lambda: leads.order_by(7),  # type: ignore[arg-type]
        lambda: leads.only(""),
        lambda: leads.view("5 or 1"),
        lambda: crm.objects("Leads where id is not null"),
    ]
    for wrong in wrongs:
        with pytest.raises(ConfigurationError):
            wrong()
    assert not zcrm.requests
    with pytest.raises(ValueError, match="strictly positive"):
        list(leads.iterator(chunk_size=0))


def test_a_record_set_stays_in_its_process(leads: Leads) -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(leads)
    assert len(copy.copy(leads)) == SIZE
    assert len(copy.deepcopy(leads)) == SIZE


# Several at once


def test_in_bulk_returns_records_by_id(leads: Leads, zcrm: ZCRMEmulator) -> None:
    rows = list(leads)
    zcrm.forget_requests()
    by_id = leads.in_bulk([rows[3]["id"], int(rows[5]["id"]), 1, rows[3]["id"]])
    assert by_id == {rows[3]["id"]: rows[3], rows[5]["id"]: rows[5]}
    assert leads.in_bulk([]) == {}
    assert len(zcrm.requests) == 1
    assert len(leads.in_bulk()) == SIZE
    by_reference = leads.in_bulk(["REF-1"], field_name="External_Reference")
    assert by_reference == {}
    zcrm.forget_requests()
    assert leads.in_bulk(range(250)) == {}
    assert len(zcrm.requests) == 3
    with pytest.raises(ConfigurationError, match="Company may have duplicates"):
        leads.in_bulk(["x"], field_name="Company")
    with pytest.raises(TypeError, match="limit"):
        leads.all()[:5].in_bulk([1])
    with pytest.raises(TypeError, match="values"):
        leads.values("id").in_bulk([1])


def test_in_bulk_by_a_unique_field() -> None:
    with emulate(data="empty") as zcrm:
        made = zcrm.create("Leads", External_Reference="R-1")
        leads = zcrm.client().objects("Leads").only("Last_Name")
        by_reference = leads.in_bulk(["R-1", "R-2"], field_name="External_Reference")
        assert [row["id"] for row in by_reference.values()] == [made["id"]]
        assert list(by_reference) == ["R-1"]
        others = zcrm.client().objects("Leads").defer("External_Reference", "City")
        [row] = others.in_bulk(["R-1"], field_name="External_Reference").values()
        assert "City" not in row


def test_earliest_and_latest_return_the_ends(leads: Leads) -> None:
    assert leads.earliest("id") == leads.first()
    assert leads.latest("Company", "id")["Last_Name"] == "Lead 55"
    assert leads.filter(Company="Company 1").latest("id")["Last_Name"] == "Lead 57"
    with pytest.raises(DoesNotExist):
        leads.none().earliest("id")
    with pytest.raises(ValueError, match="names of fields"):
        leads.latest()
    with pytest.raises(TypeError, match="slice"):
        leads[:5].latest("id")


def test_contains_finds_a_record(leads: Leads) -> None:
    first = leads[0]
    assert leads.contains(first)
    assert leads.contains(first["id"])
    assert not leads[1:9].contains(first)
    assert not leads.filter(Last_Name="x").contains(first)
    assert first in leads  # fetches them
    assert leads.contains(first["id"])
    assert leads.contains({"id": first["id"]})
    assert not leads.contains("1")
    with pytest.raises(TypeError):
        leads.values("id").contains(first)


# Long lists


def test_values_that_differ_by_case_find_a_record_once(leads: Leads) -> None:
    expected = names(leads.filter(Company="Company 1"))
    letters = [letter for n in range(1_250) for letter in (f"x{n}", f"X{n}")]
    for others in (map(str, range(2_500)), letters):
        found = leads.filter(Company__in=["Company 1", *others, "COMPANY 1"])
        assert names(found) == names(found.iterator()) == expected
        assert found.count() == len(expected)


def test_moments_that_differ_by_zone_find_a_record_once(leads: Leads) -> None:
    moment = datetime.fromisoformat(leads.values_list("Created_Time", flat=True)[0])
    later = [moment + timedelta(days=1, seconds=number) for number in range(2_500)]
    elsewhere = moment.astimezone(timezone(timedelta(hours=5)))
    found = leads.filter(Created_Time__in=[moment, *later, elsewhere])
    expected = names(leads.filter(Created_Time=moment))
    assert names(found) == names(found.iterator()) == expected
    assert found.count() == len(expected)


@pytest.mark.slow
def test_longer_lists_than_a_query_takes_are_asked_in_several(
    leads: Leads, zcrm: ZCRMEmulator
) -> None:
    long = [
        *(f"x{number}" for number in range(6_000)),
        "Company 1",
        *map(str, range(10)),
        "Company 0",
    ]
    found = leads.filter(Company__in=long, Email_Opt_Out=False).exclude(Email=None)
    rows = list(found)
    expected = [n for n in range(SIZE) if n % 7 < 2 and n % 3 and n % 5]
    assert names(rows) == make_names(*expected)
    assert len(zcrm.requests) == 3
    assert list(found.values_list("Company", flat=True)) == [f"Company {n % 7}" for n in expected]
    assert found.count() == len(expected)
    assert sorted(names(found.iterator())) == sorted(make_names(*expected))
    assert found.explain(via="coql").requests == 3
    assert len(str(found.query)) > 15_000
    assert names(found.reverse()) == make_names(*expected)[::-1]
    assert names(found.order_by("-id")[1:3]) == make_names(*expected)[::-1][1:3]
    assert found.all()[2:4].count() == 2
    assert (found.all().exists(), names([found.all().first()])) == (True, make_names(expected[0]))
    with pytest.raises(MultipleObjectsReturned):
        found.all().get()
    for refused in (
        found.order_by("Company"),
        found.filter(Q(Last_Name="x") | Q(Company__in=long)),
    ):
        with pytest.raises(NotSupported, match="accepts 25 conditions"):
            list(refused)
