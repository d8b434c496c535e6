"""Records' companions: notes, attachments, tags, shares, locks, blueprints, timelines, scores."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from . import ApiNamed, Named, Values


class RecordReference(TypedDict, total=False):
    """A record of some module."""

    id: str
    name: str
    module: ApiNamed


class Id(TypedDict):
    """A reference by id alone."""

    id: str


class Note(TypedDict, total=False):
    """A note; `Parent_Id` is the record that it belongs to."""

    id: str
    Note_Title: str | None
    Note_Content: str | None
    Parent_Id: RecordReference
    Owner: Named
    Created_By: Named
    Created_Time: str
    Modified_By: Named
    Modified_Time: str


class Attachment(TypedDict):
    """An attached file or link. `Size` is bytes, written as text."""

    id: str
    File_Name: str
    Size: str
    Parent_Id: Named
    Owner: Named
    Created_By: Named
    Created_Time: str
    Modified_By: Named
    Modified_Time: str


class RecordTag(TypedDict, total=False):
    """A tag of a record."""

    id: str
    name: str
    color_code: str | None


class TerritoryAssignment(TypedDict, total=False):
    """Which territories a record gets or loses; `id` is the record's."""

    id: str
    Territories: list[Id]


class SharedWith(TypedDict, total=False):
    """With whom a record is shared."""

    id: str
    name: str
    type: Literal["users", "roles", "groups"]


class Share(TypedDict, total=False):
    """How a record is shared with a user."""

    type: Literal["private", "public"]
    permission: Literal["read_only", "read_write", "full_access"]
    share_related_records: bool
    shared_with: SharedWith
    shared_through: RecordReference
    shared_by: Named
    shared_time: str


class RecordLock(TypedDict):
    """Why, when and by whom a record was locked."""

    id: str
    Locked_By__s: Named
    Locked_For__s: RecordReference
    Locked_Reason__s: str
    Locked_Time__s: str
    Lock_Source__s: Literal["Manual", "Automatic", "Both"]
    Record_Locking_Configuration_Id__s: str
    Record_Locking_Rule_Id__s: str | None


class BlueprintTransition(TypedDict):
    """A possible next step; `fields` are the fields that it requires."""

    id: str
    name: str
    type: str
    sequence: int
    criteria_matched: bool
    next_field_value: str
    percent_partial_save: float
    data: dict[str, Any]
    fields: list[dict[str, Any]]
    next_transitions: list[Named]


class BlueprintProcess(TypedDict):
    """The blueprint that a record is in, and its current state."""

    id: str
    name: str
    api_name: str
    field_id: str
    field_label: str
    field_value: str
    continuous: bool


class RecordBlueprint(TypedDict):
    """A record's blueprint: its process and the steps that can be taken now."""

    process_info: BlueprintProcess
    transitions: list[BlueprintTransition]


class TransitionStep(TypedDict, total=False):
    """A step to take, and values for its required fields."""

    transition_id: str
    data: Values


class TimelineEvent(TypedDict):
    """One thing that happened to a record."""

    id: str
    action: str
    audited_time: str
    source: str
    type: str | None
    extension: str | None
    done_by: Named
    record: RecordReference
    related_record: RecordReference | None
    automation_details: dict[str, Any] | None
    field_history: list[dict[str, Any]] | None


class DeletedRecord(TypedDict):
    """A deleted record: names are None for those deleted for good."""

    id: str
    display_name: str | None
    type: Literal["recycle", "permanent"]
    deleted_time: str
    deleted_by: Named | None
    created_by: Named | None


class RelatedCount(TypedDict):
    """The number of records in a related list."""

    count: int
    related_list: ApiNamed


class RelatedCountQuery(TypedDict, total=False):
    """A related list to count; `params` narrow it down."""

    related_list: ApiNamed
    params: Values


class ContactRole(TypedDict, total=False):
    """A part that a contact can play in a deal."""

    id: str
    name: str
    sequence_number: int


class EntityScore(TypedDict):
    """The score that scoring rules gave a record."""

    id: str
    Entity: RecordReference
    Scoring_Rule: Named
    Score: int
    Positive_Score: int
    Negative_Score: int
    Touch_Point_Score: int
    Touch_Point_Positive_Score: int
    Touch_Point_Negative_Score: int


class ConversionOptions(TypedDict):
    """Records that a lead could be merged into when it is converted."""

    module_preference: ApiNamed | None
    Contacts: list[dict[str, Any]] | None
    Accounts: list[dict[str, Any]] | None
    Deals: list[dict[str, Any]] | None
    preference_field_matched_value: dict[str, Any] | None


class InventoryTarget(TypedDict, total=False):
    """The target of converting a quote or a sales order."""

    module: ApiNamed
    carry_over_tags: bool


class RecordMerge(TypedDict, total=False):
    """The records to merge into a master record, and which fields to take from which."""

    data: list[dict[str, Any]]
    master_record_fields: list[dict[str, Any]]
