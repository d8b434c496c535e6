"""Photos: the picture of a lead, contact, account and the like.

Written by tools/write_resources.py from zoho/resources/photos.py.
"""

from __future__ import annotations

from typing import Literal

from ...encoding import File
from ...results import Outcome
from ..results import AsyncDownload


class Photos:
    """Record photos (Zoho's manual: Record Image)."""

    async def download(self, module: str, id: str) -> AsyncDownload:
        """Return the picture as a stream. Raises NotFound when there is none."""
        ...

    async def upload(
        self,
        module: str,
        id: str,
        file: File,
        *,
        restrict_triggers: Literal["workflow"] | None = None,
    ) -> Outcome:
        """Set the picture: png, jpeg, gif or bmp, at most 10 MB."""
        ...

    async def delete(self, module: str, id: str) -> Outcome:
        """Remove the picture."""
        ...
