"""The organisation itself."""

from __future__ import annotations

from ..http.downloads import Download
from ..http.encoding import File
from ..operations.operation import operation
from ..operations.results import Outcome
from ..types.organisation import Organisation
from . import Resource


class Org(Resource, scope="ZohoCRM.org"):
    """The organisation (Zoho's manual: Organization)."""

    @operation("GET", "/crm/{version}/org", key="org")
    def get(self) -> Organisation:
        """Return the organisation that the connection belongs to."""
        ...

    @operation("GET", "/crm/{version}/org/photo", since="v3")
    def download_photo(self) -> Download:
        """Return the logo as a stream. Raises NotFound when there is none."""
        ...

    @operation("POST", "/crm/{version}/org/photo", files=("file",))
    def upload_photo(self, file: File) -> Outcome:
        """Set the logo. Raises Invalid for a file that is not a picture, or too large.

        Args:
            file: Picture: open binary file, or a pair of file name and content.
        """
        ...

    @operation("DELETE", "/crm/{version}/org/photo", since="v3")
    def delete_photo(self) -> Outcome:
        """Remove the logo."""
        ...
