"""Typed records: classes declared like models, over Zoho's records.

from django_zcrm.records import Currency, Lookup, Record, Text

class Lead(Record):
    last_name = Text("Last_Name", required=True)
    revenue = Currency("Annual_Revenue")
    account = Lookup("Account_Name", to="Account")

    class Zoho:
        module = "Leads"

Lead.objects.for_user(request.user).filter(account__industry="Banking").order_by("-revenue")
"""

from __future__ import annotations

from .fields import (
    AutoNumber,
    BigInt,
    Boolean,
    Currency,
    Date,
    DateTime,
    Double,
    Email,
    Field,
    FileUpload,
    Formula,
    ImageUpload,
    Integer,
    Lookup,
    MultiModuleLookup,
    MultiSelectLookup,
    MultiSelectPicklist,
    MultiUserLookup,
    Other,
    OwnerLookup,
    Percent,
    Phone,
    Picklist,
    RollupSummary,
    Subform,
    Tags,
    Text,
    TextArea,
    UserLookup,
    Website,
)
from .kinds import Reference
from .manager import Manager
from .record import Record

__all__ = [
    "AutoNumber",
    "BigInt",
    "Boolean",
    "Currency",
    "Date",
    "DateTime",
    "Double",
    "Email",
    "Field",
    "FileUpload",
    "Formula",
    "ImageUpload",
    "Integer",
    "Lookup",
    "Manager",
    "MultiModuleLookup",
    "MultiSelectLookup",
    "MultiSelectPicklist",
    "MultiUserLookup",
    "Other",
    "OwnerLookup",
    "Percent",
    "Phone",
    "Picklist",
    "Record",
    "Reference",
    "RollupSummary",
    "Subform",
    "Tags",
    "Text",
    "TextArea",
    "UserLookup",
    "Website",
]
