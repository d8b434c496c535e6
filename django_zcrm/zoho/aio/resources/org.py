"""The organisation itself.

Written by tools/write_resources.py from zoho/resources/org.py.
"""

from __future__ import annotations

from ...encoding import File
from ...results import Outcome
from ...types.organisation import Organisation
from ..results import AsyncDownload


class Org:
    """The organisation (Zoho's manual: Organization)."""

    async def get(self) -> Organisation:
        """Return the organisation that the connection belongs to."""
        ...

    async def download_photo(self) -> AsyncDownload:
        """Return the logo as a stream. Raises NotFound when there is none."""
        ...

    async def upload_photo(self, file: File) -> Outcome:
        """Set the logo. Raises Invalid for a file that is no picture or too large."""
        ...

    async def delete_photo(self) -> Outcome:
        """Remove the logo."""
        ...
