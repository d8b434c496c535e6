"""The modules of a fresh organisation, as data."""

from __future__ import annotations

from .activities import CALLS, EVENTS, TASKS
from .custom import MILESTONES, PROJECTS
from .inventory import (
    INVOICED_ITEMS,
    INVOICES,
    ORDERED_ITEMS,
    PRICE_BOOKS,
    PRICING_DETAILS,
    PRODUCTS,
    PURCHASE_ITEMS,
    PURCHASE_ORDERS,
    QUOTED_ITEMS,
    QUOTES,
    SALES_ORDERS,
    VENDORS,
)
from .people import CONTACTS, LEADS
from .sales import ACCOUNTS, CAMPAIGNS, DEAL_HISTORY, DEALS
from .services import APPOINTMENTS, RESCHEDULED_HISTORY, SERVICES
from .support import ATTACHMENTS, CASES, NOTES, SOLUTIONS

#: In the order of the tabs.
STANDARD_MODULES = (
    LEADS,
    CONTACTS,
    ACCOUNTS,
    DEALS,
    TASKS,
    EVENTS,
    CALLS,
    CAMPAIGNS,
    PRODUCTS,
    VENDORS,
    PRICE_BOOKS,
    QUOTES,
    SALES_ORDERS,
    PURCHASE_ORDERS,
    INVOICES,
    CASES,
    SOLUTIONS,
    NOTES,
    ATTACHMENTS,
    PROJECTS,
    QUOTED_ITEMS,
    ORDERED_ITEMS,
    PURCHASE_ITEMS,
    INVOICED_ITEMS,
    PRICING_DETAILS,
    MILESTONES,
    SERVICES,
    APPOINTMENTS,
    RESCHEDULED_HISTORY,
    DEAL_HISTORY,
)
