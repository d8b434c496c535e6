"""Type checkers know the types of record sets and typed records, and find their mistakes."""

from __future__ import annotations

import inspect
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any, get_overloads

import pytest

from django_zcrm.zoho import aio
from django_zcrm.zoho.query import RecordSet
from django_zcrm.zoho.query.unsupported import UnsupportedMethods
from tests.cases import check_each
from tests.contract.test_types import CHECKER_PARAMS, CHECKERS, RULES, Found

HEAD = """
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from django_zcrm.records import (
    Boolean, Currency, DateTime, Formula, Integer, Lookup, Picklist, Record, Reference, Tags, Text
)
from django_zcrm.zoho.aio import AsyncRecordSet
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.query import Q, RecordSet, WriteResult

class Status(Enum):
    CONTACTED = "Contacted"

class Account(Record):
    name = Text("Account_Name", required=True)

    class Zoho:
        module = "Accounts"

class Lead(Record):
    last_name = Text("Last_Name", required=True)
    company = Text("Company")
    revenue = Currency("Annual_Revenue")
    status = Picklist("Lead_Status", choices=Status)
    rating = Picklist("Rating")
    opted_out = Boolean("Email_Opt_Out")
    account = Lookup("Account_Name", to=Account)
    partner = Lookup("Partner", to="Account", read_only=True)
    modified = DateTime("Modified_Time", read_only=True)
    score = Formula("Score", Integer)
    tags = Tags("Tag")

    class Zoho:
        module = "Leads"
"""

RIGHT = """
rows: RecordSet[dict[str, Any]] = crm.objects("Leads").filter(Q(Company="a") | ~Q(Email=None))[:5]
row: dict[str, Any] | None = crm.objects("Leads").order_by("-id").first()
leads: RecordSet[Lead] = crm.objects(Lead).filter(company="a").exclude(pk=1).reverse()[5:]
leads: RecordSet[Lead] = crm.objects(Lead).filter(company="a") ^ crm.objects(Lead).none()
lead: Lead = Lead.objects.using(crm).get(id="5")
lead: Lead | None = Lead.objects.filter(company="a").last()
name: str = Lead.objects.all()[0].last_name
company: str | None = crm.objects(Lead)[0].company
revenue: Decimal | None = crm.objects(Lead)[0].revenue
status: Status | None = crm.objects(Lead)[0].status
rating: str | None = crm.objects(Lead)[0].rating
opted_out: bool = crm.objects(Lead)[0].opted_out
account: Reference | None = crm.objects(Lead)[0].account
modified: datetime | None = crm.objects(Lead)[0].modified
score: int | None = crm.objects(Lead)[0].score
tags: list[str] | None = crm.objects(Lead)[0].tags
by_id: dict[Any, Lead] = crm.objects(Lead).in_bulk(["5"])
values: dict[str, Any] = crm.objects(Lead).values("company")[0]
pairs: list[tuple[Any, ...]] = list(crm.objects(Lead).values_list("company", "revenue"))
count: int = await crm.aio.objects(Lead).acount()
lead: Lead = await crm.objects(Lead).aget(id=5)
names: list[str] = [lead.last_name async for lead in crm.aio.objects(Lead)]
saved: Lead = Lead(last_name="Wong", account=Account(name="a")).save(using=crm)
crm.objects(Lead)[0].company = None
crm.objects(Lead)[0].account = Account(name="a")
print(Lead.company.name, Lead.DoesNotExist, Lead.objects.for_user)
for lead in crm.objects(Lead).iterator(via="bulk"): lead.last_name.upper()
row: dict[str, Any] = crm.objects("Leads").create(Last_Name="a")
lead: Lead = Lead.objects.create(last_name="a")
lead: Lead = await crm.aio.objects(Lead).acreate(last_name="a")
leads: AsyncRecordSet[Lead] = crm.aio.objects(Lead).filter(company="a").order_by("-id")[:5]
names: list[str] = [row["Last_Name"] async for row in crm.aio.objects("Leads").only("Last_Name")]
rows: AsyncRecordSet[dict[str, Any]] = crm.aio.objects(Lead).values("company")
async for lead in crm.aio.objects(Lead).aiterator(via="bulk"): lead.last_name.upper()
result: WriteResult = await crm.aio.objects("Leads").aupsert([{"Email": "a"}], on=["Email"])
result: WriteResult = crm.objects(Lead).upsert([Lead(last_name="a")], on=["email"], via="bulk")
result: WriteResult = (await crm.objects(Lead).aupdate(company="b")).raise_for_failures()
succeeded: bool = Lead.objects.bulk_create([{"last_name": "a"}]).retry_failed(via="records").ok
code: str = crm.objects(Lead).all().delete()[0].code
""".strip().split("\n")

