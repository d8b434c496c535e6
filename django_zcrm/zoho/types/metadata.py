"""Metadata: modules, fields, layouts, views and what else describes records."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from . import ApiNamed, Audited, Criteria, Named

ModuleStatus = Literal["visible", "scheduled_for_deletion", "user_hidden", "system_hidden"]
GeneratedType = Literal[
    "default",
    "custom",
    "web",
    "linking",
    "subform",
    "static_subform",
    "field_tracker",
    "picklisttracker",
    "webtab_link",
]


class Module(TypedDict):
    """A kind of record."""

    id: str
    api_name: str
    module_name: str
    singular_label: str
    plural_label: str
    generated_type: GeneratedType
    status: ModuleStatus
    api_supported: bool
    creatable: bool
    editable: bool
    deletable: bool
    viewable: bool
    visible: bool
    visibility: int
    convertable: bool
    show_as_tab: bool
    quick_create: bool
    global_search_supported: bool
    scoring_supported: bool
    triggers_supported: bool
    webform_supported: bool
    sequence_number: int
    profile_count: int
    profiles: list[Named]
    parent_module: ApiNamed
    modified_by: Named | None
    modified_time: str | None
    web_link: str | None
    business_card_fields: list[str]
    search_layout_fields: list[str]
    related_lists: list[dict[str, Any]]
    custom_view: dict[str, Any]
    description: str | None


class PickListValue(TypedDict):
    """One choice of a pick list."""

    id: str
    display_value: str
    actual_value: str
    reference_value: str
    sequence_number: int
    colour_code: str | None
    type: Literal["used", "unused"]
    layout_associations: list[Named]


class OperationType(TypedDict):
    """The operations that may write a field."""

    web_create: bool
    web_update: bool
    api_create: bool
    api_update: bool


class LookupModule(TypedDict):
    """The module that a lookup points to."""

    id: str
    api_name: str
    module: str | ApiNamed
    display_label: str


class Field(TypedDict):
    """A field of a module."""

    id: str
    api_name: str
    field_label: str
    display_label: str
    data_type: str
    json_type: str | None
    type: Literal["all", "used", "unused"]
    length: int
    decimal_place: int | None
    system_mandatory: bool
    required: bool
    read_only: bool
    field_read_only: bool
    visible: bool
    custom_field: bool
    virtual_field: bool
    display_field: bool
    filterable: bool
    searchable: bool
    sortable: bool
    webhook: bool
    unique: dict[str, Any]
    default_value: Any
    sequence_number: int
    created_source: str
    operation_type: OperationType
    view_type: dict[str, bool]
    pick_list_values: list[PickListValue]
    pick_list_values_sorted_lexically: bool
    global_picklist: ApiNamed | None
    lookup: LookupModule
    multiselectlookup: dict[str, Any]
    multi_module_lookup: dict[str, Any] | None
    associated_module: dict[str, Any] | None
    subform: dict[str, Any] | None
    formula: dict[str, Any]
    rollup_summary: dict[str, Any] | None
    currency: dict[str, Any]
    auto_number: dict[str, Any]
    external: dict[str, Any] | None
    crypt: dict[str, Any] | None
    private: dict[str, Any] | None
    history_tracking: dict[str, Any] | None
    profiles: list[dict[str, str]]
    tooltip: dict[str, str] | None
    convert_mapping: dict[str, Any]


class Section(TypedDict):
    """A section of a layout, with its fields."""

    id: str
    api_name: str
    name: str
    display_label: str
    sequence_number: int
    column_count: int
    tab_traversal: Literal["left_to_right", "top_to_bottom"]
    generated_type: Literal["default", "custom"]
    type: Literal["used", "unused"]
    fields: list[Field]


class Layout(TypedDict):
    """An arrangement of a module's fields."""

    id: str
    api_name: str
    name: str
    display_label: str
    status: str
    mode: str
    visible: bool
    source: str
    generated_type: str
    show_business_card: bool
    has_more_profiles: bool
    profiles: list[dict[str, Any]]
    portal_user_types: list[dict[str, Any]]
    sections: list[Section]
    convert_mapping: dict[str, Any] | None
    created_by: Named | None
    created_time: str | None
    modified_by: Named | None
    modified_time: str | None


