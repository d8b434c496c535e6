"""Typed records as they are read: values, names, shapes, and what Django does with them."""

from __future__ import annotations

import asyncio
import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import FieldError
from django.db.models import Count, Max, Q, Sum
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.template import Context, Template
from django.test import RequestFactory
from django.views.generic import ListView

import django_zcrm
from django_zcrm import zcrm
from django_zcrm.records import Record, Reference, Text, meta
from django_zcrm.testing.site import SiteEmulator
from django_zcrm.testing.standalone import ZCRMEmulator, emulate
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.query import RecordSet
from tests.app.records.shop import Account, Contact, Lead, LeadStatus, Quote
from tests.mirror.metadata import add_field

if TYPE_CHECKING:
    from django_zcrm.records import Manager


@pytest.fixture(scope="module")
def company() -> Iterator[ZCRMEmulator]:
    """Return an emulator with two leads."""
    with emulate(data="empty") as emulator:
        account = emulator.create("Accounts", Account_Name="Acme", Industry="Service Provider")
        contact = emulator.create("Contacts", Last_Name="Abel", Account_Name=account)
        emulator.create(
            "Leads",
            Last_Name="Wong",
            Company="Acme",
            Email="wong@acme.example",
            Lead_Status="Contacted",
            Languages=["German", "English"],
            No_of_Employees=4,
            Customer_Number="999999999999999999",
            Annual_Revenue=1000.1,
            Score=7.25,
            Email_Opt_Out=True,
            Follow_Up_Date="2026-03-01",
            Demo_Scheduled_At="2026-03-01T12:30:00+01:00",
            Referred_By=contact,
        )
        emulator.create("Leads", Last_Name="Young", Company=None, Email=None)
        yield emulator


@pytest.fixture
def crm(company: ZCRMEmulator) -> Client:
    company.forget_requests()
    return company.client()


@pytest.fixture
def leads(crm: Client) -> RecordSet[Lead]:
    return Lead.objects.using(crm)


def test_values_have_pythons_types(leads: RecordSet[Lead]) -> None:
    lead = leads.get(last_name="Wong")
    assert isinstance(lead, Lead)
    assert (lead.last_name, lead.company, lead.email) == ("Wong", "Acme", "wong@acme.example")
    assert lead.status is LeadStatus.CONTACTED
    assert lead.languages == ["German", "English"]
    assert (lead.employees, lead.number) == (4, 999_999_999_999_999_999)
    assert (lead.revenue, lead.score) == (Decimal("1000.1"), Decimal("7.25"))
    assert lead.per_employee == Decimal("250.03")
    assert lead.opted_out is True
    assert lead.follow_up == date(2026, 3, 1)
    assert lead.demo_at == datetime(2026, 3, 1, 11, 30, tzinfo=UTC)
    assert lead.referred_by is not None
    assert (lead.referred_by.name, str(lead.referred_by)) == ("Amara Abel", "Amara Abel")
    assert lead.tags == []
    assert lead.created is not None
    assert lead.created.tzinfo is not None
    assert lead.id == lead.pk
    assert lead.id.isdigit()


def test_record_with_empty_field_returns_none(leads: RecordSet[Lead]) -> None:
    lead = leads.get(last_name="Young")
    values = (lead.company, lead.status, lead.revenue, lead.follow_up, lead.demo_at)
    assert values == (None,) * 5
    assert (lead.referred_by, lead.languages, lead.per_employee) == (None, None, None)
    assert lead.opted_out is False


def test_record_set_requests_only_declared_fields(crm: Client, company: ZCRMEmulator) -> None:
    accounts = list(Account.objects.using(crm))
    assert [account.name for account in accounts] == ["Acme"]
    query = company.requests[-1].json["select_query"]
    assert query.startswith("select id, Account_Name, Industry, Employees from Accounts ")


