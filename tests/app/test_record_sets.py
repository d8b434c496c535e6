"""Record sets in Django's hands: its shortcuts, its paginator, its generic views, its time zone."""

from __future__ import annotations

import asyncio
import operator
import pickle
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import FieldError, MultipleObjectsReturned, ObjectDoesNotExist
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import (
    aget_list_or_404,
    aget_object_or_404,
    get_list_or_404,
    get_object_or_404,
)
from django.test import RequestFactory
from django.utils import timezone
from django.views.generic import DetailView, ListView

import django_zcrm
from django_zcrm import ConfigurationError, UnknownField, zcrm
from django_zcrm.testing.site import SiteEmulator
from tests.app.zoho import connect

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def leads(zcrm_emulator: SiteEmulator) -> Any:
    zcrm_emulator.connect()
    zcrm_emulator.create("Leads", 25, Last_Name=lambda number: f"Lead {number}", Company="Acme")
    return zcrm.objects("Leads").only("Last_Name")


def test_get_object_or_404(leads: Any) -> None:
    first = leads.first()
    assert get_object_or_404(leads, id=first["id"]) == first
    assert get_object_or_404(leads.filter(Company="Acme"), Last_Name="Lead 3")["Last_Name"]
    with pytest.raises(Http404, match="No Leads matches the given query"):
        get_object_or_404(leads, id=1)
    with pytest.raises(MultipleObjectsReturned):
        get_object_or_404(leads, Company="Acme")
    assert len(get_list_or_404(leads, Company="Acme")) == 25
    with pytest.raises(Http404):
        get_list_or_404(leads, Company="x")


def test_aget_object_or_404(leads: Any) -> None:
    first = leads.first()
    assert asyncio.run(aget_object_or_404(leads, id=first["id"])) == first
    with pytest.raises(Http404):
        asyncio.run(aget_object_or_404(leads, id=1))


def test_query_with_unknown_field_raises_djangos_field_error(leads: Any) -> None:
    async def awaited() -> Any:
        return await zcrm.objects("Leads").filter(Compny="x").afirst()

    kinds = set()
    for call in (
        lambda: leads.filter(Compny="x").first(),
        lambda: leads.filter(Company__nothing="x").count(),
        lambda: list(leads.order_by("Compny")),
        lambda: leads.create(Compny="x"),
        async_to_sync(awaited),
    ):
        with pytest.raises(FieldError) as caught:
            call()
        kinds.add(type(caught.value))
    assert kinds == {UnknownField}
    assert issubclass(UnknownField, ConfigurationError)
    assert "Leads has no field 'Compny'; is it Company" in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).args == caught.value.args  # noqa: S301


def test_errors_are_djangos_too(leads: Any) -> None:
    with pytest.raises(ObjectDoesNotExist) as missing:
        leads.get(id=1)
    with pytest.raises(MultipleObjectsReturned) as several:
        leads.get()
    assert type(missing.value) is leads.model.DoesNotExist is django_zcrm.DoesNotExist
    assert type(several.value) is django_zcrm.MultipleObjectsReturned
    assert isinstance(missing.value, django_zcrm.ZCRMError)


def test_a_paginator_asks_for_the_number_and_the_page(
    leads: Any, zcrm_emulator: SiteEmulator
) -> None:
    list(leads[:1])
    zcrm_emulator.forget_requests()
    page = Paginator(leads.order_by("-id"), 10).page(3)
    assert (page.paginator.count, page.paginator.num_pages) == (25, 3)
    assert [row["Last_Name"] for row in page] == [f"Lead {number}" for number in (4, 3, 2, 1, 0)]
    assert len(zcrm_emulator.requests) == 2


def test_a_list_view_shows_pages(leads: Any) -> None:
    class LeadList(ListView):  # type: ignore[type-arg]
        paginate_by = 10

        def get_queryset(self) -> Any:
            return leads.filter(Company="Acme")

    view = LeadList.as_view()
    context = view(RequestFactory().get("/?page=2")).context_data  # type: ignore[attr-defined]
    assert context["page_obj"][0]["Last_Name"] == "Lead 10"
    assert context["leads_list"] is context["object_list"]
    view = LeadList.as_view(paginate_by=None, allow_empty=False)
    response = view(RequestFactory().get("/"))
    assert response.template_name == ["zcrm/leads_list.html"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "first", "numbers"),
    [("", 0, (1, 3)), ("?page=2", 10, (2, 3)), ("?page=last", 20, (3, 3))],
)
def test_a_list_view_goes_to_any_page(
    query: str, first: int, numbers: tuple[int, int], leads: Any
) -> None:
    view = ListView.as_view(queryset=leads.order_by("id"), paginate_by=10)
    response: Any = view(RequestFactory().get(f"/{query}"))
    page = response.context_data["page_obj"]
    assert page[0]["Last_Name"] == f"Lead {first}"
    assert (page.number, page.paginator.num_pages) == numbers
    assert response.context_data["is_paginated"]


@pytest.mark.parametrize("query", ["?page=4", "?page=0", "?page=x"])
def test_a_list_view_has_no_other_pages(query: str, leads: Any) -> None:
    view = ListView.as_view(queryset=leads, paginate_by=10)
    with pytest.raises(Http404):
        view(RequestFactory().get(f"/{query}"))


def test_a_list_view_may_refuse_to_be_empty(leads: Any, zcrm_emulator: SiteEmulator) -> None:
    nobody = leads.filter(Company="Nobody")
    list(leads[:1])
    zcrm_emulator.forget_requests()
    view = ListView.as_view(queryset=nobody, allow_empty=False, paginate_by=10)
    with pytest.raises(Http404, match="Empty list"):
        view(RequestFactory().get("/"))
    assert len(zcrm_emulator.requests) == 1
    response: Any = ListView.as_view(queryset=nobody)(RequestFactory().get("/"))
    assert list(response.context_data["object_list"]) == []