WRONG = {
    "list(crm.aio.objects(Lead))": "overload",
    "for lead in crm.aio.objects(Lead): print(lead)": "attr-defined",
    "len(crm.aio.objects(Lead))": "arg-type",
    "crm.aio.objects(Lead).count()": "attr-defined",
    "crm.aio.objects(Lead)[0]": "index",
    'crm.aio.objects("Leads").filter(Company="a").delete()': "attr-defined",
    'row: str = await crm.aio.objects("Leads").acount()': "assignment",
    'crm.object("Leads")': "attr-defined",
    "crm.objects(int)": "type-var",
    'crm.objects("Leads").fliter(a=1)': "attr-defined",
    'crm.objects("Leads").iterator(via="csv")': "arg-type",
    'crm.objects("Leads").order_by(7)': "arg-type",
    'crm.objects(Lead) ^ ["5"]': "operator",
    'crm.objects("Leads").bulk_create([], via="csv")': "arg-type",
    'crm.objects("Leads").upsert([], trigger=["workflows"])': "list-item",
    'crm.objects("Leads").bulk_update([])': "call-arg",
    'lead: Lead = crm.objects("Leads").create(Last_Name="a")': "assignment",
    'crm.objects("Leads").search(words="a")': "call-arg",
    'row: Lead = crm.objects("Leads")[0]': "assignment",
    "row: dict[str, Any] = crm.objects(Lead)[0]": "assignment",
    "lead: Lead = crm.objects(Lead).first()": "assignment",
    "company: str = crm.objects(Lead)[0].company": "assignment",
    "revenue: float | None = crm.objects(Lead)[0].revenue": "assignment",
    "status: str = crm.objects(Lead)[0].status": "assignment",
    "crm.objects(Lead)[0].compny": "attr-defined",
    'crm.objects(Lead)[0].compny = "a"': "attr-defined",
    "crm.objects(Lead)[0].company = 7": "assigned",
    "crm.objects(Lead)[0].last_name = None": "assigned",
    'crm.objects(Lead)[0].status = "Contacted"': "assigned",
    "crm.objects(Lead)[0].modified = datetime.now()": "assigned",
    "crm.objects(Lead)[0].score = 7": "assigned",
    "crm.objects(Lead)[0].partner = None": "assigned",
    "crm.objects(Lead)[0].account = 5": "assigned",
    "crm.objects(Lead)[0].objects": "of-class",
    'Text("Company", requird=True)': "overload",
    "Text(7)": "overload",
    "Lead.objects.usin(crm)": "attr-defined",
    'Lead(last_name="a").save(using="crm")': "arg-type",
}

MYPY = {"assigned": "assignment", "of-class": "arg-type", "overload": "call-overload"}
PYRIGHT = RULES | {
    "assigned": {"reportAttributeAccessIssue"},
    "of-class": {"reportAttributeAccessIssue"},
    "overload": {"reportCallIssue", "reportArgumentType"},
    "type-var": {"reportArgumentType"},
    "operator": {"reportOperatorIssue"},
    "index": {"reportArgumentType", "reportCallIssue", "reportIndexIssue"},
}


class Checked:
    """What a type checker found, each statement in a separate function."""

    def __init__(self, checker: str, directory: Path) -> None:
        self.checker = checker
        self.statements = [*RIGHT, *WRONG]
        file = directory / "calls.py"
        functions = (
            f"async def call_{number}(crm: Client) -> None:\n    {statement}\n"
            for number, statement in enumerate(self.statements)
        )
        file.write_text(HEAD + "".join(functions))
        self._found: Found = CHECKERS[checker](file)

    def errors(self, statement: str) -> set[str]:
        """Return the codes of the errors in a statement."""
        line = HEAD.count("\n") + 2 * self.statements.index(statement) + 2
        return self._found.get(line, set())


@pytest.fixture(scope="module", params=CHECKER_PARAMS)
def checked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """Run a type checker, once for all tests."""
    return Checked(request.param, tmp_path_factory.mktemp("types"))


@pytest.mark.slow
@check_each("statement", RIGHT)
def test_right_statements_are_right(statement: str, checked: Checked) -> None:
    assert not checked.errors(statement)


@pytest.mark.slow
@check_each(("statement", "code"), WRONG.items())
def test_mistakes_are_found(statement: str, code: str, checked: Checked) -> None:
    expected = {MYPY.get(code, code)} if checked.checker == "mypy" else PYRIGHT[code]
    assert expected & checked.errors(statement), checked.errors(statement)


def parameters_of(kind: type[Any], name: str) -> list[list[inspect.Parameter]]:
    """Return the parameters of a method, or of each of its overloads."""

    def key() -> None: ...

    homes = [each for each in kind.__mro__ if name in vars(each)]
    key.__module__, key.__qualname__ = homes[0].__module__, f"{homes[0].__qualname__}.{name}"
    methods = get_overloads(key) or [getattr(kind, name)]
    return [list(inspect.signature(method).parameters.values()) for method in methods]


def declared_record_set() -> type[Any]:
    """Return AsyncRecordSet as its stub declares it; at run time it is RecordSet."""
    stub = Path(aio.__file__).with_name("record_set.pyi")
    name = f"{aio.__name__}.record_set"
    spec = spec_from_loader(name, SourceFileLoader(name, str(stub)))
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    declared: type[Any] = module.AsyncRecordSet
    return declared


def test_awaited_record_sets_are_declared_as_they_are() -> None:
    declared_set = declared_record_set()

    def public(record_set: type[Any]) -> set[str]:
        return {name for name in dir(record_set) if not name.startswith("_")}

    ours = public(declared_set) - vars(UnsupportedMethods).keys()
    for name in ours & vars(declared_set).keys():
        assert parameters_of(declared_set, name) == parameters_of(RecordSet, name), name
    blocking = public(RecordSet) - public(declared_set)
    assert blocking == {name[1:] for name in ours if name[1:] in public(RecordSet)} | {"query"}
