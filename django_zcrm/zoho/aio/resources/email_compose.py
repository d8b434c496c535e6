"""Email composer: what an email starts with.

Written by tools/write_resources.py from zoho/resources/email_compose.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...results import BatchResult
from ...types import Values
from ...types.messaging import EmailComposeSettings


class EmailCompose:
    """Defaults of the email composer (Zoho's manual: Email Compose)."""

    async def list(
        self, *, type: Literal["default", "emailin", "mass_mail"] | None = None
    ) -> Sequence[EmailComposeSettings]:
        """Return the defaults: addresses and font, by kind of email."""
        ...

    async def update(self, email_compose: Sequence[Values]) -> BatchResult:
        """Change the defaults, each by its `type`; return the outcome of each."""
        ...
