"""Finds leads: turns what a person typed into one request to Zoho."""

from __future__ import annotations

from typing import Any

from django_zcrm.zoho.client import Client
from django_zcrm.zoho.criteria import all_of, any_of, where
from django_zcrm.zoho.results import Page, Record

PER_PAGE = 20
PAGES = 2000 // PER_PAGE
"""Page numbers reach 2,000 rows in Zoho; whoever wants a later one searches for it."""

COLUMNS = ("Full_Name", "Company", "Email", "Phone", "Lead_Status", "Owner", "Modified_Time")


def find_leads(crm: Client, text: str = "", status: str = "", page: int = 1) -> Page[Record]:
    """Return one page of leads, all of them or those that match; one request."""
    shown: dict[str, Any] = {"fields": COLUMNS, "page": page, "per_page": PER_PAGE}
    if text or status:
        return crm.records.search("Leads", **shown, **_wanted(text, status))
    return crm.records.list("Leads", **shown)


def _wanted(text: str, status: str) -> dict[str, Any]:
    """Choose the parameter that fits: Zoho searches by one of criteria, email and word."""
    if status:
        criteria = where("Lead_Status", "equals", status)
        if text:
            names = ("Last_Name", "First_Name", "Company", "Email")
            criteria = all_of(
                criteria, any_of(*(where(name, "starts_with", text) for name in names))
            )
        return {"criteria": criteria}
    return {"email": text} if "@" in text else {"word": text}
