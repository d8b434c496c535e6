"""The API itself: its supported paths.

Written by tools/write_resources.py from zoho/resources/apis.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...types import Filters
from ...types.organisation import SupportedApi


class Apis:
    """Supported paths of the API (Zoho's manual: Supported API)."""

    async def list(self, *, filters: Filters | None = None) -> Sequence[SupportedApi]:
        """Return the paths that the organisation may call, with methods, scopes and credits."""
        ...
