"""Products, Vendors, price books, and the documents with line items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...state import Field, Module, RelatedList
from .. import field_types as f
from ..define import child_module, define_module


def _total(row: Mapping[str, Any]) -> float | None:
    quantity, price = row.get("Quantity"), row.get("List_Price")
    return None if quantity is None or price is None else round(quantity * price, 2)


def _after_discount(row: Mapping[str, Any]) -> float | None:
    total = _total(row)
    return None if total is None else round(total - (row.get("Discount") or 0), 2)


def _net_total(row: Mapping[str, Any]) -> float | None:
    total = _after_discount(row)
    return None if total is None else round(total + (row.get("Tax") or 0), 2)


def _line_items(api_name: str, parent: str) -> Module:
    # v2.0 spells the keys of a line item in lower case (docs v2 insert-records, inventory).
    def since_v21(old_name: str) -> dict[str, Any]:
        return {"old_name": old_name, "renamed_since": 2.1}

    return child_module(
        api_name,
        api_name.replace("_", " ")[:-1],
        parent,
        (
            f.lookup("Product_Name", "Products", mandatory=True, **since_v21("product")),
            f.double("Quantity", **since_v21("quantity")),
            f.currency("List_Price", **since_v21("list_price")),
            f.currency("Discount"),
            f.currency("Tax"),
            f.derived(
                "Total", _total, "currency", length=16, decimal_place=2, **since_v21("total")
            ),
            f.derived(
                "Total_After_Discount",
                _after_discount,
                "currency",
                length=16,
                decimal_place=2,
                **since_v21("total_after_discount"),
            ),
            f.derived(
                "Net_Total",
                _net_total,
                "currency",
                length=16,
                decimal_place=2,
                **since_v21("net_total"),
            ),
            f.textarea("Description", large=False, **since_v21("product_description")),
            f.integer("Sequence_Number"),
            f.lookup("Parent_Id", parent, read_only=True, show_in_view=False),
        ),
    )


def _document(
    api_name: str,
    singular: str,
    items: str,
    first: tuple[Field, ...],
    *,
    number: str,
    prefix: str,
    related: tuple[RelatedList, ...] = (),
) -> Module:
    def address(kind: str) -> tuple[Field, ...]:
        return tuple(
            f.text(f"{kind}_{part}", length=100)
            for part in ("Street", "City", "State", "Code", "Country")
        )

    return define_module(
        api_name,
        singular,
        "Subject",
        {
            f"{singular} Information": (
                f.text("Subject", mandatory=True, quick_create=True),
                f.autonumber(number, prefix=prefix),
                *first,
                f.text("Carrier", length=120),
            ),
            "Address Information": (*address("Billing"), *address("Shipping")),
            items.replace("_", " "): (
                f.subform(
                    items, items, mandatory=True, old_name="Product_Details", renamed_since=2.1
                ),
                f.currency("Discount"),
                f.currency("Tax"),
                f.currency("Adjustment"),
            ),
            "Terms and Conditions": (f.textarea("Terms_and_Conditions"),),
            "Description Information": (f.textarea("Description"),),
        },
        hidden=(
            f.currency("Sub_Total", read_only=True),
            f.currency("Grand_Total", read_only=True),
        ),
        related=related,
        duplicate_check_field="Subject",
        inventory=True,
    )


PRODUCTS = define_module(
    "Products",
    "Product",
    "Product_Name",
    {
        "Product Information": (
            f.text("Product_Name", length=200, mandatory=True, quick_create=True),
            f.text("Product_Code", length=40, unique=True, quick_create=True),
            f.lookup("Vendor_Name", "Vendors", related_list="Products"),
            f.boolean("Product_Active", default=True),
            f.text("Manufacturer", length=100),
            f.picklist(
                "Product_Category", "-None-", "Hardware", "Software", "CRM Applications", "Services"
            ),
            f.date("Sales_Start_Date"),
            f.date("Sales_End_Date"),
            f.date("Support_Start_Date"),
            f.date("Support_Expiry_Date"),
        ),
        "Price Information": (
            f.currency("Unit_Price"),
            f.percent("Commission_Rate"),
            f.boolean("Taxable", default=True),
            f.multiselect("Tax", "Vat", "Sales Tax", default=()),
        ),
        "Stock Information": (
            f.picklist(
                "Usage_Unit",
                "-None-",
                "Box",
                "Carton",
                "Dozen",
                "Each",
                "Hours",
                "Pieces",
                "Quantity",
                "Sheet",
                "Unit",
            ),
            f.double("Qty_Ordered", "Quantity Ordered", default=0),
            f.double("Qty_in_Stock", "Quantity in Stock", default=0),
            f.double("Reorder_Level", default=0),
            f.double("Qty_in_Demand", "Quantity in Demand", default=0),
            f.make("Handler", "userlookup", length=120),
        ),
        "Description Information": (f.textarea("Description"),),
    },
    hidden=(
        f.make("Record_Image", "profileimage", "Product Image", mass_update=False, read_only=True),
    ),
    columns=("Product_Name", "Product_Code", "Unit_Price", "Product_Active", "Owner"),
    related=(
        RelatedList("Leads", "Leads", "Leads", linked=True),
        RelatedList("Contacts", "Contacts", "Contacts", linked=True),
        RelatedList("Accounts", "Accounts", "Accounts", linked=True),
        RelatedList("Deals", "Deals", "Deals", linked=True),
        RelatedList("Price_Books", "Price Books", "Price_Books", linked=True),
        RelatedList("Projects", "Projects", "Projects", linked=True),
        RelatedList("Cases", "Cases", "Cases", field="Product_Name"),
    ),
    duplicate_check_field="Product_Name",
    has_photo=True,
)

VENDORS = define_module(
    "Vendors",
    "Vendor",
    "Vendor_Name",
    {
        "Vendor Information": (
            f.text("Vendor_Name", length=120, mandatory=True, quick_create=True),
            f.phone("Phone", quick_create=True),
            f.email(),
            f.website(),
            f.picklist(
                "GL_Account",
                "-None-",
                "Sales-Hardware",
                "Sales-Software",
                "Rental-Income",
                "Interest-Income",
            ),
            f.text("Category", length=50),
        ),
        "Address Information": tuple(
            f.text(name, length=100) for name in ("Street", "City", "State", "Zip_Code", "Country")
        ),
        "Description Information": (f.textarea("Description"),),
    },
    hidden=(
        f.make("Record_Image", "profileimage", "Vendor Image", mass_update=False, read_only=True),
    ),
    related=(
        RelatedList("Products", "Products", "Products", field="Vendor_Name"),
        RelatedList("Purchase_Orders", "Purchase Orders", "Purchase_Orders", field="Vendor_Name"),
        RelatedList("Contacts", "Contacts", "Contacts", field="Vendor_Name"),
    ),
    duplicate_check_field="Vendor_Name",
    has_photo=True,
)

PRICE_BOOKS = define_module(
    "Price_Books",
    "Price Book",
    "Price_Book_Name",
    {
        "Price Book Information": (
            f.text("Price_Book_Name", length=120, mandatory=True),
            f.boolean("Active", default=True),
            f.picklist("Pricing_Model", "-None-", "Flat", "Differential"),
        ),
        "Pricing Details": (f.subform("Pricing_Details", "Pricing_Details", mandatory=True),),
        "Description Information": (f.textarea("Description"),),
    },
    related=(RelatedList("Products", "Products", "Products", linked=True),),
    duplicate_check_field="Price_Book_Name",
)

_PARTIES = (
    f.lookup("Deal_Name", "Deals"),
    f.lookup("Contact_Name", "Contacts"),
    f.lookup("Account_Name", "Accounts"),
)

QUOTES = _document(
    "Quotes",
    "Quote",
    "Quoted_Items",
    (
        f.picklist(
            "Quote_Stage",
            "Draft",
            "Negotiation",
            "Delivered",
            "On Hold",
            "Confirmed",
            "Closed Won",
            "Closed Lost",
            default="Draft",
        ),
        f.date("Valid_Till", "Valid Until"),
        f.text("Team", length=50),
        *_PARTIES,
    ),
    number="Quote_Number",
    prefix="",
    related=(RelatedList("SalesOrders", "Sales Orders", "Sales_Orders", field="Quote_Name"),),
)
SALES_ORDERS = _document(
    "Sales_Orders",
    "Sales Order",
    "Ordered_Items",
    (
        f.picklist("Status", "Created", "Approved", "Delivered", "Cancelled", default="Created"),
        f.date("Due_Date"),
        f.text("Purchase_Order", length=120),
        f.lookup("Quote_Name", "Quotes"),
        *_PARTIES,
    ),
    number="SO_Number",
    prefix="",
    related=(RelatedList("Invoices", "Invoices", "Invoices", field="Sales_Order"),),
)
PURCHASE_ORDERS = _document(
    "Purchase_Orders",
    "Purchase Order",
    "Purchase_Items",
    (
        f.picklist("Status", "Created", "Approved", "Delivered", "Cancelled", default="Created"),
        f.lookup("Vendor_Name", "Vendors", mandatory=True),
        f.text("PO_Number", length=120),
        f.date("PO_Date"),
        f.date("Due_Date"),
        f.lookup("Contact_Name", "Contacts"),
    ),
    number="PO_Serial",
    prefix="PO-",
)
INVOICES = _document(
    "Invoices",
    "Invoice",
    "Invoiced_Items",
    (
        f.picklist("Status", "Created", "Approved", "Delivered", "Cancelled", default="Created"),
        f.date("Invoice_Date"),
        f.date("Due_Date"),
        f.lookup("Sales_Order", "Sales_Orders"),
        *_PARTIES,
    ),
    number="Invoice_Number",
    prefix="",
)

QUOTED_ITEMS = _line_items("Quoted_Items", "Quotes")
ORDERED_ITEMS = _line_items("Ordered_Items", "Sales_Orders")
PURCHASE_ITEMS = _line_items("Purchase_Items", "Purchase_Orders")
INVOICED_ITEMS = _line_items("Invoiced_Items", "Invoices")
PRICING_DETAILS = child_module(
    "Pricing_Details",
    "Pricing Detail",
    "Price_Books",
    (
        f.double("From_Range", old_name="from_range", renamed_since=2.1),
        f.double("To_Range", old_name="to_range", renamed_since=2.1),
        f.double("Discount", old_name="discount", renamed_since=2.1),
        f.lookup("Parent_Id", "Price_Books", read_only=True, show_in_view=False),
    ),
)
