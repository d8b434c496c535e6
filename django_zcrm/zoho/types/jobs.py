"""Work that Zoho does in the background: bulk reads and writes, mass actions, notifications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypedDict

from . import ApiNamed, Filters, Named

BulkReadState = Literal["ADDED", "QUEUED", "IN PROGRESS", "COMPLETED", "FAILURE"]
BulkWriteStatus = Literal["ADDED", "INPROGRESS", "IN PROGRESS", "COMPLETED", "FAILED", "SKIPPED"]
BulkWriteOperation = Literal["insert", "update", "upsert"]
MassActionState = Literal["SCHEDULED", "QUEUED", "RUNNING", "COMPLETED", "SUSPENDED", "FAILED"]


class Callback(TypedDict):
    """The address to which Zoho posts when the job is done; the post is not signed."""

    url: str
    method: Literal["post"]


class BulkReadQuery(TypedDict, total=False):
    """The records to export; `module` may be a plain name, and no `fields` means all fields."""

    module: str | ApiNamed
    cvid: str
    fields: Sequence[str]
    criteria: Filters
    page: int
    page_token: str


class BulkReadResult(TypedDict):
    """The result of a bulk read; the next job continues at `next_page_token`."""

    page: int
    per_page: int
    count: int
    download_url: str
    more_records: bool
    next_page_token: str
    error_message: dict[str, Any]


class BulkReadJob(TypedDict):
    """A bulk read; there is a `result` once its `state` is COMPLETED."""

    id: str
    operation: str
    state: BulkReadState
    query: dict[str, Any]
    result: BulkReadResult
    file_type: Literal["csv", "ics"]
    created_by: Named
    created_time: str


class FieldMapping(TypedDict, total=False):
    """The field of a column of the file."""

    api_name: str
    index: int
    format: str | None
    find_by: str | None
    default_value: dict[str, Any] | None
    parent_column_index: int | None
    module: str | None


class BulkWriteFile(TypedDict, total=False):
    """The outcome of a file's rows."""

    status: BulkWriteStatus
    name: str
    added_count: int
    updated_count: int
    skipped_count: int
    total_count: int


class BulkWriteResource(TypedDict, total=False):
    """One file of a bulk write, and the module that its rows go to (may be a plain name)."""

    type: Literal["data"]
    module: str | ApiNamed
    file_id: str
    file_names: Sequence[str]
    find_by: str
    ignore_empty: bool
    field_mappings: Sequence[FieldMapping]
    status: BulkWriteStatus
    code: str
    file: BulkWriteFile


class BulkWriteResult(TypedDict):
    """The URL of the file with the outcome of every row."""

    download_url: str


class BulkWriteJob(TypedDict):
    """A bulk write; there is a `result` once its `status` is COMPLETED."""

    id: str
    status: BulkWriteStatus
    operation: BulkWriteOperation
    character_encoding: str
    resource: list[BulkWriteResource]
    result: BulkWriteResult
    callback: Callback
    created_by: Named
    created_time: str


class MassActionStatus(TypedDict):
    """The progress of a mass action."""

    Status: MassActionState
    Total_Count: int
    Updated_Count: int
    Not_Updated_Count: int
    Deleted_Count: int
    Converted_Count: int
    Not_Converted_Count: int
    Failed_Count: int


class InventoryMassConvertStatus(TypedDict):
    """The progress of a mass conversion of quotes or sales orders."""

    status: str
    total_count: int
    converted_count: int
    not_converted_count: int
    failed_count: int


class TerritoryFilter(TypedDict, total=False):
    """Only the records of a territory, or of those below it too."""

    id: str
    include_child: bool


class MergeJob(TypedDict):
    """The progress of merging records."""

    job_id: str
    status: str


class PortalInvitation(TypedDict, total=False):
    """Whom to invite to a portal: `id` is a record's, `user_type_id` its user type there."""

    id: str
    user_type_id: str
    type: Literal["invite", "reinvite"]
    language: str | None


class PortalInviteJob(TypedDict):
    """The outcome of invitations."""

    job_id: str
    status: Literal["scheduled", "in_progress", "completed"]
    data: list[dict[str, Any]]


class Channel(TypedDict, total=False):
    """A subscription: Zoho posts to `notify_url` when one of `events` happens.

    Without `channel_expiry`, or with one too far ahead (a week, a day up to v3), it ends in an
    hour.
    """

    channel_id: str
    events: Sequence[str]
    notify_url: str
    token: str | None
    channel_expiry: str
    return_affected_field_values: bool
    notify_on_related_action: bool
    notification_condition: Sequence[dict[str, Any]]
    fields: dict[str, Any]
    resource_id: str
    resource_name: str
    resource_uri: str
    _delete_events: bool


class SubRequest(TypedDict, total=False):
    """One request of a composite request: `uri` begins with `/crm/v...`."""

    sub_request_id: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    uri: str
    params: dict[str, Any]
    headers: dict[str, str]
    body: Any
