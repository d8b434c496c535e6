"""COQL."""

from __future__ import annotations

from ..answers import Unknown
from ..lab import Lab
from ..registry import probe

# COQL is not SQL, and all values are the probe's own.
# ruff: noqa: S608

_OF_ACCOUNTS = ("Phone", "Fax", "Ticker_Symbol", "Industry", "Rating", "Ownership", "Website")
_PLAIN = ("text", "email", "phone", "picklist", "boolean", "datetime", "date")


@probe("coql.apostrophe")
def spell_apostrophe(lab: Lab) -> str:
    """Look for a city with an apostrophe, in both spellings."""
    ways = {}
    for way, city in (("backslash", r"Probe O\'Town"), ("doubled", "Probe O''Town")):
        answer = lab.query(f"select id from Leads where id = {lab.lead} and City = '{city}'")
        ways[way] = answer.is_ok and bool(answer.rows)
    if all(ways.values()):
        return "both"
    try:
        return next(way for way, is_found in ways.items() if is_found)
    except StopIteration:
        raise Unknown("neither spelling found the record") from None


def _test_query(lab: Lab, query: str, version: str = "v8") -> str:
    return lab.query(query, version).either("taken", "refused")


@probe("coql.between-dates")
def compare_dates(lab: Lab) -> str:
    """Use BETWEEN on a datetime."""
    low, high = "2020-01-01T00:00:00+00:00", "2020-01-02T00:00:00+00:00"
    return _test_query(
        lab, f"select id from Leads where Created_Time between '{low}' and '{high}' limit 1"
    )


@probe("coql.formulas")
def select_formula(lab: Lab) -> str:
    """Select a formula field, if there is one."""
    for module in ("Leads", "Contacts", "Deals"):
        fields = lab.ask("GET", "settings/fields", params={"module": module}).check().rows
        for field in fields:
            if field.get("data_type") == "formula":
                name = field["api_name"]
                return _test_query(lab, f"select {name} from {module} where id is not null limit 1")
    raise Unknown("Leads, Contacts and Deals have no formula field")


@probe("coql.ordered-aggregates")
def order_by_aggregate(lab: Lab) -> str:
    """Select an aggregate and order by it."""
    return _test_query(
        lab,
        "select Lead_Source, COUNT(id) from Leads where id is not null group by Lead_Source "
        "order by COUNT(id) limit 1",
    )


@probe("coql.columns")
def select_many_columns(lab: Lab) -> str:
    """Select 51 columns."""
    people = ("Owner", "Created_By", "Modified_By")
    columns = [f"{path}.{name}" for path in people for name in ("first_name", "last_name", "email")]
    columns += [f"Account_Name.{name}" for name in _OF_ACCOUNTS]
    columns += [
        field["api_name"]
        for field in lab.ask("GET", "settings/fields", params={"module": "Contacts"}).check().rows
        if field.get("data_type") in _PLAIN and field["api_name"] != "Tag"
    ]
    if len(columns) < 51:
        raise Unknown("the module has too few fields")
    selected = ", ".join(columns[:51])
    answer = lab.query(f"select {selected} from Contacts where id is not null limit 1")
    return answer.by_code({"ok": "500", "LIMIT_EXCEEDED": "50"})


@probe("coql.in-values")
def list_many_values(lab: Lab) -> str:
    """Compare with 51 values."""
    values = ", ".join(f"'{number}'" for number in range(51))
    answer = lab.query(f"select id from Leads where City in ({values}) limit 1")
    return answer.by_code({"ok": "100", "LIMIT_EXCEEDED": "50"})


@probe("coql.v2-grouping")
def group_in_v2(lab: Lab) -> str:
    """Group in v2."""
    return _test_query(
        lab,
        "select Lead_Source, COUNT(id) from Leads where id is not null group by Lead_Source "
        "limit 1",
        "v2",
    )


@probe("coql.lookups-in-path")
def follow_lookups(lab: Lab) -> str:
    """Follow three lookups in one path."""
    path = "Account_Name.Parent_Account.Parent_Account.Account_Name"
    return _test_query(lab, f"select {path} from Contacts where id is not null limit 1")


@probe("coql.not-equal")
def use_angle_brackets(lab: Lab) -> str:
    """Compare with `<>`."""
    return _test_query(lab, f"select id from Leads where id = {lab.lead} and City <> 'Elsewhere'")


@probe("coql.limit-zero")
def limit_to_zero(lab: Lab) -> str:
    """Ask for no rows."""
    return _test_query(lab, "select id from Leads where id is not null limit 0")


@probe("coql.unquoted-text")
def omit_quotes(lab: Lab) -> str:
    """Write a text without quotes."""
    return _test_query(lab, f"select id from Leads where id = {lab.lead} and State = Probestate")


@probe("coql.empty-fields")
def compare_empty_field(lab: Lab) -> str:
    """Look for a record whose field is empty by `!=`."""
    answer = lab.query(f"select id from Leads where id = {lab.empty_lead} and City != 'Elsewhere'")
    return "unequal" if answer.check().rows else "left-out"


@probe("coql.tags")
def select_tags(lab: Lab) -> str:
    """Select the tags of a record."""
    answer = lab.query(f"select Tag from Leads where id = {lab.tagged_lead}").check()
    tags = answer.rows[0].get("Tag") if answer.rows else None
    if not tags:
        raise Unknown("the query returned no tags")
    return "objects" if isinstance(tags[0], dict) else "names"


@probe("coql.subqueries")
def use_subquery(lab: Lab) -> str:
    """Put a query into a condition."""
    answer = lab.query(
        f"select id from Leads where id in (select id from Leads where id = {lab.lead})"
    )
    return answer.by_code({"SYNTAX_ERROR": "SYNTAX_ERROR", "INVALID_QUERY": "INVALID_QUERY"})
