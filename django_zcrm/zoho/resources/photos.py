"""Photos: the pictures of leads, contacts, accounts and other records."""

from __future__ import annotations

from typing import Literal

from ..http.downloads import Download
from ..http.encoding import File
from ..operations.operation import operation
from ..operations.results import Outcome
from . import Resource


class Photos(Resource):
    """Record photos (Zoho's manual: Record Image)."""

    @operation(
        "GET", "/crm/{version}/{module}/{id}/photo", scopes=("ZohoCRM.modules.{module}.READ",)
    )
    def download(self, module: str, id: str) -> Download:
        """Return the picture as a stream. Raises NotFound when there is none.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{id}/photo",
        files=("file",),
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
        """Set the picture: PNG, JPEG, GIF or BMP.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
            file: Picture of at most 10 MB: open binary file, or a pair of file name and content.
            restrict_triggers: Automation that does not run for this change. By default all of it
                runs.
        """
        ...

    @operation(
        "DELETE", "/crm/{version}/{module}/{id}/photo", scopes=("ZohoCRM.modules.{module}.UPDATE",)
    )
    def delete(self, module: str, id: str) -> Outcome:
        """Remove the picture.

        Args:
            module: API name of the module, such as `Leads`.
            id: Id of the record.
        """
        ...
