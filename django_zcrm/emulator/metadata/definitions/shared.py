"""Parts that several modules have: addresses, lists of activities."""

from __future__ import annotations

from django_zcrm.emulator.metadata import field_types as f
from django_zcrm.emulator.state.field import Field
from django_zcrm.emulator.state.module import RelatedList

#: Activities about a record; a contact's are found by Who_Id instead.
ACTIVITIES = (
    RelatedList("Tasks", "Open Activities", "Tasks", field="What_Id"),
    RelatedList("Events", "Meetings", "Events", field="What_Id"),
    RelatedList("Calls", "Calls", "Calls", field="What_Id"),
)
CONTACT_ACTIVITIES = (
    RelatedList("Tasks", "Open Activities", "Tasks", field="Who_Id"),
    RelatedList("Events", "Meetings", "Events", field="Who_Id"),
    RelatedList("Calls", "Calls", "Calls", field="Who_Id"),
)


def address(prefix: str = "", **convert: str) -> tuple[Field, ...]:
    """Make the five fields of an address; `convert` names the targets of a lead's, by module."""
    names = {"Street": 250, "City": 100, "State": 100, "Zip_Code": 30, "Country": 100}
    if prefix in ("Billing", "Shipping"):
        names = {"Code" if name == "Zip_Code" else name: size for name, size in names.items()}
    if prefix in ("Mailing", "Other"):
        names = {"Zip" if name == "Zip_Code" else name: size for name, size in names.items()}
    return tuple(
        f.text(
            f"{prefix}_{name}" if prefix else name,
            length=size,
            convert_to={
                target: f"{side}_{_shorter(side, name)}" for target, side in convert.items()
            },
        )
        for name, size in names.items()
    )


def _shorter(side: str, name: str) -> str:
    return {"Mailing": "Zip", "Billing": "Code"}[side] if name == "Zip_Code" else name
