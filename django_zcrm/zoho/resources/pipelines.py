"""Pipelines: the stages that deals go through."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.metadata import Pipeline
from . import Resource


class Pipelines(Resource, scope="ZohoCRM.settings.pipeline", key="pipeline", since="v2.1"):
    """Pipelines of a layout of Deals (Zoho's manual: Pipeline)."""

    @operation("GET", "/crm/{version}/settings/pipeline")
    def list(self, layout_id: str) -> Sequence[Pipeline]:
        """Return the pipelines of a layout.

        Args:
            layout_id: Id of the layout of Deals.
        """
        ...

    @operation("GET", "/crm/{version}/settings/pipeline/{id}")
    def get(self, id: str, layout_id: str) -> Pipeline:
        """Return one pipeline of a layout. Raises NotFound.

        Args:
            id: Id of the pipeline.
            layout_id: Id of the layout of Deals.
        """
        ...

    @operation("POST", "/crm/{version}/settings/pipeline", body="pipelines")
    def create(self, pipelines: Sequence[Values], layout_id: str) -> BatchResult:
        """Create pipelines; return the outcome of each.

        Args:
            pipelines: Pipelines to create, each with `display_value` and `maps` (its stages, at
                most 200). Zoho documents one per call.
            layout_id: Id of the layout of Deals.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/pipeline", body="pipelines")
    def update(self, pipelines: Sequence[Values], layout_id: str) -> BatchResult:
        """Change pipelines, each with its `id`; return the outcome of each.

        Args:
            pipelines: Pipelines to change, each with its `id` and the new values, such as `maps`
                (at most 200 stages). Zoho documents one per call.
            layout_id: Id of the layout of Deals.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/pipeline/{id}", body="pipeline", in_list=True)
    def update_one(self, id: str, pipeline: Values, layout_id: str) -> Outcome:
        """Change one pipeline.

        Args:
            id: Id of the pipeline.
            pipeline: Values to change, such as `display_value` and `maps` (at most 200 stages).
            layout_id: Id of the layout of Deals.
        """
        ...

    @operation("PATCH", "/crm/{version}/settings/pipeline", body="pipelines", since="v2")
    def patch(self, pipelines: Sequence[Values], layout_id: str) -> BatchResult:
        """Change parts of pipelines; `_delete` in a pipeline removes parts of it.

        Args:
            pipelines: Pipelines to change, each with its `id` and the parts to change. Zoho
                documents one per call.
            layout_id: Id of the layout of Deals.
        """
        ...

    @operation(
        "PATCH", "/crm/{version}/settings/pipeline/{id}", body="pipeline", in_list=True, since="v3"
    )
    def patch_one(self, id: str, pipeline: Values, layout_id: str) -> Outcome:
        """Change parts of one pipeline; `{"_delete": {...}}` removes parts of it.

        Args:
            id: Id of the pipeline.
            pipeline: Parts to change, such as `maps` (at most 200 stages).
            layout_id: Id of the layout of Deals.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/pipeline/actions/transfer",
        key="transfer_pipeline",
        body="transfers",
    )
    def transfer(self, transfers: Sequence[Values], layout_id: str) -> BatchResult:
        """Move deals out of pipelines, each with the `stages` to map, and delete the pipelines.

        Args:
            transfers: Transfers, each with `pipeline` (from and to) and `stages` (at most 200
                pairs). Zoho documents one per call.
            layout_id: Id of the layout of Deals.
        """
        ...