def test_names_are_those_of_the_class(leads: RecordSet[Lead]) -> None:
    assert leads.filter(Q(company__icontains="acm") | Q(revenue__gt=5), opted_out=True).count() == 1
    assert leads.filter(referred_by__account__industry="Service Provider").count() == 1
    assert leads.filter(referred_by__account__isnull=True).count() == 1
    assert leads.exclude(owner__email="x@y.z").count() == 2
    assert leads.filter(status=LeadStatus.CONTACTED).get().last_name == "Wong"
    assert leads.filter(created__year__gte=2020).count() == 2
    assert leads.order_by("-last_name").first() == leads.last()
    assert leads.latest("last_name").last_name == "Young"
    assert leads.filter(Last_Name="Wong").count() == 1  # Zoho's own names are taken, too
    assert leads.filter(pk=leads[0].pk).get() == leads[0]


def test_lookup_of_a_class_from_another_file_refers_to_that_file() -> None:
    class LargeQuote(Quote):
        """As of a generated class, from whose file one inherits."""

    with emulate(data="empty") as company:
        account = company.create("Accounts", Industry="Banking")
        quote = company.create("Quotes", Account_Name=account)
        found = LargeQuote.objects.using(company.client()).get(account__industry="Banking")
    assert (found.id, found.account) == (quote["id"], Reference(account["id"]))


def test_lookup_of_an_inherited_class_refers_to_a_class_in_its_own_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(meta, "_classes", {**meta._classes})
    own = {"trade": Text("Ticker_Symbol"), "__qualname__": "Account", "__module__": __name__}
    type("Account", (Account,), own)

    class OwnQuote(Quote):
        pass

    assert OwnQuote._meta.zoho_name("account__trade") == "Account_Name__Ticker_Symbol"
    assert Quote._meta.zoho_name("account__industry") == "Account_Name__Industry"


def test_records_are_values_of_conditions(crm: Client, leads: RecordSet[Lead]) -> None:
    contact = Contact.objects.using(crm).get()
    assert leads.filter(referred_by=contact).count() == 1
    assert leads.filter(referred_by__in=[contact, Reference("5")]).count() == 1
    assert leads.get(referred_by=contact).referred_by == Reference(contact.id)


def test_unknown_names_are_refused_at_once(leads: RecordSet[Lead]) -> None:
    with pytest.raises(FieldError, match="Lead has no field 'compny'; is it company"):
        leads.filter(compny="x")
    with pytest.raises(FieldError, match="Account has no field 'city'"):
        leads.filter(referred_by__account__city="x")
    with pytest.raises(FieldError, match="has no field 'zzz'"):
        leads.order_by("zzz")


def test_record_without_fetched_field_raises(leads: RecordSet[Lead]) -> None:
    lead = leads.only("company", "referred_by__account__industry")[0]
    assert lead.company == "Acme"
    assert lead["referred_by__account__industry"] == "Service Provider"
    assert lead["company"] == "Acme"
    with pytest.raises(AttributeError, match=r"Lead.email was not read.*refresh"):
        lead.email  # noqa: B018
    for missing in ("email", "refresh", "nothing"):
        with pytest.raises(KeyError):
            lead[missing]
    assert lead.refresh().email == "wong@acme.example"


def test_templates_show_records(leads: RecordSet[Lead]) -> None:
    template = Template(
        "{% for lead in leads %}{{ lead.last_name }} {{ lead.revenue }} {{ lead.referred_by }} "
        "{{ lead.changed_fields|length }} {{ lead.pk }};{% endfor %}"
        "{{ leads.count }} {{ leads.0.id }}"
    )
    first, second = leads
    assert template.render(Context({"leads": leads})) == (
        f"Wong 1000.1 Amara Abel 0 {first.id};Young None None 0 {second.id};2 {first.id}"
    )


