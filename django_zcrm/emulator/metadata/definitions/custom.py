"""A custom module with a custom subform, as an organisation might create them."""

from __future__ import annotations

from ...state import RelatedList
from .. import field_types as f
from ..define import child_module, define_module

PROJECTS = define_module(
    "Projects",
    "Project",
    "Name",
    {
        "Project Information": (
            f.text("Name", "Project Name", 120, mandatory=True, quick_create=True),
            f.email(custom=True),
            f.email("Secondary_Email", custom=True),
            f.lookup("Account", "Accounts", related_list="Projects", custom=True),
            f.lookup("Deal", "Deals", related_list="Projects", custom=True),
            f.picklist("Status", "Planned", "Running", "On Hold", "Done", custom=True),
            f.multiselect("Technologies", "Python", "JavaScript", "Java", "C#", "Go", custom=True),
            f.date("Start_Date", custom=True),
            f.datetime("Kick_Off", custom=True),
            f.currency("Budget", custom=True),
            f.percent("Progress", custom=True),
            f.integer("Team_Size", custom=True),
            f.boolean("Billable", default=True, custom=True),
            f.website("Repository", custom=True),
            f.text("Project_Code", length=30, custom=True, unique=True, external="org"),
            f.make("Lead_Engineer", "userlookup", length=120, custom=True),
            f.images("Pictures", custom=True),
            f.multi_lookup("Products_Used", "Products", related_list="Projects", custom=True),
        ),
        "Milestones": (f.subform("Milestones", "Milestones", custom=True),),
        "Description Information": (
            f.textarea("Description", custom=True),
            f.make("Specification", "textarea", length=50_000, multiline="rich_text", custom=True),
        ),
    },
    hidden=(
        f.make("Record_Image", "profileimage", "Project Image", mass_update=False, read_only=True),
    ),
    columns=("Name", "Account", "Status", "Start_Date", "Owner"),
    related=(RelatedList("Products_Used", "Products Used", "Products", linked=True),),
    generated_type="custom",
    duplicate_check_field="Name",
    has_photo=True,
)

MILESTONES = child_module(
    "Milestones",
    "Milestone",
    "Projects",
    (
        f.text("Title", length=100, custom=True),
        f.date("Due_Date", custom=True),
        f.currency("Payment", custom=True),
        f.boolean("Reached", custom=True),
        f.lookup("Parent_Id", "Projects", read_only=True, show_in_view=False),
    ),
)
