"""Modules for tests of queries: their fields, and how conditions on them are written."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any

from django_zcrm.zoho.metadata import Field, ModuleFields
from django_zcrm.zoho.query import coql
from django_zcrm.zoho.query.fields import FieldsNeeded
from django_zcrm.zoho.query.limits import coql_limits
from django_zcrm.zoho.query.query import Compiled, Query, compile_query
from django_zcrm.zoho.query.tree import given

MODULES = {
    "Leads": ModuleFields(
        "Leads",
        [
            Field("Company", "text"),
            Field("Last_Name", "text"),
            Field("Email", "email", is_unique=True),
            Field("Lead_Status", "picklist"),
            Field("Languages", "multiselectpicklist"),
            Field("No_of_Employees", "integer"),
            Field("Customer_Number", "bigint"),
            Field("Annual_Revenue", "currency"),
            Field("Email_Opt_Out", "boolean"),
            Field("Follow_Up_Date", "date"),
            Field("Created_Time", "datetime"),
            Field("Owner", "ownerlookup"),
            Field("Account_Name", "lookup", ("Accounts",)),
            Field("What_Id", "multi_module_lookup", ("Accounts", "Accounts_2")),
            Field("Description", "textarea"),
            Field("Secret", "text", is_encrypted=True),
            Field("Tag", "tags"),
            Field("Locked__s", "boolean"),
            Field("Order", "text"),
            Field("Documents", "fileupload"),
            Field("id", "bigint"),
        ],
    ),
    "Accounts": ModuleFields(
        "Accounts",
        [
            Field("Account_Name", "text"),
            Field("Industry", "picklist"),
            Field("Is_Partner", "boolean"),
            Field("Parent_Account", "lookup", ("Accounts",)),
            Field("Owner", "ownerlookup"),
        ],
    ),
}


def known(module: str) -> ModuleFields:
    """Return the fields of a module, as the metadata cache would."""
    if module not in MODULES:
        raise FieldsNeeded(module)
    return MODULES[module]


def compiled(*args: Any, zone: tzinfo = UTC, version: float = 8, **kwargs: Any) -> Compiled:
    """Compile the conditions of `filter(*args, **kwargs)` on leads."""
    query = Query("Leads", given(args, kwargs, str), fields=("id",))
    return compile_query(query, known, coql_limits(version), zone)


def where(*args: Any, **kwargs: Any) -> str:
    """Return what follows WHERE for the conditions of `filter(*args, **kwargs)` on leads."""
    asked = compiled(*args, **kwargs)
    coql.check(asked.where, asked.limits)
    return coql.condition(asked.where, asked.limits)