def test_values_are_those_of_the_class(leads: RecordSet[Lead]) -> None:
    assert leads.values("last_name", "revenue")[0] == {
        "last_name": "Wong",
        "revenue": Decimal("1000.1"),
    }
    assert leads.values_list("revenue", "referred_by__account__industry")[0] == (
        Decimal("1000.1"),
        "Service Provider",
    )
    assert list(leads.values_list("follow_up", flat=True)) == [date(2026, 3, 1), None]
    assert leads.values()[0]["demo_at"] == datetime(2026, 3, 1, 11, 30, tzinfo=UTC)
    assert leads.aggregate(Sum("revenue"), top=Max("follow_up"), n=Count("id")) == {
        "revenue__sum": Decimal("1000.1"),
        "top": date(2026, 3, 1),
        "n": 2,
    }
    groups = leads.values("status").annotate(n=Count("id"), total=Sum("revenue")).order_by("-total")
    assert groups[0] == {"status": LeadStatus.CONTACTED, "n": 1, "total": Decimal("1000.1")}


def test_in_bulk_and_contains_return_typed_records(leads: RecordSet[Lead]) -> None:
    lead = leads[0]
    assert leads.in_bulk([lead.id]) == {lead.id: lead}
    assert leads.contains(lead)
    assert lead in leads
    assert {lead} == {leads.get(id=lead.id)}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["gclid_Id", "acme__Click"])
