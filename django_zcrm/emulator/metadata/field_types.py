"""Shorthand for the types of fields, so that definitions read like a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..state import Field, PickListValue
from ..state.field import Formula

Choice = str | tuple[str, Mapping[str, Any]]


def make(api_name: str, data_type: str, label: str | None = None, **options: Any) -> Field:
    """Make a field; the label defaults to the API name with spaces."""
    return Field(api_name, label or api_name.replace("_", " "), data_type, **options)


def text(api_name: str, label: str | None = None, length: int = 255, **options: Any) -> Field:
    """Make a single line of text."""
    return make(api_name, "text", label, length=length, **options)


def textarea(
    api_name: str, label: str | None = None, *, large: bool = True, **options: Any
) -> Field:
    """Make a text area: a small one takes 2,000 characters, a large one 32,000."""
    return make(
        api_name,
        "textarea",
        label,
        length=32000 if large else 2000,
        multiline="large" if large else "small",
        **options,
    )


def email(api_name: str = "Email", label: str | None = None, **options: Any) -> Field:
    """Make an email address."""
    return make(api_name, "email", label, length=100, **options)


def phone(api_name: str, label: str | None = None, **options: Any) -> Field:
    """Make a telephone number."""
    return make(api_name, "phone", label, length=30, **options)


def website(api_name: str = "Website", label: str | None = None, **options: Any) -> Field:
    """Make a URL."""
    return make(api_name, "website", label, length=450, **options)


def integer(api_name: str, label: str | None = None, **options: Any) -> Field:
    """Make a whole number of up to nine digits."""
    return make(api_name, "integer", label, length=9, **options)


def bigint(api_name: str, label: str | None = None, **options: Any) -> Field:
    """Make a long integer of up to 18 digits, sent as a string."""
    return make(api_name, "bigint", label, length=18, **options)


def double(api_name: str, label: str | None = None, **options: Any) -> Field:
    """Make a decimal number."""
    return make(api_name, "double", label, **{"length": 16, "decimal_place": 2, **options})


def currency(api_name: str, label: str | None = None, **options: Any) -> Field:
    """Make a currency field: 16 digits before the point, two after."""
    return make(api_name, "currency", label, **{"length": 16, "decimal_place": 2, **options})


def percent(api_name: str, label: str | None = None, **options: Any) -> Field:
    """Make a percentage of up to five digits."""
    return make(api_name, "percent", label, length=5, decimal_place=2, **options)


def boolean(api_name: str, label: str | None = None, **options: Any) -> Field:
    """Make a checkbox."""
    return make(api_name, "boolean", label, length=5, **{"default": False, **options})


def date(api_name: str, label: str | None = None, **options: Any) -> Field:
    """Make a date."""
    return make(api_name, "date", label, length=20, **options)


def datetime(api_name: str, label: str | None = None, **options: Any) -> Field:
    """Make a moment in time."""
    return make(api_name, "datetime", label, length=120, **options)


def picklist(api_name: str, *choices: Choice, label: str | None = None, **options: Any) -> Field:
    """Make a picklist; a choice is a text, or (text, further keys of the value)."""
    return make(api_name, "picklist", label, length=120, values=_values(choices), **options)


def multiselect(api_name: str, *choices: str, label: str | None = None, **options: Any) -> Field:
    """Make a multi-select picklist."""
    return make(
        api_name, "multiselectpicklist", label, length=250, values=_values(choices), **options
    )


def lookup(
    api_name: str,
    module: str,
    label: str | None = None,
    *,
    related_list: str | None = None,
    **options: Any,
) -> Field:
    """Make a lookup; `related_list` is its name on the other side (an account's `Contacts`)."""
    return make(
        api_name, "lookup", label, length=120, lookup=module, related_list=related_list, **options
    )


def multi_module_lookup(
    api_name: str, *modules: str, label: str | None = None, **options: Any
) -> Field:
    """Make a lookup that refers to one of several modules (What_Id, Parent_Id)."""
    return make(
        api_name, "multi_module_lookup", label, length=120, lookup_modules=modules, **options
    )


def multi_lookup(
    api_name: str, module: str, label: str | None = None, *, related_list: str, **options: Any
) -> Field:
    """Make a lookup that refers to several records; both sides show the links."""
    return make(
        api_name,
        "multiselectlookup",
        label,
        length=0,
        lookup=module,
        related_list=related_list,
        mass_update=False,
        **options,
    )


def owner(label: str) -> Field:
    """Make the Owner field of a module."""
    return make("Owner", "ownerlookup", label, length=120)


def subform(api_name: str, module: str, label: str | None = None, **options: Any) -> Field:
    """Make a subform; its rows are records of `module`."""
    return make(api_name, "subform", label, length=0, subform=module, mass_update=False, **options)


def files(api_name: str, label: str | None = None, **options: Any) -> Field:
    """Make a file upload field; `length` is the number of files."""
    return make(api_name, "fileupload", label, length=10, mass_update=False, **options)


def images(api_name: str, label: str | None = None, **options: Any) -> Field:
    """Make an image upload field."""
    return make(api_name, "imageupload", label, length=10, mass_update=False, **options)


def autonumber(
    api_name: str,
    label: str | None = None,
    *,
    prefix: str = "",
    start_number: int = 1,
    **options: Any,
) -> Field:
    """Make a number that Zoho increments itself."""
    return make(
        api_name,
        "autonumber",
        label,
        length=50,
        read_only=True,
        mass_update=False,
        prefix=prefix,
        start_number=start_number,
        **options,
    )


def formula(
    api_name: str,
    compute: Formula,
    expression: str,
    label: str | None = None,
    *,
    returns: str = "double",
    **options: Any,
) -> Field:
    """Make a formula field; `compute` takes the stored record, `expression` is what Zoho shows."""
    return make(
        api_name,
        "formula",
        label,
        length=16,
        read_only=True,
        mass_update=False,
        formula=compute,
        formula_type=returns,
        expression=expression,
        decimal_place=2,
        **options,
    )


def derived(
    api_name: str,
    compute: Formula,
    data_type: str = "text",
    label: str | None = None,
    **options: Any,
) -> Field:
    """Make a field of an ordinary type that Zoho fills itself (Full_Name, Expected_Revenue)."""
    return make(
        api_name, data_type, label, read_only=True, mass_update=False, formula=compute, **options
    )


def system_fields(owner_label: str | None, locked_since: float = 2.0) -> tuple[Field, ...]:
    """Make the fields of every module: owner, creator, modifier, times, tags.

    `locked_since` is the first API version that shows whether a record is locked.
    """
    owners = (owner(owner_label),) if owner_label else ()
    return (
        *owners,
        make("Created_By", "ownerlookup", length=120, read_only=True, mass_update=False),
        make("Modified_By", "ownerlookup", length=120, read_only=True, mass_update=False),
        datetime("Created_Time", read_only=True, mass_update=False),
        datetime("Modified_Time", read_only=True, mass_update=False),
        datetime("Last_Activity_Time", read_only=True, mass_update=False),
        text("Tag", length=2000, is_list_of_tags=True, mass_update=False, read_only=True),
        picklist(
            "Record_Status__s",
            "Available",
            "Draft",
            "Trash",
            label="Record Status",
            read_only=True,
            default="Available",
            since=6,
            show_in_view=False,
        ),
        boolean("Locked__s", "Locked", read_only=True, since=locked_since, show_in_view=False),
        bigint("id", "Record Id", read_only=True, mass_update=False, since=4, show_in_view=False),
    )


def _values(choices: tuple[Choice, ...]) -> tuple[PickListValue, ...]:
    pairs = [(choice, {}) if isinstance(choice, str) else choice for choice in choices]
    return tuple(PickListValue(text, text, extra=extra) for text, extra in pairs)
