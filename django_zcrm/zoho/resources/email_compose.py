"""Email composer: what an email starts with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operation import operation
from ..readers import batch, items
from ..results import BatchResult
from ..types import Values
from ..types.messaging import EmailComposeSettings
from . import Resource


class EmailCompose(Resource):
    """Defaults of the email composer (Zoho's manual: Email Compose)."""

    @operation(
        "GET",
        "/crm/email/{version}/settings/compose",
        key="email_compose",
        returns=items,
        since="v8",
    )
    def list(
        self, *, type: Literal["default", "emailin", "mass_mail"] | None = None
    ) -> Sequence[EmailComposeSettings]:
        """Return the defaults: addresses and font, by kind of email."""
        ...

    @operation(
        "PUT",
        "/crm/email/{version}/settings/compose",
        key="email_compose",
        body="email_compose",
        returns=batch,
        since="v8",
    )
    def update(self, email_compose: Sequence[Values]) -> BatchResult:
        """Change the defaults, each by its `type`; return the outcome of each."""
        ...