def test_a_field_whose_api_name_begins_in_lower_case_is_read(
    name: str, zcrm_emulator: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Visit(Record):
        click = Text(name)

        class Zoho:
            module = "Leads"

    add_field(zcrm_emulator, monkeypatch, "Leads", name, unique=True)
    values: dict[str, Any] = {name: "x"}
    zcrm_emulator.create("Leads", **values)
    zcrm_emulator.connect()
    visit = Visit.objects.get(**{f"{name}__startswith": "x"})
    assert Visit.objects.in_bulk(["x"], field_name="click") == {"x": visit}


@pytest.mark.parametrize("via", ["coql", "list", "bulk"])
def test_every_route_gives_the_same_records(leads: RecordSet[Lead], via: Any) -> None:
    records = list(leads.iterator(via=via))
    assert records == list(leads)
    lead = records[0]
    assert (lead.revenue, lead.languages, lead.opted_out, lead.number) == (
        Decimal("1000.1"),
        ["German", "English"],
        True,
        999_999_999_999_999_999,
    )
    assert lead.referred_by == leads[0].referred_by


def test_async_methods_read_records(crm: Client) -> None:
    async def read() -> list[str]:
        leads = crm.aio.objects(Lead)
        lead = await leads.aget(last_name="Wong")
        await lead.arefresh()
        assert lead.company == "Acme"
        return [lead.last_name async for lead in leads]

    assert asyncio.run(read()) == ["Wong", "Young"]


def test_errors_are_those_of_the_class(leads: RecordSet[Lead]) -> None:
    with pytest.raises(Lead.DoesNotExist, match="No record of Lead matches") as caught:
        leads.get(id=1)
    assert isinstance(caught.value, django_zcrm.DoesNotExist)
    assert not isinstance(caught.value, Contact.DoesNotExist)
    back = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert type(back) is Lead.DoesNotExist
    with pytest.raises(Lead.MultipleObjectsReturned):
        leads.get()
    records: Any = leads
    with pytest.raises(Http404, match="No Lead matches"):
        get_object_or_404(records, id=1)


def test_records_can_be_copied_and_pickled(leads: RecordSet[Lead]) -> None:
    lead = leads[0]
    twin = copy.copy(lead)
    twin.company = "Other"
    assert (lead.company, twin == lead) == ("Acme", True)
    back = pickle.loads(pickle.dumps(lead))  # noqa: S301
    assert (back, back.revenue) == (lead, lead.revenue)
    with pytest.raises(ConfigurationError, match=r"save\(using=crm\)"):
        back.refresh()


def test_reprs_show_no_values(leads: RecordSet[Lead]) -> None:
    lead = leads[0]
    assert repr(lead) == f"<Lead {lead.id}>"
    assert repr(Lead(last_name="canary")) == "<Lead (not saved)>"
    assert repr(leads.all()) == "<RecordSet of Leads, not fetched>"
    assert repr(Lead.objects) == "<Manager of Lead>"
    assert repr(Lead.company) == "<text Company>"


def test_declarations_are_checked() -> None:
    with pytest.raises(ConfigurationError, match="does not name its module"):

        class Nowhere(Record):
            name = Text("Name")

    with pytest.raises(ConfigurationError, match="cannot be the name of a field"):

        class Odd(Record):
            a__b = Text("Name")

            class Zoho:
                module = "Leads"

    with pytest.raises(ConfigurationError, match=r"Hiding\.save cannot be the name of a field"):

        class Hiding(Record):
            save = Text("Save")  # type: ignore[assignment]

            class Zoho:
                module = "Leads"

    with pytest.raises(ConfigurationError, match=r"Double\.a and Double\.b both map to Company"):

        class Double(Record):
            a = Text("Company")
            b = Text("Company")

            class Zoho:
                module = "Leads"

    with pytest.raises(ConfigurationError, match="no option 'ordering'; use one of module, abs"):

        class Ordered(Record):
            name = Text("Name")

            class Zoho:
                module = "Leads"
                ordering = ("name",)

    class Lost(Record):
        name = Text("Name")

        class Zoho:
            module = "Leads"

    with pytest.raises(AttributeError, match=r"Lost.objects"):
        Lost().objects  # type: ignore[arg-type]  # noqa: B018


# In a project


@pytest.mark.django_db
def test_managers_use_the_right_connection(zcrm_emulator: SiteEmulator) -> None:
    ines = User.objects.create_user("ines")
    zcrm_emulator.add_user("ines@example.com", "Ines", "Haddad")
    zcrm_emulator.connect()
    zcrm_emulator.connect(ines, email="ines@example.com")
    zcrm_emulator.create("Leads", 3, Company="Acme")
    zcrm_emulator.forget_requests()
    manager: Manager[Lead] = Lead.objects
    request = RequestFactory().get("/")
    request.user = ines
    found = [
        manager.all(),
        manager.filter(company="Acme"),
        manager.exclude(company="x"),
        manager.order_by("company"),
        manager.only("company"),
        manager.for_user(ines),
        manager.for_owner(ines),
        manager.for_request(request),
        zcrm.objects(Lead),
    ]
    assert [len(records) for records in found] == [3] * 9
    assert (manager.count(), manager.exists(), len(manager.none())) == (3, True, 0)
    assert manager.get(id=found[0][0].id) == manager.first() == found[0][0]
    assert manager.last() == found[0][2]
    with pytest.raises(AttributeError):
        manager.fliter  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.django_db
def test_shortcuts_and_views_accept_the_class(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    zcrm_emulator.create("Leads", 3, Company="Acme")
    lead = Lead.objects.all()[1]
    assert get_object_or_404(Lead, id=lead.id) == lead  # type: ignore[type-var]
    with pytest.raises(Http404):
        get_object_or_404(Lead, id=1)  # type: ignore[type-var]

    class Leads(ListView):  # type: ignore[type-arg]
        model = Lead
        paginate_by = 2
        ordering = "-last_name"

    response: Any = Leads.as_view()(RequestFactory().get("/"))
    assert len(response.context_data["lead_list"]) == 2
    assert response.template_name == ["records/lead_list.html"]


@pytest.mark.slow
def test_classes_can_be_declared_before_djangos_apps_are_ready() -> None:
    code = "import tests.app.records.shop, sys; sys.exit('django_zcrm.models' in sys.modules)"
    environment = {name: value for name, value in os.environ.items() if "DJANGO" not in name}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert done.returncode == 0
