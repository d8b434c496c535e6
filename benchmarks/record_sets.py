"""What a record set costs on top of its page of COQL, and what compiling a query takes.

Every contender requests the same 2,000 leads with one request, and goes through them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from django.db.models import Q

from benchmarks.calls import Turn, repeat
from benchmarks.leads import FIELDS, metadata, serving
from django_zcrm.records import Boolean, Currency, Date, DateTime, Email, Integer, Record, Text
from django_zcrm.zoho.auth.tokens import AccessToken, StaticToken
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.http.messages import Headers, ZohoRequest, ZohoResponse
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from django_zcrm.zoho.secret import Secret

ROWS = 2_000
PAGE = (
    f"select id, {', '.join(FIELDS)} from Leads where id is not null "  # noqa: S608 - COQL
    f"order by id asc limit {ROWS} offset 0"
)
AT_MOST = {
    "a record set": 1.1,
    "a record set of typed records": 1.8,
    "compiling ten conditions": 100,
}
"""What is promised: ratios to a page, and microseconds."""


class Lead(Record):
    """A lead with all of the server's fields."""

    last_name = Text("Last_Name")
    company = Text("Company")
    email = Email("Email")
    city = Text("City")
    status = Text("Lead_Status")
    employees = Integer("No_of_Employees")
    revenue = Currency("Annual_Revenue")
    follow_up = Date("Follow_Up_Date")
    created = DateTime("Created_Time")
    opted_out = Boolean("Email_Opt_Out")

    class Zoho:
        module = "Leads"


def _gone_through(rows: Any) -> int:
    count = 0
    for _ in rows:
        count += 1
    return count


@contextmanager
def contenders() -> Iterator[dict[str, Turn]]:
    """Give the contenders; the first is what the others are compared to."""
    transport = RequestsTransport("django-zcrm/benchmark")
    with serving(1_000_000) as leads:
        crm = Client(Session(StaticToken(AccessToken(Secret("token"), leads.url)), transport))
        untyped, typed = crm.objects("Leads").only(*FIELDS), crm.objects(Lead)
        subjects: dict[str, Callable[[], Any]] = {
            "a Page of crm.coql.query": lambda: _gone_through(crm.coql.query(PAGE)),
            "a record set": lambda: _gone_through(untyped[:ROWS].iterator(via="coql")),
            "a record set of typed records": lambda: _gone_through(
                typed[:ROWS].iterator(via="coql")
            ),
            "a record set that is kept": lambda: _gone_through(untyped[:ROWS]),
            "typed records, one field of each read": lambda: [
                lead.revenue for lead in typed[:ROWS].iterator(via="coql")
            ],
        }
        try:
            yield {name: repeat(subject) for name, subject in subjects.items()}
        finally:
            transport.close()


class _Metadata:
    """A transport that knows the metadata and nothing else."""

    def send(
        self, base_url: str, request: ZohoRequest, timeout: tuple[float, float]
    ) -> ZohoResponse:
        """Return the fields of any module."""
        headers = Headers({"content-type": "application/json"})
        return ZohoResponse(200, headers, metadata(), operation=request.operation)


def compiling(rounds: int, times: int = 200) -> dict[str, float]:
    """Return the microseconds of CPU that ten conditions take: the median of all rounds."""
    tokens = StaticToken(AccessToken(Secret("token"), "https://www.zohoapis.com"))
    crm = Client(Session(tokens, _Metadata()))
    leads = crm.objects("Leads").only("Last_Name")
    conditions = (
        Q(Company__icontains="acme") | Q(Annual_Revenue__gte=1000) | Q(Email__endswith=".example"),
        Q(Lead_Status__in=["Contacted", "Lost Lead"]) & ~Q(City="Bonn"),
    )

    def filtered() -> Any:
        return leads.filter(
            *conditions,
            No_of_Employees__gt=5,
            Follow_Up_Date__lte="2026-12-24",
            Last_Name__startswith="Lead",
            Email_Opt_Out=False,
        )

    records = filtered()
    subjects: dict[str, Callable[[], str]] = {
        "compiling ten conditions": lambda: str(records.query),
        "the same, with the filter()": lambda: str(filtered().query),
    }
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, subject in subjects.items():
            started = time.process_time()
            for _ in range(times):
                subject()
            taken[name].append((time.process_time() - started) / times * 1e6)
    return {name: median(microseconds) for name, microseconds in taken.items()}
