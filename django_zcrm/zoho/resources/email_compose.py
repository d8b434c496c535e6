"""Email composer: the defaults of a new e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult
from ..types import Values
from ..types.messaging import EmailComposeSettings
from . import Resource


class EmailCompose(Resource, key="email_compose", since="v8"):
    """Defaults of the email composer (Zoho's manual: Email Compose)."""

    @operation("GET", "/crm/email/{version}/settings/compose")
    def list(
        self, *, type: Literal["default", "emailin", "mass_mail"] | None = None
    ) -> Sequence[EmailComposeSettings]:
        """Return the defaults, by kind of e-mail: addresses and font.

        Args:
            type: Kind of e-mail; without it, all.
        """
        ...

    @operation("PUT", "/crm/email/{version}/settings/compose", body="email_compose")
    def update(self, email_compose: Sequence[Values]) -> BatchResult:
        """Change the defaults; return the outcome of each.

        Args:
            email_compose: Defaults to change, each with its `type` and the new values.
        """
        ...