class FieldDependency(TypedDict):
    """Which values of a child pick list remain for each value of its parent."""

    id: str
    parent: ApiNamed
    child: ApiNamed
    pick_list_values: list[dict[str, Any]]
    internal: bool
    active: bool
    source: int
    category: int
    sub_module: dict[str, Any] | None


class CustomView(TypedDict):
    """A saved filter of a module."""

    id: str
    name: str
    display_value: str
    system_name: str | None
    category: Literal["public_views", "other_users_views", "shared_with_me", "created_by_me"]
    access_type: Literal["shared", "public", "only_to_me"]
    default: bool
    system_defined: bool
    favorite: int | None
    offline: bool
    locked: bool
    criteria: Criteria | None
    cross_filters: list[dict[str, Any]]
    shared_to: list[dict[str, Any]] | None
    fields: list[ApiNamed]
    sort_by: ApiNamed | None
    sort_order: Literal["asc", "desc"] | None
    module: ApiNamed
    created_by: Named | None
    created_time: str | None
    modified_by: Named | None
    modified_time: str | None
    last_accessed_time: str | None


class RelatedList(TypedDict):
    """A list of records that are related to a module's records."""

    id: str
    api_name: str
    name: str
    display_label: str
    type: str
    action: str
    href: str
    sequence_number: str
    status: Literal["visible", "user_hidden", "scheduled_for_deletion"]
    module: ApiNamed | None
    connectedmodule: str | None
    linkingmodule: str | None
    customize_fields: bool
    customize_sort: bool
    customize_display_label: bool
    record_operations: dict[str, bool]


class Stage(TypedDict):
    """A stage of a pipeline."""

    id: str
    display_value: str
    actual_value: str
    sequence_number: int
    colour_code: str | None
    forecast_type: str
    forecast_category: Named


class Pipeline(TypedDict):
    """A pipeline of deals, with its stages."""

    id: str
    display_value: str
    actual_value: str
    default: bool
    maps: list[Stage]
    child_available: bool
    parent: Named


class GlobalPicklist(TypedDict):
    """A pick list that several fields share."""

    id: str
    api_name: str
    display_label: str
    actual_label: str
    description: str | None
    source: str
    presence: bool
    customizable: bool
    pick_list_values: list[PickListValue]
    pick_list_values_sorted_lexically: bool
    associated_fields_count: int
    used_in_modules: list[dict[str, Any]]
    created_by: Named | None
    created_time: str
    modified_by: Named | None
    modified_time: str


class PicklistAssociation(TypedDict):
    """A field that uses a global picklist."""

    field: ApiNamed
    module: ApiNamed
    layouts: list[Named]


class PicklistValueAssociation(TypedDict):
    """A use of a choice of a global picklist."""

    type: str
    resources: list[dict[str, Any]]


class Tag(Audited):
    """A tag of a module, as its settings know it."""

    id: str
    name: str
    color_code: str | None


class MassDeleteTags(TypedDict):
    """The status of a job that deletes tags."""

    job_id: str
    status: Literal["SCHEDULED", "QUEUED", "RUNNING", "COMPLETED", "FAILED"]
    total_count: int
    deleted_count: int
    failed_count: int
    created_time: str


class TagUse(TypedDict):
    """The number of records with a tag, and its other uses."""

    count: str
    configured_areas: dict[str, Any]


class Wizard(Audited):
    """A wizard: a record's form split into screens."""

    id: str
    name: str
    display_label: str
    active: bool
    module: ApiNamed
    profiles: list[Named]
    portal_user_types: list[Named]
    containers: list[dict[str, Any]]


class RecordLockingConfiguration(Audited):
    """When records of a module are locked, and for whom."""

    id: str
    lock_type: Literal["automatic", "manual", "both"]
    locked_for: Literal["all_profiles", "all_profiles_except_excluded_profiles"]
    feature_type: Literal["record_locking"]
    locking_rules: list[dict[str, Any]]
    lock_excluded_profiles: list[Named]
    excluded_fields: list[dict[str, Any]]
    restricted_actions: list[str]
    restricted_communications: list[str]
    restricted_custom_buttons: list[Named]
    lock_for_portal_users: bool
    system_defined: bool


class DuplicateCheck(TypedDict):
    """Which records of other modules count as duplicates of a lead."""

    type: Literal["converted_records", "mapped_module_records"]
    type_configurations: list[dict[str, Any]]
