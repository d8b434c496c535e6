"""Tags: those defined for a module. To tag records, see `records`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
from ..types import Values
from ..types.metadata import MassDeleteTags, Tag, TagUse
from . import Resource

TagInclude = Literal["type", "associated_record_count", "last_accessed_time"]


class Tags(Resource):
    """Tags of a module (Zoho's manual: Tags)."""

    @operation(
        "GET",
        "/crm/{version}/settings/tags",
        key="tags",
        returns=items,
        scopes=("ZohoCRM.settings.tags.READ",),
    )
    def list(
        self,
        module: str,
        *,
        my_tags: bool | None = None,
        include: Sequence[TagInclude] | None = None,
    ) -> Sequence[Tag]:
        """Return the tags of a module."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/tags",
        key="tags",
        body="tags",
        returns=batch,
        scopes=("ZohoCRM.settings.tags.CREATE",),
    )
    def create(
        self, tags: Sequence[Values], module: str, *, color_code: str | None = None
    ) -> BatchResult:
        """Create tags, each with `name`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/tags",
        key="tags",
        body="tags",
        returns=batch,
        scopes=("ZohoCRM.settings.tags.UPDATE",),
    )
    def update(self, tags: Sequence[Values], module: str) -> BatchResult:
        """Change tags, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/tags/{id}",
        key="tags",
        body="tag",
        in_list=True,
        returns=one,
        adapt="id_in_query",
        scopes=("ZohoCRM.settings.tags.UPDATE",),
    )
    def update_one(self, id: str, tag: Values, module: str) -> Outcome:
        """Change one tag."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/tags/{id}",
        key="tags",
        returns=one,
        scopes=("ZohoCRM.settings.tags.DELETE",),
    )
    def delete_one(self, id: str) -> Outcome:
        """Delete one tag; its records lose it."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/tags/{id}/actions/merge",
        key="tags",
        within=("conflict_id",),
        returns=one,
        scopes=("ZohoCRM.settings.tags.UPDATE",),
    )
    def merge(self, id: str, conflict_id: str) -> Outcome:
        """Merge the tag `conflict_id` into this one."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/tags/{id}/actions/records_count",
        returns=item,
        scopes=("ZohoCRM.settings.tags.ALL",),
    )
    def records_count(self, id: str, module: str) -> TagUse:
        """Count records that have a tag, and say where else it is used."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/tags/actions/mass_delete",
        key="mass_delete",
        body="job",
        in_list=True,
        returns=one,
        since="v7",
        scopes=("ZohoCRM.settings.tags.DELETE",),
    )
    def mass_delete(self, job: Values) -> Outcome:
        """Delete many tags, `{"module": ..., "tags": [...]}`; the outcome names the `job_id`."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/tags/actions/mass_delete",
        key="mass_delete",
        returns=item,
        since="v7",
        scopes=("ZohoCRM.settings.tags.READ",),
    )
    def mass_delete_status(self, job_id: str) -> MassDeleteTags:
        """Return the status of such a job."""
        ...
