"""The mixed calls of a tenant, and whose data is in their answers."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from django_zcrm.zoho.client import Client

COLUMNS = ["Company", "Last_Name"]


def leads(crm: Client, name: str) -> list[str]:
    return [row["Company"] for row in crm.records.list("Leads", fields=COLUMNS)]


def search(crm: Client, name: str) -> list[str]:
    leads = crm.records.search("Leads", criteria="(Company:starts_with:Tenant)", fields=COLUMNS)
    return [row["Company"] for row in leads]


def new_lead(crm: Client, name: str) -> list[str]:
    made = crm.records.create_one("Leads", {"Last_Name": "new", "Company": name})
    return [str(crm.records.get("Leads", made.id)["Company"])]


def company(crm: Client, name: str) -> list[str]:
    return [str(crm.org.get()["company_name"])]


def query(crm: Client, name: str) -> list[str]:
    rows = crm.coql.query("select Company from Leads where Company is not null limit 50")
    return [row["Company"] for row in rows]


KINDS: dict[str, Callable[[Client, str], list[str]]] = {
    function.__name__: function for function in (leads, search, new_lead, company, query)
}


def any_kind(chance: random.Random) -> str:
    return chance.choice(list(KINDS))


def names_seen(crm: Client, kind: str, name: str) -> list[Any]:
    """Make a call as a tenant; return whose data was in the answer."""
    return sorted(set(KINDS[kind](crm, name)))
