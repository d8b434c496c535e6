"""Accounts with their contacts and deals: a few requests join the modules, however many rows."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from django_zcrm import zcrm
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.operations.results import RecordDict

PER_PAGE = 20
MAX_SHOWN = 50
"""Contacts, and deals, on the page of an account."""


@require_safe
def account_list(request: HttpRequest) -> HttpResponse:
    """List accounts with how many contacts and deals they have: four requests."""
    crm = zcrm.for_user(request.user)
    accounts = crm.objects("Accounts").only("Account_Name", "Industry", "Billing_City")
    paginator = Paginator(accounts.order_by("Account_Name"), PER_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    context = {"page": page, "accounts": with_totals(crm, list(page))}
    return render(request, "leads/accounts.html", context)


def with_totals(crm: Client, accounts: list[RecordDict]) -> list[RecordDict]:
    """Return accounts with `contacts`, `deals` and the deals' `worth`: two requests for all."""
    ids = [account["id"] for account in accounts]
    contacts = crm.objects("Contacts").filter(Account_Name__in=ids).values("Account_Name__id")
    deals = crm.objects("Deals").filter(Account_Name__in=ids).values("Account_Name__id")
    totals: dict[str, RecordDict] = {account_id: {} for account_id in ids}
    for group in (
        *contacts.annotate(contacts=Count("id")),
        *deals.annotate(deals=Count("id"), worth=Sum("Amount")),
    ):
        totals[group["Account_Name__id"]].update(group)
    return [account | totals[account["id"]] for account in accounts]


@require_safe
def account(request: HttpRequest, account_id: str) -> HttpResponse:
    """Show an account, who works there and what is sold to it: four requests."""
    crm = zcrm.for_user(request.user)
    accounts: Any = crm.objects("Accounts").only(
        "Account_Name", "Industry", "Phone", "Website", "Billing_City", "Billing_Country"
    )
    contacts = crm.objects("Contacts").filter(Account_Name=account_id).order_by("Last_Name")
    deals = crm.objects("Deals").filter(Account_Name=account_id).order_by("-Closing_Date")
    context = {
        "account": get_object_or_404(accounts, id=account_id),
        "contacts": contacts.only("Full_Name", "Title", "Email", "Phone")[:MAX_SHOWN],
        "deals": deals.only(
            "Deal_Name", "Stage", "Amount", "Closing_Date", "Contact_Name__Full_Name"
        )[:MAX_SHOWN],
        "totals": deals.aggregate(deals=Count("id"), worth=Sum("Amount")),
        "max_shown": MAX_SHOWN,
    }
    return render(request, "leads/account.html", context)
