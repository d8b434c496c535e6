"""Related lists: metadata of the lists of related records that a module has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..types.metadata import RelatedList
from . import Resource

RelatedListStatus = Literal["visible", "scheduled_for_deletion", "user_hidden"]


class RelatedLists(Resource, scope="ZohoCRM.settings.related_lists", key="related_lists"):
    """Related list metadata (Zoho's manual: Related Lists Metadata)."""

    @operation("GET", "/crm/{version}/settings/related_lists")
    def list(
        self, module: str, *, layout_id: str | None = None, status: RelatedListStatus | None = None
    ) -> Sequence[RelatedList]:
        """Return the related lists of a module.

        Args:
            module: API name of the module, such as `Leads`.
            layout_id: Id of a layout; only related lists of this layout.
            status: Only related lists with this status.
        """
        ...

    @operation("GET", "/crm/{version}/settings/related_lists/{id}")
    def get(self, id: str, module: str, *, layout_id: str | None = None) -> RelatedList:
        """Return one related list of a module.

        Args:
            id: Id of the related list.
            module: API name of the module, such as `Leads`.
            layout_id: Id of a layout; only related lists of this layout.
        """
        ...
