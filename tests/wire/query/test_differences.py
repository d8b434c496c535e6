"""Each difference from Django in the reference is one: every row of its table has a test."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from datetime import datetime, timedelta

import django
import pytest
from django.db.models import Avg, Count, Q, QuerySet, Sum
from django.utils import timezone

from django_zcrm.testing.standalone import emulate
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConfigurationError, NotSupported, TooManyRecords
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import Options, RecordSet
from tests.cases import check_each
from tests.wire.query.both import SIZE, Both, Contact
from tests.wire.query.oracle import MOMENTS
from tests.wire.query.tables import rows

Leads = RecordSet[RecordDict]
Check = Callable[[Both], None]
CHECKS: dict[str, Check] = {}


def difference(row: str) -> Callable[[Check], Check]:
    """Take a function for the test of a row of the table, named by its first cell."""

    def registered(check: Check) -> Check:
        CHECKS[row] = check
        return check

    return registered


def make_untyped(both: Both) -> Leads:
    return both.crm.objects("Leads").only("Company", "Annual_Revenue", "Owner")


def find_ids(both: Both, condition: Q) -> tuple[set[int], set[int]]:
    """Return the ids that we find, and those that Django finds."""
    ours = {
        int(record_id) for record_id in both.zoho.filter(condition).values_list("id", flat=True)
    }
    return ours, set(both.django.filter(condition).values_list("id", flat=True))


@difference("case of letters")
def case_never_matters(both: Both) -> None:
    for name, value in [("", "ACME LTD"), ("__contains", "CME L"), ("__startswith", "ACME l")]:
        found = both.zoho.filter(**{f"Company{name}": value})
        assert {lead.Company for lead in found} == {"acme Ltd"}
    assert both.zoho.filter(Company__in=["o'neil"]).count() > 0
    assert both.zoho.exclude(Company="ACME LTD").filter(Company="acme Ltd").count() == 0


@difference("the order of text")
def order_of_text_knows_no_case(both: Both) -> None:
    names = [lead.Company for lead in both.zoho.filter(Company__startswith="acme")]
    ordered = both.zoho.filter(Company__startswith="acme").order_by("Company", "id")
    assert [lead.Company for lead in ordered] == sorted(names, key=str.casefold)
    assert {"Acme", "ACME", "acme Ltd"} == set(names)


@difference("the order of empty fields")
def what_is_empty_comes_last(both: Both) -> None:
    for order in ("No_of_Employees", "-No_of_Employees"):
        numbers = [lead.No_of_Employees for lead in both.zoho.order_by(order)]
        empty = numbers.count(None)
        assert empty > 3
        assert None not in numbers[:-empty]
    assert both.django.order_by("No_of_Employees").first().No_of_Employees is None


@difference("empty text")
def empty_text_is_none(both: Both) -> None:
    assert both.zoho.filter(Company="").count() == both.zoho.filter(Company=None).count() > 3
    assert both.django.filter(Company="").count() == 0


@difference("checkboxes")
def checkboxes_are_never_empty(both: Both) -> None:
    assert both.zoho.filter(Email_Opt_Out__isnull=True).count() == 0
    assert (
        both.zoho.exclude(Email_Opt_Out=True).count()
        == both.zoho.filter(Email_Opt_Out=False).count()
    )


@difference("no `order_by`")
def without_an_order_they_come_by_id(both: Both) -> None:
    ids = [int(lead.pk) for lead in both.zoho.filter(Email_Opt_Out=False)]
    assert ids == sorted(ids)
    assert (both.zoho.ordered, both.django.ordered) == (True, False)
    tied = [(lead.Email_Opt_Out, int(lead.pk)) for lead in both.zoho.order_by("Email_Opt_Out")]
    assert tied == sorted(tied)


@difference("datetimes")
def moments_are_whole_seconds(both: Both) -> None:
    whole = MOMENTS[1]
    later = whole + timedelta(milliseconds=500)
    assert both.zoho.filter(Demo_Scheduled_At=later).count() == 0
    assert both.zoho.filter(Demo_Scheduled_At=whole).count() > 0
    for lookup in ("gt", "gte", "lt", "lte"):
        ours, theirs = find_ids(both, Q(**{f"Demo_Scheduled_At__{lookup}": later}))
        assert ours == theirs


@difference("naive datetimes")
def a_moment_needs_a_time_zone(both: Both) -> None:
    naive = datetime(2025, 1, 1)
    with pytest.raises(ConfigurationError, match="time zone"):
        both.zoho.filter(Demo_Scheduled_At__gt=naive).count()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        both.django.filter(Demo_Scheduled_At__gt=naive).count()
    assert "naive datetime" in str(caught[0].message)


@difference("ids")
def ids_are_strings(both: Both) -> None:
    first = both.zoho.first()
    assert isinstance(first.pk, str)
    assert isinstance(both.django.first().pk, int)
    assert both.zoho.get(id=int(first.pk)) == both.zoho.get(id=first.pk) == first
    assert list(both.zoho.in_bulk([int(first.pk)])) == [first.pk]


@difference("writes return")
def writes_return_outcomes(both: Both) -> None:
    with emulate(data="empty") as zcrm:
        leads = zcrm.client().objects("Leads")
        made = leads.bulk_create([{"Last_Name": "Wong"}, {"Last_Name": "Young"}])
        assert (len(made.accepted), [row.ok for row in made]) == (2, [True, True])
        changed = leads.filter(Last_Name="Wong").update(Company="Acme")
        assert (len(changed.accepted), [row.ok for row in changed]) == (1, [True])
        assert len(leads.all().delete().accepted) == 2
        contacts, zoe = zcrm.client().objects(Contact), Contact(Last_Name="Zoe")
        contacts.bulk_create([zoe])
        assert zoe.pk == contacts.get(Last_Name="Zoe").pk


@difference("a row that cannot be written")
def a_refused_row_is_told_of(both: Both) -> None:
    with emulate(data="empty") as zcrm:
        leads = zcrm.client().objects("Leads")
        made = leads.bulk_create([{"Last_Name": "Wong"}, {"Email": "no address"}])
        assert [row.ok for row in made] == [True, False]
        assert len(made.accepted) == leads.count() == 1


@difference('`values("Owner")`')
def lookups_have_names_and_ids(both: Both) -> None:
    row = make_untyped(both).values("Owner", "Owner__id")[0]
    assert row["Owner"].keys() == {"name", "id"}
    assert row["Owner__id"] == row["Owner"]["id"]


@difference("sums and averages of currencies")
def sums_are_numbers(both: Both) -> None:
    aggregates = {"total": Sum("Annual_Revenue"), "average": Avg("Annual_Revenue")}
    numbers = make_untyped(both).aggregate(**aggregates)
    assert {type(number).__name__ for number in numbers.values()} <= {"float", "int"}
    assert type(both.zoho.aggregate(**aggregates)["total"]).__name__ == "Decimal"


@difference("`^` inside a negation, as `~(a ^ ~b)`")
def an_empty_field_does_not_match(both: Both) -> None:
    condition, other = Q(Email_Opt_Out=True), Q(Company="Acme")
    ours, theirs = find_ids(both, ~(condition ^ ~other))
    first, second = find_ids(both, condition)[0], find_ids(both, other)[0]
    every = {int(record_id) for record_id in both.zoho.values_list("id", flat=True)}
    # Odd numbers of: the first, and not the second. The negation takes the others.
    assert ours == every - (first ^ (every - second))
    if django.VERSION < (6, 0):  # later ones may mend it
        assert ours != theirs


@difference("OR of two negations, through lookups")
def leads_with_an_empty_lookup_stay(both: Both) -> None:
    condition = ~Q(Referred_By__Department__isnull=True) | ~Q(Referred_By__Last_Name="Nobody")
    ours, theirs = find_ids(both, condition)
    assert len(ours) == SIZE
    if django.VERSION < (6, 0):  # later ones may mend it
        assert len(theirs) < SIZE


@difference('`Count("field")` in groups')
def groups_count_ids(both: Both) -> None:
    groups = both.zoho.values("Email_Opt_Out")
    assert groups.annotate(n=Count("id"), m=Count("Referred_By"), s=Count("Lead_Status")).count()
    with pytest.raises(NotSupported, match="not compute COUNT of Company"):
        groups.annotate(n=Count("Company")).first()
    assert both.django.values("Email_Opt_Out").annotate(n=Count("Company")).count() == 2
    assert both.zoho.aggregate(n=Count("Company"))["n"] > 0


@difference("`repr()`")
def repr_asks_nothing(both: Both) -> None:
    both.oracle.zcrm.forget_requests()
    leads = make_untyped(both)
    assert repr(leads) == "<RecordSet of Leads, not fetched>"
    assert not both.oracle.zcrm.requests
    list(leads)
    assert repr(leads) == f"<RecordSet of Leads, {SIZE} records>"


@difference("many records")
def more_than_may_be_kept_is_refused(both: Both) -> None:
    leads = Client(both.crm.session, Options(rows=SIZE - 1)).objects("Leads").only("id")
    with pytest.raises(TooManyRecords, match=r"\.iterator\(\)"):
        len(leads)
    assert len(list(leads.iterator())) == SIZE


@difference("changes while reading")
def no_record_comes_twice(both: Both) -> None:
    with emulate(data="empty") as zcrm:
        made = [lead["id"] for lead in zcrm.create("Leads", 6)]
        crm = zcrm.client()
        seen: list[str] = []
        for lead in crm.objects("Leads").only("id").iterator(chunk_size=2):
            if not seen:
                crm.records.delete("Leads", [made[0]])
                made.append(zcrm.create("Leads")["id"])
            seen.append(lead["id"])
        assert seen == made


@difference("pickling")
def a_record_set_is_not_pickled(both: Both) -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(both.zoho)
    assert pickle.loads(pickle.dumps(list(both.zoho[:2]))) == list(both.zoho[:2])  # noqa: S301
    assert pickle.dumps(both.django[:2])


@difference("slices joined by OR")
def slices_are_not_joined(both: Both) -> None:
    with pytest.raises(TypeError, match="once a slice has been taken"):
        both.zoho[:5] | both.zoho.filter(Company="Acme")
    # Built, but not run: its subquery would go to another database here.
    assert isinstance(both.django[:5] | both.django.filter(Company="Acme"), QuerySet)


@difference("`contains()` of a slice")
def a_slice_contains(both: Both) -> None:
    assert both.zoho[:5].contains(both.zoho[4])
    assert not both.zoho[:5].contains(both.zoho[5])
    with pytest.raises(TypeError):
        both.django[:5].contains(both.django[4])


@check_each("row", CHECKS)
def test_a_difference_is_as_the_reference_says(row: str, both: Both) -> None:
    assert timezone.get_current_timezone_name() == "America/New_York"
    CHECKS[row](both)


def test_every_difference_in_the_reference_has_a_test() -> None:
    assert rows("Differences from Django") == list(CHECKS)