def test_a_list_view_orders(leads: Any) -> None:
    view = ListView.as_view(queryset=leads, ordering=("-id",), context_object_name="people")
    response: Any = view(RequestFactory().get("/"))
    assert response.context_data["people"][0]["Last_Name"] == "Lead 24"


def test_a_paginator_needs_no_order(leads: Any) -> None:
    # Warnings are errors here: Django warns of what has no order.
    pages = [[row["Last_Name"] for row in page] for page in Paginator(leads, 10)]
    assert [name for page in pages for name in page] == [f"Lead {number}" for number in range(25)]


def test_get_list_or_404_is_awaited(leads: Any) -> None:
    assert len(async_to_sync(aget_list_or_404)(leads, Company="Acme")) == 25
    with pytest.raises(Http404):
        async_to_sync(aget_list_or_404)(leads, Company="x")


def test_a_detail_view_shows_one(leads: Any) -> None:
    class LeadDetail(DetailView):  # type: ignore[type-arg]
        template_name = "lead.html"

        def get_queryset(self) -> Any:
            return leads

    view = LeadDetail.as_view()
    last = leads.last()
    response: Any = view(RequestFactory().get("/"), pk=last["id"])
    assert response.context_data["object"] == last
    with pytest.raises(Http404, match="No Leads found matching the query"):
        view(RequestFactory().get("/"), pk=1)


def test_days_begin_in_the_current_time_zone(leads: Any) -> None:
    with timezone.override("Asia/Tokyo"):
        text = str(leads.filter(Created_Time__date=date(2026, 3, 1)).query)
    assert "Created_Time >= '2026-03-01T00:00:00+09:00'" in text


def test_record_set_above_max_cached_records_raises_too_many_records(
    leads: Any, settings: Settings
) -> None:
    settings.ZCRM = {**settings.ZCRM, "MAX_CACHED_RECORDS": 10}
    with pytest.raises(django_zcrm.TooManyRecords):
        list(zcrm.objects("Leads"))
    assert len(zcrm.objects("Leads")[:10]) == 10
    settings.ZCRM = {**settings.ZCRM, "MAX_CACHED_RECORDS": 0}
    with pytest.raises(django_zcrm.ConfigurationError, match="MAX_CACHED_RECORDS"):
        zcrm.objects("Leads")


def test_bulk_create_from_bulk_write_threshold_on_uses_a_job(
    zcrm_emulator: SiteEmulator, settings: Settings
) -> None:
    zcrm_emulator.connect()
    rows = [{"Last_Name": f"Lead {number}"} for number in range(5)]

    def jobs() -> int:
        zcrm_emulator.forget_requests()
        assert len(zcrm.objects("Leads").bulk_create(rows).accepted) == 5
        return len(zcrm_emulator.requests_to("POST", "/crm/bulk/*/write"))

    assert jobs() == 0
    settings.ZCRM = {**settings.ZCRM, "BULK_WRITE_THRESHOLD": 6}
    assert jobs() == 0
    settings.ZCRM = {**settings.ZCRM, "BULK_WRITE_THRESHOLD": 5}
    assert jobs() == 1
    for wrong in (0, -1, 1.5, "5000", True):
        settings.ZCRM = {**settings.ZCRM, "BULK_WRITE_THRESHOLD": wrong}
        with pytest.raises(
            django_zcrm.ConfigurationError, match=r"ZCRM\['BULK_WRITE_THRESHOLD'\] must"
        ):
            zcrm.objects("Leads")


def test_a_write_ends_where_its_budget_does(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    leads = zcrm.objects("Leads")
    rows = [{"Last_Name": f"Lead {number}"} for number in range(450)]
    with zcrm.budget(credits=25):
        result = leads.bulk_create(rows)
    assert [outcome.code for outcome in result] == ["SUCCESS"] * 200 + ["NOT_SENT"] * 250
    assert isinstance(result[200].error, django_zcrm.BudgetExceeded)
    assert len(zcrm_emulator.requests_to("POST", "/crm/*/Leads")) == 2
    with zcrm.budget(credits=5), pytest.raises(django_zcrm.BudgetExceeded):
        leads.bulk_create(rows)
    assert len(result.retry_failed().accepted) == 450
    assert len(zcrm_emulator.records("Leads")) == 450


def test_record_sets_of_two_connections_are_not_combined(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    default = zcrm.default()
    first = default.objects("Leads")
    again = zcrm.for_identifier("emulator").objects("Leads")
    other_row = connect(zcrm_emulator, "other@example.com")
    other = zcrm.for_connection(other_row).objects("Leads")
    for joined in (first | again, again & first, first ^ again):
        assert list(joined) == []
    lazy = zcrm.objects("Leads")
    assert list(lazy | zcrm.objects("Leads")) == []
    assert list(first & lazy) == []
    for join in (operator.or_, operator.and_, operator.xor):
        for left, right in ((first, other), (other, first), (lazy, other), (other, lazy)):
            with pytest.raises(TypeError, match="same connection"):
                join(left, right)


def test_asynchronous_record_sets_of_two_connections_are_not_combined(
    zcrm_emulator: SiteEmulator,
) -> None:
    zcrm_emulator.connect()
    first = zcrm.default().aio.objects("Leads")
    other = zcrm.for_connection(connect(zcrm_emulator, "other@example.com")).aio.objects("Leads")
    joined = first | zcrm.default().aio.objects("Leads")
    assert joined.source is first.source
    with pytest.raises(TypeError, match="same connection"):
        first | other
