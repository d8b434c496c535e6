"""Tags that are defined for a module. To tag records, see `records`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.metadata import MassDeleteTags, Tag, TagUse
from . import Resource

TagInclude = Literal["type", "associated_record_count", "last_accessed_time"]


class Tags(Resource, scope="ZohoCRM.settings.tags", key="tags"):
    """Tags of a module (Zoho's manual: Tags)."""

    @operation("GET", "/crm/{version}/settings/tags")
    def list(
        self,
        module: str,
        *,
        my_tags: bool | None = None,
        include: Sequence[TagInclude] | None = None,
    ) -> Sequence[Tag]:
        """Return the tags of a module.

        Args:
            module: API name of the module that the tags belong to.
            my_tags: Whether to return only tags that the connected user created.
            include: Extra keys of each tag to return.
        """
        ...

    @operation("POST", "/crm/{version}/settings/tags", body="tags")
    def create(
        self, tags: Sequence[Values], module: str, *, color_code: str | None = None
    ) -> BatchResult:
        """Create tags; return the outcome of each.

        Args:
            tags: Tags to create, each with `name` (at most 25 characters) and optionally
                `color_code`.
            module: API name of the module that the tags belong to.
            color_code: Colour of the tags, such as `#63C57E`.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/tags", body="tags")
    def update(self, tags: Sequence[Values], module: str) -> BatchResult:
        """Change tags, each with its `id`; return the outcome of each.

        Args:
            tags: Tags to change, each with its `id` and the new values: `name` (at most 25
                characters), `color_code`.
            module: API name of the module that the tags belong to.
        """
        ...

    @operation(
        "PUT", "/crm/{version}/settings/tags/{id}", body="tag", in_list=True, adapt="id_in_query"
    )
    def update_one(self, id: str, tag: Values, module: str) -> Outcome:
        """Change one tag.

        Args:
            id: Id of the tag.
            tag: Values to change, by Zoho's key: `name` (at most 25 characters), `color_code`.
            module: API name of the module that the tags belong to.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/tags/{id}")
    def delete_one(self, id: str) -> Outcome:
        """Delete one tag; its records lose it.

        Args:
            id: Id of the tag.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/tags/{id}/actions/merge",
        within=("conflict_id",),
        scopes=("ZohoCRM.settings.tags.UPDATE",),
    )
    def merge(self, id: str, conflict_id: str) -> Outcome:
        """Merge one tag into another.

        Args:
            id: Id of the tag that remains.
            conflict_id: Id of the tag that is merged into it.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/tags/{id}/actions/records_count",
        scopes=("ZohoCRM.settings.tags.ALL",),
        key="",
    )
    def records_count(self, id: str, module: str) -> TagUse:
        """Count the records that have a tag; return its other uses too.

        Args:
            id: Id of the tag.
            module: API name of the module that the tags belong to.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/tags/actions/mass_delete",
        key="mass_delete",
        body="job",
        in_list=True,
        since="v7",
        scopes=("ZohoCRM.settings.tags.DELETE",),
    )
    def mass_delete(self, job: Values) -> Outcome:
        """Delete many tags; the outcome contains the `job_id`.

        Args:
            job: `module` (`{"api_name": ..., "id": ...}`) and `tags`, at most 100, each by its
                `id`.
        """
        ...

    @operation(
        "GET", "/crm/{version}/settings/tags/actions/mass_delete", key="mass_delete", since="v7"
    )
    def mass_delete_status(self, job_id: str) -> MassDeleteTags:
        """Return the status of a mass deletion.

        Args:
            job_id: Id of the job.
        """
        ...
