"""Pipelines: the stages that deals go through."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
from ..types import Values
from ..types.metadata import Pipeline
from . import Resource


class Pipelines(Resource):
    """Pipelines of a layout of Deals (Zoho's manual: Pipeline)."""

    @operation(
        "GET",
        "/crm/{version}/settings/pipeline",
        key="pipeline",
        returns=items,
        since="v2.1",
        scopes=("ZohoCRM.settings.pipeline.READ",),
    )
    def list(self, layout_id: str) -> Sequence[Pipeline]:
        """Return the pipelines of a layout."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/pipeline/{id}",
        key="pipeline",
        returns=item,
        since="v2.1",
        scopes=("ZohoCRM.settings.pipeline.READ",),
    )
    def get(self, id: str, layout_id: str) -> Pipeline:
        """Return one pipeline of a layout. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/pipeline",
        key="pipeline",
        body="pipelines",
        returns=batch,
        since="v2.1",
        scopes=("ZohoCRM.settings.pipeline.CREATE",),
    )
    def create(self, pipelines: Sequence[Values], layout_id: str) -> BatchResult:
        """Create pipelines; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/pipeline",
        key="pipeline",
        body="pipelines",
        returns=batch,
        since="v2.1",
        scopes=("ZohoCRM.settings.pipeline.UPDATE",),
    )
    def update(self, pipelines: Sequence[Values], layout_id: str) -> BatchResult:
        """Change pipelines, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/pipeline/{id}",
        key="pipeline",
        body="pipeline",
        in_list=True,
        returns=one,
        since="v2.1",
        scopes=("ZohoCRM.settings.pipeline.UPDATE",),
    )
    def update_one(self, id: str, pipeline: Values, layout_id: str) -> Outcome:
        """Change one pipeline."""
        ...

    @operation(
        "PATCH",
        "/crm/{version}/settings/pipeline",
        key="pipeline",
        body="pipelines",
        returns=batch,
        scopes=("ZohoCRM.settings.pipeline.UPDATE",),
    )
    def patch(self, pipelines: Sequence[Values], layout_id: str) -> BatchResult:
        """Change parts of pipelines, each with its `id`; `_delete` removes one."""
        ...

    @operation(
        "PATCH",
        "/crm/{version}/settings/pipeline/{id}",
        key="pipeline",
        body="pipeline",
        in_list=True,
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.pipeline.UPDATE",),
    )
    def patch_one(self, id: str, pipeline: Values, layout_id: str) -> Outcome:
        """Change parts of one pipeline; `{"_delete": {...}}` removes it."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/pipeline/actions/transfer",
        key="transfer_pipeline",
        body="transfers",
        returns=batch,
        since="v2.1",
        scopes=("ZohoCRM.settings.pipeline.CREATE",),
    )
    def transfer(self, transfers: Sequence[Values], layout_id: str) -> BatchResult:
        """Move deals out of pipelines, each with the `stages` to map, and delete the pipelines."""
        ...
