"""Parts that several modules have: addresses, lists of activities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...guesses import behaves
from ...state import Field, RelatedList
from .. import field_types as f

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


#: How addresses of each kind name the postal code.
_CODES = {"": "Zip_Code", "Billing": "Code", "Shipping": "Code", "Mailing": "Zip", "Other": "Zip"}
_LENGTHS = {
    "Flat_House_No_Building_Apartment_Name": 250,
    "Street": 250,
    "City": 100,
    "State": 100,
    "Zip_Code": 30,
    "Country": 100,
}


def address(prefix: str = "", **convert: str) -> tuple[Field, ...]:
    """Make the fields of an address; `convert` names the targets of a lead's, by module."""

    def name(part: str, kind: str = prefix) -> str:
        part = _CODES[kind] if part == "Zip_Code" else part
        return f"{kind}_{part}" if kind else part

    def targets(part: str) -> dict[str, str]:
        return {target: name(part, kind) for target, kind in convert.items()}

    street, city, state = name("Street"), name("City"), name("State")
    code, country = name("Zip_Code"), name("Country")
    latitude, longitude = name("Latitude"), name("Longitude")

    def write_address(record: Mapping[str, Any]) -> str:
        region = " ".join(filter(None, (record.get(state), record.get(code))))
        town = ", ".join(filter(None, (record.get(city), region)))
        lines = (record.get(street), town, record.get(country))
        return "\n".join(filter(None, lines))

    def write_coordinates(record: Mapping[str, Any]) -> str:
        place = (record.get(latitude), record.get(longitude))
        is_empty = None in place or behaves("records.coordinates", "empty")
        return "" if is_empty else f"{place[0]},{place[1]}"

    return (
        *(
            f.text(name(part), length=length, convert_to=targets(part))
            for part, length in _LENGTHS.items()
        ),
        *(
            f.double(name(part), decimal_place=7, convert_to=targets(part))
            for part in ("Latitude", "Longitude")
        ),
        # Zoho writes these two itself.
        f.derived(name("Address"), write_address, length=1000),
        f.derived(name("Coordinates"), write_coordinates, length=100),
    )


#: How far a record is from the user's place, which only Zoho's mobile apps ask for.
DISTANCE = f.double("nearby_distance__s", read_only=True, mass_update=False, show_in_view=False)


def unsubscribing() -> tuple[Field, ...]:
    """Make the fields of a person's choice to get no more mails."""
    return (
        f.picklist(
            "Unsubscribed_Mode", "Consent form", "Manual", "Unsubscribe link", "Zoho campaigns"
        ),
        f.datetime("Unsubscribed_Time", read_only=True),
    )
