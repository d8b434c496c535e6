"""Photos: the picture of a lead, contact, account and the like."""

from __future__ import annotations

from typing import Literal

from ..downloads import Download
from ..encoding import File
from ..operation import operation
from ..readers import download, one
from ..results import Outcome
from . import Resource


class Photos(Resource):
    """Record photos (Zoho's manual: Record Image)."""

    @operation(
        "GET",
        "/crm/{version}/{module}/{id}/photo",
        returns=download,
        stream=True,
        scopes=("ZohoCRM.modules.{module}.READ",),
    )
    def download(self, module: str, id: str) -> Download:
        """Return the picture as a stream. Raises NotFound when there is none."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/photo",
        files=("file",),
        returns=one,
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def upload(
        self,
        module: str,
        id: str,
        file: File,
        *,
        restrict_triggers: Literal["workflow"] | None = None,
    ) -> Outcome:
        """Set the picture: png, jpeg, gif or bmp, at most 10 MB."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{id}/photo",
        returns=one,
        scopes=("ZohoCRM.modules.{module}.UPDATE",),
    )
    def delete(self, module: str, id: str) -> Outcome:
        """Remove the picture."""
        ...
