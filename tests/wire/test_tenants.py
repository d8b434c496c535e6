from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from django_zcrm.testing import ZCRMEmulator
from django_zcrm.zoho.client import Client


@pytest.mark.slow
def test_two_tenants_on_eight_threads_never_see_each_other(zoho: ZCRMEmulator) -> None:
    tenants: list[tuple[str, Client]] = []
    for name in ("Quokka", "Axolotl"):
        org = zoho.add_organisation(name)
        org.add_user(f"{name}@x.example")
        crm = org.client(email=f"{name}@x.example")
        tenants.append((name, crm))
        crm.records.create(
            "Leads", [{"Last_Name": f"{name} {n}", "Company": name} for n in range(100)]
        ).raise_for_failures()
    own = {
        name: [
            row["id"] for row in crm.records.search("Leads", criteria=f"(Company:equals:{name})")
        ]
        for name, crm in tenants
    }

    def call(number: int) -> list[str]:
        """Make one call as one of the two, and return what it saw of the other's data."""
        chance = random.Random(number)  # noqa: S311
        name, crm = tenants[number % 2]
        other = tenants[1 - number % 2][0]
        kind = number // 2 % 5
        rows: Any
        if kind == 0:
            rows = crm.records.list("Leads", fields=["Company"], page=1, per_page=100).rows
        elif kind == 1:
            rows = [crm.records.get("Leads", chance.choice(own[name]))]
        elif kind == 2:
            rows = crm.records.search("Leads", criteria=f"(Company:equals:{name})").rows
            assert not crm.records.search("Leads", criteria=f"(Company:equals:{other})")
        elif kind == 3:
            made = crm.records.create_one("Leads", {"Last_Name": "new", "Company": name})
            rows = [crm.records.get("Leads", made.id)]
        else:
            rows = []
            assert crm.org.get()["company_name"] == name
            (user,) = crm.users.list(type="CurrentUser")
            assert user["email"] == f"{name}@x.example"
        return [row["id"] for row in rows if row["Company"] == other]

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(call, range(500)))
    assert len(seen) == 500
    assert not any(seen)
