"""Unsubscribe links: how people leave a mailing."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
from ..types import Values
from ..types.messaging import UnsubscribeAssociation, UnsubscribeLink
from . import Resource


class UnsubscribeLinks(Resource):
    """Unsubscribe links (Zoho's manual: Unsubscribe Links)."""

    @operation(
        "GET",
        "/crm/{version}/settings/unsubscribe_links",
        key="unsubscribe_links",
        returns=items,
        since="v6",
        scopes=("ZohoCRM.settings.unsubscribe.READ",),
    )
    def list(self) -> Sequence[UnsubscribeLink]:
        """Return all links."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/unsubscribe_links/{id}",
        key="unsubscribe_links",
        returns=item,
        since="v6",
        scopes=("ZohoCRM.settings.unsubscribe.READ",),
    )
    def get(self, id: str) -> UnsubscribeLink:
        """Return one link. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/unsubscribe_links",
        key="unsubscribe_links",
        body="unsubscribe_links",
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.settings.unsubscribe.CREATE",),
    )
    def create(self, unsubscribe_links: Sequence[Values]) -> BatchResult:
        """Create links; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/unsubscribe_links",
        key="unsubscribe_links",
        body="unsubscribe_links",
        returns=batch,
        since="v6",
        scopes=("ZohoCRM.settings.unsubscribe.UPDATE",),
    )
    def update(self, unsubscribe_links: Sequence[Values]) -> BatchResult:
        """Change links, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/unsubscribe_links/{id}",
        key="unsubscribe_links",
        body="unsubscribe_link",
        in_list=True,
        returns=one,
        since="v6",
        scopes=("ZohoCRM.settings.unsubscribe.UPDATE",),
    )
    def update_one(self, id: str, unsubscribe_link: Values) -> Outcome:
        """Change one link."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/unsubscribe_links/{id}",
        key="unsubscribe_links",
        returns=one,
        since="v6",
        scopes=("ZohoCRM.settings.unsubscribe.DELETE",),
    )
    def delete_one(self, id: str) -> Outcome:
        """Delete one link. Raises Invalid while it is in use."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/unsubscribe_link/actions/associations",
        key="associations",
        returns=items,
        since="v6",
        scopes=("ZohoCRM.settings.unsubscribe.READ",),
    )
    def associations(self) -> Sequence[UnsubscribeAssociation]:
        """Return where the links are used."""
        ...
