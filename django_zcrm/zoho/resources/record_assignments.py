"""Owners, tags and territories of records: a part of `records`."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.readers import batch_or_one
from ..operations.results import BatchResult, Outcome
from ..types import ApiNamed
from ..types.records import Id, RecordTag, TerritoryAssignment
from . import Resource


class RecordAssignments(Resource, scope="ZohoCRM.change_owner", key="data"):
    """Owners, tags and territories of records."""

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/change_owner",
        top_level=("ids", "owner", "notify", "related_modules"),
        each="ids",
        batch=500,
        returns=batch_or_one,
        adapt="by_id",
        since="v3",
    )
    def change_owner(
        self,
        module: str,
        ids: Sequence[str],
        owner: str | Id,
        *,
        notify: bool | None = None,
        related_modules: Sequence[ApiNamed] | None = None,
    ) -> BatchResult:
        """Change the owner of records, and of their records in `related_modules`.

        Args:
            module: API name of the module, such as `Leads`.
            ids: Ids of the records; any number, sent 500 per request.
            owner: Id of the new owner, or `{"id": ...}`.
            notify: Whether Zoho notifies the new owner by e-mail.
            related_modules: Modules whose related records change owner too, each by `api_name`:
                Tasks, Events, Calls, Contacts, Deals.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/change_owner",
        top_level=("owner", "notify", "related_modules"),
        adapt="by_id",
        since="v3",
    )
    def change_owner_one(
        self,
        module: str,
        id: str,
        owner: str | Id,
        *,
        notify: bool | None = None,
        related_modules: Sequence[ApiNamed] | None = None,
    ) -> Outcome:
        """Change the owner of one record.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
            owner: Id of the new owner, or `{"id": ...}`.
            notify: Whether Zoho notifies the new owner by e-mail.
            related_modules: Modules whose related records change owner too, each by `api_name`:
                Tasks, Events, Calls, Contacts, Deals.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/add_tags",
        top_level=("tags", "ids", "over_write"),
        each="ids",
        batch=500,
        adapt="tags",
        scopes=("ZohoCRM.settings.tags.CREATE", "ZohoCRM.modules.{module}.UPDATE"),
    )
    def add_tags(
        self,
        module: str,
        ids: Sequence[str],
        tags: Sequence[str | RecordTag],
        *,
        over_write: bool | None = None,
    ) -> BatchResult:
        """Tag records; return the outcome of each.

        The `details["tags"]` of an outcome are the tags of the record after the call.

        Args:
            module: API name of the module, such as `Leads`.
            ids: Ids of the records; any number, sent 500 per request.
            tags: Names of the tags, or tags with `name` and `color_code`. A name has at most 25
                characters.
            over_write: Whether to remove the record's other tags. By default, they stay.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/actions/add_tags",
        top_level=("tags", "over_write"),
        adapt="tags",
        scopes=("ZohoCRM.settings.tags.CREATE", "ZohoCRM.modules.{module}.UPDATE"),
    )
    def add_tags_one(
        self,
        module: str,
        record_id: str,
        tags: Sequence[str | RecordTag],
        *,
        over_write: bool | None = None,
    ) -> Outcome:
        """Tag one record.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            tags: Names of the tags, or tags with `name` and `color_code`. A name has at most 25
                characters.
            over_write: Whether to remove the record's other tags. By default, they stay.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/remove_tags",
        top_level=("tags", "ids"),
        each="ids",
        batch=500,
        adapt="tags",
        scopes=("ZohoCRM.settings.tags.CREATE", "ZohoCRM.modules.{module}.UPDATE"),
    )
    def remove_tags(
        self, module: str, ids: Sequence[str], tags: Sequence[str | RecordTag]
    ) -> BatchResult:
        """Remove tags from records; return the outcome of each.

        Args:
            module: API name of the module, such as `Leads`.
            ids: Ids of the records; any number, sent 500 per request.
            tags: Names of the tags, or tags with `name`.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/actions/remove_tags",
        top_level=("tags",),
        adapt="tags",
        scopes=("ZohoCRM.settings.tags.CREATE", "ZohoCRM.modules.{module}.UPDATE"),
    )
    def remove_tags_one(
        self, module: str, record_id: str, tags: Sequence[str | RecordTag]
    ) -> Outcome:
        """Remove tags from one record.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            tags: Names of the tags, or tags with `name`.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/assign_territories",
        body="records",
        batch=100,
        since="v2.1",
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def assign_territories(
        self, module: str, records: Sequence[TerritoryAssignment]
    ) -> BatchResult:
        """Assign records to territories. Zoho may do this later (code `SCHEDULED`).

        Args:
            module: API name of the module, such as `Leads`.
            records: Records, each with its `id` and `Territories` (ids, at most 100). Any number,
                sent 100 per request.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/assign_territories",
        body="record",
        in_list=True,
        since="v2.1",
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def assign_territories_one(self, module: str, id: str, record: TerritoryAssignment) -> Outcome:
        """Assign one record to territories.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
            record: `Territories`: the territories to add, by id, at most 100.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/actions/remove_territories",
        body="records",
        batch=100,
        since="v2.1",
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def remove_territories(
        self, module: str, records: Sequence[TerritoryAssignment]
    ) -> BatchResult:
        """Remove records from territories; return the outcome of each.

        Args:
            module: API name of the module, such as `Leads`.
            records: Records, each with its `id` and `Territories` (ids, at most 100). Any number,
                sent 100 per request.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/actions/remove_territories",
        body="record",
        in_list=True,
        since="v2.1",
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def remove_territories_one(self, module: str, id: str, record: TerritoryAssignment) -> Outcome:
        """Remove one record from territories.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
            record: `Territories`: the territories to remove, by id, at most 100.
        """
        ...
