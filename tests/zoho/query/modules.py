"""Modules for tests of queries: their fields, and how conditions on them are written."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any

from django_zcrm.zoho.calls.metadata import FieldMetadata, ModuleFields
from django_zcrm.zoho.query.compile import coql
from django_zcrm.zoho.query.compile.fields import FieldsNeeded
from django_zcrm.zoho.query.compile.limits import coql_limits
from django_zcrm.zoho.query.compile.query import CompiledQuery, Query, compile_query
from django_zcrm.zoho.query.compile.tree import tree_of

MODULES = {
    "Leads": ModuleFields(
        "Leads",
        [
            FieldMetadata("Company", "text"),
            FieldMetadata("Last_Name", "text"),
            FieldMetadata("Email", "email", is_unique=True),
            FieldMetadata("Lead_Status", "picklist"),
            FieldMetadata("Languages", "multiselectpicklist"),
            FieldMetadata("No_of_Employees", "integer"),
            FieldMetadata("Customer_Number", "bigint"),
            FieldMetadata("Annual_Revenue", "currency"),
            FieldMetadata("Email_Opt_Out", "boolean"),
            FieldMetadata("Follow_Up_Date", "date"),
            FieldMetadata("Created_Time", "datetime"),
            FieldMetadata("Owner", "ownerlookup"),
            FieldMetadata("Account_Name", "lookup", ("Accounts",)),
            FieldMetadata("What_Id", "multi_module_lookup", ("Accounts", "Accounts_2")),
            FieldMetadata("Description", "textarea"),
            FieldMetadata("Secret", "text", is_encrypted=True),
            FieldMetadata("Tag", "tags"),
            FieldMetadata("Locked__s", "boolean"),
            FieldMetadata("Order", "text"),
            FieldMetadata("Documents", "fileupload"),
            FieldMetadata("id", "bigint"),
        ],
    ),
    "Accounts": ModuleFields(
        "Accounts",
        [
            FieldMetadata("Account_Name", "text"),
            FieldMetadata("Industry", "picklist"),
            FieldMetadata("Is_Partner", "boolean"),
            FieldMetadata("Parent_Account", "lookup", ("Accounts",)),
            FieldMetadata("Owner", "ownerlookup"),
        ],
    ),
}


def get_fields(module: str) -> ModuleFields:
    """Return the fields of a module, as the metadata cache would."""
    if module not in MODULES:
        raise FieldsNeeded(module)
    return MODULES[module]


def compile_conditions(
    *args: Any, zone: tzinfo = UTC, version: float = 8, **kwargs: Any
) -> CompiledQuery:
    """Compile the conditions of `filter(*args, **kwargs)` on leads."""
    query = Query("Leads", tree_of(args, kwargs, str), fields=("id",))
    return compile_query(query, get_fields, coql_limits(version), zone)


def where(*args: Any, **kwargs: Any) -> str:
    """Return what follows WHERE for the conditions of `filter(*args, **kwargs)` on leads."""
    query = compile_conditions(*args, **kwargs)
    coql.check(query.where, query.limits)
    return coql.condition(query.where, query.limits)
