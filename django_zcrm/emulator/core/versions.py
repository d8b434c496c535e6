"""The differences between the API versions, in one place.

Handlers ask `dialect(call.version)` and never compare version numbers.
Sources: the change logs of docs/api/v2.1 ... v8. Where Zoho does not document the version of a
change, the choice made here is listed in docs/explanation/emulator-guesses.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ..guesses import behaves, is_calibrated


@dataclass(frozen=True, slots=True)
class Dialect:
    """The behaviour of one API version."""

    number: float
    #: Lists require `fields`, accept `page_token`, and stop at 2,000 rows without one.
    fields_are_mandatory: bool
    has_page_tokens: bool
    sorts_by_any_field: bool
    #: Subforms and multi-lookups also appear in lists, not only in a single record.
    lists_children: bool
    #: An update of a subform keeps the rows that are not named.
    merges_subforms: bool
    #: Mixed results are 207 and refusals 400; before, both were 202 with errors inside.
    has_multi_status: bool
    #: Error details carry the JSON path of the refused value.
    has_json_path: bool
    #: DUPLICATE_DATA names the other record as an object.
    describes_duplicates: bool
    takes_lookups_as_text: bool
    tags_in_query: bool
    conversion_in_text: bool
    note_parent_in_text: bool
    #: `org_taxes` holds taxes and preferences, and one PUT writes all of them.
    has_taxes_in_one_object: bool
    #: `$converted` of a lead became the field Converted__s.
    has_dollar_converted: bool
    has_activities_module: bool
    #: `leads` in a path is the module Leads (n8n's Zoho node sends nothing else).
    ignores_case_of_modules: bool
    has_if_unmodified_since: bool
    #: Modules have `status` (and no longer the nine keys that v6 dropped).
    module_has_status: bool
    module_has_legacy_keys: bool
    #: Bulk jobs name modules and fields as text; later as objects (docs v2.1 change log).
    bulk_names_in_text: bool
    bulk_has_page_tokens: bool
    #: How many conditions the criteria of a search may have.
    max_criteria: int
    #: A field's history is an object or null; before, it is a flag (SDKs of v2.1 and later).
    history_is_object: bool
    #: Custom views name columns, and fields in criteria, as objects (SDKs of v2.1 and later).
    view_fields_are_objects: bool
    #: `data_type` can be multi_module_lookup; before, such fields are lookups of `se_module`
    #: (SDKs of v2 to v5 know no other).
    has_multi_module_lookups: bool
    #: Reminders of meetings are lists; before, `event_reminder` (Airbyte's source).
    has_multi_reminders: bool
    #: Zoho's own subforms are said to be text (Airbyte's source).
    line_items_are_text: bool
    #: Every field has a `length` (Airbyte's source reads no fields otherwise).
    fields_have_length: bool
    #: Records have `$sharing_permission`, notes what other records have (recorded in v2).
    has_sharing_permission: bool
    #: Multi-select lookups are described by `linking_details` and `connected_details` (SDK of v8).
    has_linking_details: bool
    #: Sections have `left_to_right`; before, a number (the SDK of v5 reads one, that of v6 text).
    names_tab_traversal: bool
    #: Sections are named `Lead_Information__s` (seen in metadata of real organisations).
    names_sections_by_api_name: bool
    #: Rich metadata of a field (profiles, operation_type...) came with v3.
    has_rich_fields: bool


#: The traits that a calibration can change, by guess and behaviour.
_CALIBRATED: dict[tuple[str, str], dict[str, Any]] = {
    ("records.json-path", "always"): {"has_json_path": True},
    ("records.duplicate-data", "always"): {"describes_duplicates": True},
    ("records.lookup-as-text", "always"): {"takes_lookups_as_text": True},
    ("records.search-criteria", "15"): {"max_criteria": 15},
    ("records.lower-case", "refused"): {"ignores_case_of_modules": False},
    ("records.v2-settings-keys", "new"): {"has_rich_fields": True},
    ("records.conversion-result", "objects-from-v2.1"): {"conversion_in_text": False},
    ("records.note-parent", "objects-from-v2.1"): {"note_parent_in_text": False},
}

_ONLY_V2_1 = {
    ("records.conversion-result", "objects-from-v2.1"),
    ("records.note-parent", "objects-from-v2.1"),
}


def dialect(version: float) -> Dialect:
    """Return the behaviour of an API version (2, 2.1, 3 ... 8)."""
    if not is_calibrated():
        return _dialect(version)
    return _calibrated_dialect(version, tuple(flip for flip in _CALIBRATED if behaves(*flip)))


@cache
def _calibrated_dialect(version: float, flips: tuple[tuple[str, str], ...]) -> Dialect:
    traits = _dialect(version)
    for flip in flips:
        if flip not in _ONLY_V2_1 or version == 2.1:
            traits = replace(traits, **_CALIBRATED[flip])
    return traits


@cache
def _dialect(version: float) -> Dialect:
    from_v3 = version >= 3
    return Dialect(
        number=version,
        fields_are_mandatory=from_v3,
        has_page_tokens=from_v3,
        sorts_by_any_field=not from_v3,
        lists_children=version < 2.1,
        merges_subforms=from_v3,
        has_multi_status=from_v3,
        has_json_path=from_v3,
        describes_duplicates=version >= 7,
        takes_lookups_as_text=not from_v3,
        tags_in_query=not from_v3,
        conversion_in_text=not from_v3,
        note_parent_in_text=not from_v3,
        has_taxes_in_one_object=from_v3,
        has_dollar_converted=version < 4,
        has_activities_module=not from_v3,
        ignores_case_of_modules=not from_v3,
        has_if_unmodified_since=version >= 7,
        module_has_status=version >= 5,
        module_has_legacy_keys=version < 6,
        bulk_names_in_text=version < 2.1,
        bulk_has_page_tokens=version >= 7,
        max_criteria=15 if version >= 8 else 10,
        history_is_object=version >= 2.1,
        view_fields_are_objects=version >= 2.1,
        has_multi_module_lookups=version >= 6,
        has_multi_reminders=version >= 5,
        line_items_are_text=version < 2.1,
        fields_have_length=version < 2.1,
        has_sharing_permission=version >= 3,
        has_linking_details=version >= 8,
        names_tab_traversal=version >= 6,
        names_sections_by_api_name=version >= 8,
        has_rich_fields=from_v3,
    )
