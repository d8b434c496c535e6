"""The main job, step by step, against the emulator; raises at the first step that goes wrong."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import requests
from django.contrib.auth.models import User
from django.core.management.base import OutputWrapper
from django.core.paginator import Paginator
from django.db.models import Q, Sum
from django.utils import timezone

from django_zcrm import ConnectionClient, Invalid, zcrm
from django_zcrm.conf import get_settings

from .browser import Browser, messages_on

SCOPES = "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ"


class TourFailed(Exception):
    """Zoho's answer is not what the tour promises."""


def expect(condition: bool, message: str) -> None:
    """Stop the tour when a condition does not hold."""
    if not condition:
        raise TourFailed(message)


Step = tuple[str, Callable[[], None]]


class Tour:
    """One walk through the main job, as one user of the site."""

    def __init__(self, site: str, user: User, password: str, out: OutputWrapper) -> None:
        self.site, self.user, self.password, self.out = site, user, password, out
        self.browser = Browser(site)
        self.suffix = uuid.uuid4().hex[:6]
        self.lead = ""

    def run(self) -> None:
        """Take every step. Raises what the first one that fails raises."""
        for number, (title, step) in enumerate(self.steps(), 1):
            self._write(f"\n{number}. {title}")
            emulator("DELETE", "requests")
            step()
            self._show_requests()

    def steps(self) -> list[Step]:
        """Return the steps with their titles."""
        return [
            ("Connect a Zoho account by OAuth, as a person does in the browser", self.connect),
            ("List leads", self.list_leads),
            ("Ask with a query set: filter, explain, page", self.query),
            ("Create a lead", self.create),
            ("Attach a file, download it and compare the bytes", self.attach),
            ("Search", self.search),
            ("What a refused record looks like", self.refused),
            ("Convert the lead", self.convert),
            ("Connect the site itself, by a self client's grant token", self.connect_site),
        ]

    @property
    def crm(self) -> ConnectionClient:
        """The client of the tour's user."""
        return zcrm.for_user(self.user)

    def connect(self) -> None:
        """Log in, press Connect, accept on the consent page, come back."""
        browser = self.browser
        login = browser.open("/login/?next=/zcrm/connect/")
        page = browser.submit(login, "", username=self.user.get_username(), password=self.password)
        expect("Log out" in page.text, "the login did not work")
        consent = browser.submit(page, "/zcrm/connect/")
        self._show("consent page", consent.url.partition("?")[0])
        back = browser.submit(consent, "/oauth/v2/auth", decision="accept")
        expect(back.url.startswith(self.site), "the consent page did not lead back")
        for message in messages_on(back):
            self._show("the site says", message)
        me = self.crm.users.list(type="CurrentUser").rows[0]
        self._show("connected as", f"{me['full_name']} <{me['email']}>")

    def list_leads(self) -> None:
        """Read one page."""
        self._show_code('crm.records.list("Leads", fields=["Full_Name", "Company"], per_page=5)')
        page = self.crm.records.list("Leads", fields=["Full_Name", "Company"], per_page=5)
        for lead in page.rows:
            self._show(lead["id"], f"{lead['Full_Name']}, {lead['Company']}")
        self._show("more records", page.more_records)
        expect(len(page.rows) == 5, "five leads were asked for")

    def query(self) -> None:
        """Filter and order leads, see what reading them takes, and turn a page."""
        self._show_code('leads = crm.objects("Leads").exclude(Lead_Status="Lost Lead")')
        leads = self.crm.objects("Leads").exclude(Lead_Status="Lost Lead")
        self._show_code('large = Q(Company__icontains="bank") | Q(Annual_Revenue__gte=300_000_000)')
        large = Q(Company__icontains="bank") | Q(Annual_Revenue__gte=300_000_000)
        self._show_code('leads = leads.filter(large).only("Full_Name", "Company")')
        leads = leads.filter(large).only("Full_Name", "Company")
        self._show_code("print(leads.explain())")
        for line in str(leads.explain()).splitlines():
            self._write(f"       {line}")
        self._show_code('page = Paginator(leads.order_by("-Created_Time"), per_page=3).page(2)')
        page = Paginator(leads.order_by("-Created_Time"), per_page=3).page(2)
        for lead in page:
            self._show(lead["id"], f"{lead['Full_Name']}, {lead['Company']}")
        self._show("page", f"{page.number} of {page.paginator.num_pages}")
        self._show_code('leads.aggregate(total=Sum("Annual_Revenue"))')
        self._show("total", f"{leads.aggregate(total=Sum('Annual_Revenue'))['total']:,.0f}")
        expect(page.paginator.count == len(leads), "the pages hold other leads than the query set")

    def create(self) -> None:
        """Make the lead that the other steps are about."""
        record = {
            "Last_Name": "Wong",
            "First_Name": "Alice",
            "Company": f"Acme {self.suffix}",
            "Email": f"alice.{self.suffix}@acme.example",
        }
        self._show_code(f'crm.records.create_one("Leads", {record})')
        created = self.crm.records.create_one("Leads", record)
        self.lead = created.id
        self._show(created.code, f"{created.message}, id {created.id}")
        self._show_code('crm.records.get("Leads", lead)')
        stored = self.crm.records.get("Leads", created.id)
        self._show(stored["id"], f"{stored['Full_Name']}, {stored['Company']}, {stored['Email']}")
        expect(stored["Email"] == record["Email"], "the stored lead is another one")

    def attach(self) -> None:
        """Send a file and get the same back."""
        content = bytes(range(256)) * 1024
        self._show_code('crm.attachments.upload("Leads", lead, ("offer.pdf", content))')
        sent = self.crm.attachments.upload("Leads", self.lead, ("offer.pdf", io.BytesIO(content)))
        self._show(sent.code, f"{sent.message}, id {sent.id}")
        self._show_code('crm.attachments.download("Leads", lead, attachment).read()')
        with self.crm.attachments.download("Leads", self.lead, sent.id) as file:
            received = file.read()
        self._show(file.filename, f"{len(received):,} bytes back, of {len(content):,} sent")
        expect(received == content, "the bytes that came back differ")
        self._show("compared", "the same to the last byte")

    def search(self) -> None:
        """Find the lead by its unique address."""
        email = f"alice.{self.suffix}@acme.example"
        self._show_code(f'crm.records.search("Leads", email="{email}")')
        leads = self.crm.records.search("Leads", email=email).rows
        for lead in leads:
            self._show(lead["id"], f"{lead['Full_Name']}, {lead['Company']}")
        expect([lead["id"] for lead in leads] == [self.lead], "the search does not find the lead")

    def refused(self) -> None:
        """Send one bad record alone, then a bad one among good ones."""
        self._show_code('crm.records.create_one("Leads", {"First_Name": "Nobody"})')
        try:
            self.crm.records.create_one("Leads", {"First_Name": "Nobody"})
        except Invalid as error:
            self._show("raised", f"{type(error).__name__}: {error}")
            self._show("field_errors", error.field_errors)
            expect("Last_Name" in error.field_errors, "the refusal does not name the field")
        else:
            raise TourFailed("a lead without a last name was taken")
        batch = [{"Last_Name": "Okoye"}, {"Last_Name": "Lima", "Email": "not-an-address"}]
        self._show_code(f'crm.records.create("Leads", {batch})')
        result = self.crm.records.create("Leads", batch)
        for outcome in result:
            self._show(f"item {outcome.index}", outcome.error or f"{outcome.code}, id {outcome.id}")
        expect([outcome.ok for outcome in result] == [True, False], "one of two should be refused")
        self.crm.records.delete("Leads", result.ids).raise_for_failures()

    def convert(self) -> None:
        """Make a contact, an account and a deal of the lead."""
        deal = {
            "Deal_Name": f"Acme {self.suffix}, first order",
            "Stage": "Qualification",
            "Closing_Date": timezone.localdate() + timedelta(days=30),
            "Amount": 1200,
        }
        self._show_code('crm.leads.convert(lead, {"Deals": {"Deal_Name": ..., "Stage": ..., ...}})')
        conversion = self.crm.leads.convert(self.lead, {"Deals": deal})
        self._show(conversion.code, conversion.message)
        for module in ("Contacts", "Accounts", "Deals"):
            expect(bool(conversion.details.get(module)), f"the conversion made none of {module}")
            self._show(module, conversion.details[module])

    def connect_site(self) -> None:
        """Give the site a separate connection, in addition to those of its users."""
        self._show_code("zcrm.generate_auth_tokens(user_identifier, grant_token)")
        connection = zcrm.generate_auth_tokens("lead-desk", _grant_token())
        connection.make_default()
        self._show("connected", connection)
        self._show_code("zcrm.org.get()")
        self._show("company_name", zcrm.org.get()["company_name"])

    def _write(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()

    def _show_code(self, line: str) -> None:
        self._write(f"   >>> {line}")

    def _show(self, name: Any, value: Any) -> None:
        self._write(f"       {name}: {value}")

    def _show_requests(self) -> None:
        """Show what was sent in this step, and how Zoho answered."""
        self._write("   on the wire:")
        requests = emulator("GET", "requests")["requests"]
        for request in requests:
            self._write(f"       {request['status']} {request['method']} {request['path']}")
        if not requests:
            self._write("       nothing")


def emulator(method: str, path: str, **kwargs: Any) -> Any:
    """Call the emulator's control API, and return its response."""
    url = f"{get_settings().accounts_url}/emulator/{path}"
    response = requests.request(method, url, timeout=10, **kwargs)
    response.raise_for_status()
    return response.json()


def _grant_token() -> str:
    """Make the code that Zoho's API console shows for a self client."""
    return str(emulator("POST", "grant-codes", json={"scope": SCOPES})["code"])
