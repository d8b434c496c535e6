"""Conditions find what Django finds: each promise of its documentation is kept by both sides."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db.models import Q

from tests.cases import check_each
from tests.wire.query.both import Ask, Both

NOON = datetime(2025, 1, 1, 7, 30, tzinfo=ZoneInfo("America/New_York"))

LOOKUPS: dict[str, Ask] = {
    "exact finds equal text": lambda leads: leads.filter(Company__exact="O'Neil"),
    "exact is what a name alone means": lambda leads: leads.filter(Company="O'Neil"),
    "exact None is isnull": lambda leads: leads.filter(Company__exact=None),
    "iexact ignores case": lambda leads: leads.filter(Company__iexact="ACME LTD"),
    "iexact None is isnull": lambda leads: leads.filter(Company__iexact=None),
    "contains finds a part": lambda leads: leads.filter(Company__contains="cme"),
    "icontains ignores case": lambda leads: leads.filter(Company__icontains="CME"),
    "contains of nothing finds all that are not empty": lambda leads: leads.filter(
        Company__contains=""
    ),
    "contains takes quotes as they are": lambda leads: leads.filter(Company__contains='"Best"'),
    "contains takes an underscore as it is": lambda leads: leads.filter(Company__contains="a_b"),
    "startswith finds a beginning": lambda leads: leads.filter(Company__startswith="Zed,"),
    "istartswith ignores case": lambda leads: leads.filter(Company__istartswith="zED"),
    "endswith finds an end": lambda leads: leads.filter(Email__endswith="acme.example"),
    "iendswith ignores case": lambda leads: leads.filter(Email__iendswith="ACME.example"),
    "in takes a list": lambda leads: leads.filter(Lead_Status__in=["Contacted", "Lost Lead"]),
    "in takes a tuple": lambda leads: leads.filter(No_of_Employees__in=(1, 7)),
    "in takes a set": lambda leads: leads.filter(No_of_Employees__in={50, 560}),
    "in takes a generator": lambda leads: leads.filter(No_of_Employees__in=(n for n in (1, 7))),
    "in of nothing finds nothing": lambda leads: leads.filter(Company__in=[]),
    "in leaves None out": lambda leads: leads.filter(Company__in=["Acme", None]),
    "in finds a record once, however often it is named": lambda leads: leads.filter(
        Company__in=["Acme", "Acme"]
    ),
    "gt finds more": lambda leads: leads.filter(No_of_Employees__gt=7),
    "gte finds as much or more": lambda leads: leads.filter(No_of_Employees__gte=7),
    "lt finds less": lambda leads: leads.filter(Annual_Revenue__lt=0),
    "lte finds as much or less": lambda leads: leads.filter(Annual_Revenue__lte=Decimal("0.5")),
    "range includes both ends": lambda leads: leads.filter(No_of_Employees__range=(1, 50)),
    "range from high to low finds nothing": lambda leads: leads.filter(
        No_of_Employees__range=(50, 1)
    ),
    "range of dates includes both days": lambda leads: leads.filter(
        Follow_Up_Date__range=(date(2025, 1, 1), date(2025, 6, 30))
    ),
    "isnull finds what is empty": lambda leads: leads.filter(Annual_Revenue__isnull=True),
    "isnull=False finds what is not": lambda leads: leads.filter(Annual_Revenue__isnull=False),
    "numbers are compared as numbers": lambda leads: leads.filter(Annual_Revenue__gt="9"),
    "a long number keeps its digits": lambda leads: leads.filter(
        Customer_Number=999_999_999_999_999_999
    ),
    "True finds what is ticked": lambda leads: leads.filter(Email_Opt_Out=True),
    "False finds what is not": lambda leads: leads.filter(Email_Opt_Out=False),
    "a date is compared with a date": lambda leads: leads.filter(
        Follow_Up_Date__gt=date(2025, 1, 1)
    ),
    "a date is compared with its text": lambda leads: leads.filter(Follow_Up_Date="2025-06-30"),
    "a moment is the same in every time zone": lambda leads: leads.filter(Demo_Scheduled_At=NOON),
    "a moment is compared with another": lambda leads: leads.filter(Demo_Scheduled_At__lt=NOON),
    "date is the day in the current time zone": lambda leads: leads.filter(
        Demo_Scheduled_At__date=date(2024, 12, 31)
    ),
    "date takes further lookups": lambda leads: leads.filter(
        Demo_Scheduled_At__date__gt=date(2024, 12, 31)
    ),
    "year of a date": lambda leads: leads.filter(Follow_Up_Date__year=2025),
    "year of a moment, in the current time zone": lambda leads: leads.filter(
        Demo_Scheduled_At__year=2024
    ),
    "year takes further lookups": lambda leads: leads.filter(Follow_Up_Date__year__gte=2025),
    "year takes several": lambda leads: leads.filter(Follow_Up_Date__year__in=[2024, 2026]),
    "pk is the id": lambda leads: leads.filter(pk=leads.order_by("id")[4].pk),
    "pk takes lookups": lambda leads: leads.filter(pk__gt=leads.order_by("id")[40].pk),
    "pk takes several": lambda leads: leads.filter(
        pk__in=[lead.pk for lead in leads.order_by("id")[5:9]]
    ),
    "a lookup is followed": lambda leads: leads.filter(Referred_By__Last_Name="Zoe"),
    "a lookup is followed to a lookup's end": lambda leads: leads.filter(
        Referred_By__Last_Name__istartswith="AB"
    ),
    "beyond an empty lookup all is empty": lambda leads: leads.filter(
        Referred_By__Department__isnull=True
    ),
    "a lookup can be empty": lambda leads: leads.filter(Referred_By__isnull=True),
    "a lookup is compared by id": lambda leads: leads.filter(
        Referred_By=leads.filter(Referred_By__isnull=False).order_by("id")[0].Referred_By.pk
    ),
    "a lookup is compared by its id's name": lambda leads: leads.filter(
        Referred_By__id=leads.filter(Referred_By__isnull=False).order_by("id")[0].Referred_By.pk
    ),
    "a lookup is compared with a record": lambda leads: leads.filter(
        Referred_By=leads.filter(Referred_By__isnull=False).order_by("id")[0].Referred_By
    ),
    "a field that does not exist is refused": lambda leads: leads.filter(Compny="Acme"),
    "a lookup that does not exist is refused": lambda leads: leads.filter(Company__is="Acme"),
    "a lookup after a lookup is refused": lambda leads: leads.filter(Company__exact__in=["Acme"]),
}

JOINED: dict[str, Ask] = {
    "arguments of filter() all hold": lambda leads: leads.filter(
        Lead_Status="Contacted", Email_Opt_Out=False
    ),
    "filter() after filter() narrows": lambda leads: leads.filter(Lead_Status="Contacted").filter(
        Email_Opt_Out=False
    ),
    "filter() without arguments changes nothing": lambda leads: leads.filter(),
    "exclude() takes away what matches": lambda leads: leads.exclude(Lead_Status="Contacted"),
    "exclude() keeps what is empty": lambda leads: leads.exclude(No_of_Employees__gt=7),
    "exclude() of several takes away what matches all": lambda leads: leads.exclude(
        Lead_Status="Contacted", Email_Opt_Out=False
    ),
    "exclude() after exclude() takes away more": lambda leads: leads.exclude(
        Lead_Status="Contacted"
    ).exclude(Email_Opt_Out=False),
    "exclude() of an empty list takes nothing away": lambda leads: leads.exclude(Company__in=[]),
    "exclude() of None takes away what is empty": lambda leads: leads.exclude(Company=None),
    "exclude() of a range": lambda leads: leads.exclude(No_of_Employees__range=(1, 50)),
    "exclude() of a list keeps what is empty": lambda leads: leads.exclude(
        Lead_Status__in=["Contacted", "Lost Lead"]
    ),
    "exclude() of a part": lambda leads: leads.exclude(Company__icontains="acme"),
    "exclude() beyond a lookup keeps leads without one": lambda leads: leads.exclude(
        Referred_By__Last_Name="Zoe"
    ),
    "Q joined by &": lambda leads: leads.filter(
        Q(Lead_Status="Contacted") & Q(Email_Opt_Out=False)
    ),
    "Q joined by |": lambda leads: leads.filter(Q(Company="Acme") | Q(No_of_Employees__gt=50)),
    "Q joined by ^": lambda leads: leads.filter(Q(Email_Opt_Out=True) ^ Q(Company__isnull=True)),
    "three of Q joined by ^ hold in odd numbers": lambda leads: leads.filter(
        Q(Email_Opt_Out=True) ^ Q(Company__isnull=True) ^ Q(Email__isnull=True)
    ),
    "Q negated by ~": lambda leads: leads.filter(~Q(Company="Acme")),
    "Q negated twice": lambda leads: leads.filter(~~Q(Company="Acme")),
    "Q nested": lambda leads: leads.filter(
        (Q(Company="Acme") | Q(Email__isnull=True))
        & ~(Q(No_of_Employees=1) | Q(Email_Opt_Out=True))
    ),
    "Q holds as many conditions as it is given": lambda leads: leads.filter(
        Q(Lead_Status="Contacted", Email_Opt_Out=False)
    ),
    "Q and keywords": lambda leads: leads.filter(
        Q(Company="Acme") | Q(Company__isnull=True), Email_Opt_Out=False
    ),
    "several of Q all hold": lambda leads: leads.filter(
        Q(Company__isnull=False), ~Q(Lead_Status="Contacted")
    ),
    "Q without conditions changes nothing": lambda leads: leads.filter(Q()),
    "Q without conditions is joined without effect": lambda leads: leads.filter(
        Q() | Q(Company="Acme")
    ),
    "Q built in a loop": lambda leads: leads.filter(
        reduce(or_, [Q(No_of_Employees=number) for number in (1, 7, 50)])
    ),
    "Q built from pairs": lambda leads: leads.filter(Q(("Company", "Acme"), ("Email", None))),
    "record sets joined by &": lambda leads: (
        leads.filter(Lead_Status="Contacted") & leads.filter(Email_Opt_Out=False)
    ),
    "record sets joined by |": lambda leads: (
        leads.filter(Company="Acme") | leads.filter(No_of_Employees=7)
    ),
    "record sets joined by ^": lambda leads: (
        leads.filter(Email_Opt_Out=True) ^ leads.filter(Company__isnull=True)
    ),
    "all of them joined by ^ leaves the others": lambda leads: (
        leads.filter(Email_Opt_Out=True) ^ leads.all()
    ),
    "none of them joined by ^ changes nothing": lambda leads: (
        leads.filter(Email_Opt_Out=True) ^ leads.none()
    ),
    "none of them joined by | changes nothing": lambda leads: (
        leads.none() | leads.filter(Email_Opt_Out=True)
    ),
    "none of them joined by & leaves none": lambda leads: leads.none() & leads.all(),
    "slices are not joined": lambda leads: leads[:5] & leads.filter(Company="Acme"),
}


@check_each("promise", LOOKUPS)
def test_lookups_match_django_results(promise: str, both: Both) -> None:
    ours, theirs = both.answers(LOOKUPS[promise])
    assert ours == theirs


@check_each("promise", JOINED)
def test_joined_conditions_match_django_results(promise: str, both: Both) -> None:
    ours, theirs = both.answers(JOINED[promise])
    assert ours == theirs
