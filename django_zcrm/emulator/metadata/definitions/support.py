"""Cases, Solutions, and what belongs to other records: Notes and Attachments."""

from __future__ import annotations

from .. import field_types as f
from ..define import define_module
from .choices import LEAD_SOURCES, PRIORITIES

#: Modules whose records can have notes and attachments.
PARENTS = (
    "Leads",
    "Contacts",
    "Accounts",
    "Deals",
    "Tasks",
    "Events",
    "Calls",
    "Campaigns",
    "Products",
    "Vendors",
    "Price_Books",
    "Quotes",
    "Sales_Orders",
    "Purchase_Orders",
    "Invoices",
    "Cases",
    "Solutions",
    "Projects",
)

CASES = define_module(
    "Cases",
    "Case",
    "Subject",
    {
        "Case Information": (
            f.text("Subject", mandatory=True, quick_create=True),
            f.autonumber("Case_Number"),
            f.picklist(
                "Case_Origin", "Email", "Phone", "Web", "X (Twitter)", "Facebook", mandatory=True
            ),
            f.picklist("Status", "New", "On Hold", "Escalated", "Closed", mandatory=True),
            f.picklist("Priority", *PRIORITIES),
            f.picklist(
                "Case_Reason",
                "-None-",
                "User did not attend training",
                "Complex functionality",
                "Existing problem",
                "Instructions not clear",
                "New problem",
            ),
            f.picklist("Type", "-None-", "Feature Request", "Others", "Problem", "Question"),
            f.lookup("Product_Name", "Products"),
            f.lookup("Account_Name", "Accounts"),
            f.lookup("Deal_Name", "Deals"),
            f.lookup("Related_To", "Contacts"),
            f.text("Reported_By", length=50),
            f.email(),
            f.phone("Phone"),
        ),
        "Description Information": (
            f.textarea("Description"),
            f.textarea("Internal_Comments"),
        ),
        "Solution Information": (f.textarea("Solution"),),
    },
    duplicate_check_field="Subject",
)

SOLUTIONS = define_module(
    "Solutions",
    "Solution",
    "Solution_Title",
    {
        "Solution Information": (
            f.text("Solution_Title", mandatory=True),
            f.autonumber("Solution_Number"),
            f.picklist("Status", "Draft", "Reviewed", "Duplicate", default="Draft"),
            f.lookup("Product_Name", "Products"),
            f.boolean("Published"),
            f.picklist("Source", *LEAD_SOURCES),
        ),
        "Description Information": (
            f.textarea("Question", large=False),
            f.textarea("Answer", large=False),
        ),
    },
    duplicate_check_field="Solution_Title",
)

NOTES = define_module(
    "Notes",
    "Note",
    "Note_Title",
    {
        "Note Information": (
            f.text("Note_Title", length=120),
            f.make("Note_Content", "textarea", length=65535, multiline="large", mandatory=True),
            f.multi_module_lookup("Parent_Id", *PARENTS, mandatory=True),
        ),
    },
    documents=False,
    show_as_tab=False,
    searchable=False,
)

ATTACHMENTS = define_module(
    "Attachments",
    "Attachment",
    "File_Name",
    {
        "Attachment Information": (
            f.text("File_Name", length=500),
            f.bigint("Size"),
            f.multi_module_lookup("Parent_Id", *PARENTS),
        ),
    },
    documents=False,
    show_as_tab=False,
    searchable=False,
)
