"""Unsubscribe links: links in e-mails that end a mailing."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.readers import batch, item, items, one
from ..operations.results import BatchResult, Outcome
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
        """Return one link. Raises NotFound.

        Args:
            id: Id of the link.
        """
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
        """Create links; return the outcome of each.

        Args:
            unsubscribe_links: Links to create, each with `name`, `page_type` and the keys for this
                type of page, such as `custom_location_url`. Texts have at most 255 characters. Zoho
                documents one per call.
        """
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
        """Change links, each with its `id`; return the outcome of each.

        Args:
            unsubscribe_links: Links to change, each with its `id` and the new values. Zoho
                documents one per call.
        """
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
        """Change one link.

        Args:
            id: Id of the link.
            unsubscribe_link: Values to change, as for `create`.
        """
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
        """Delete one link. Raises Invalid while it is in use.

        Args:
            id: Id of the link.
        """
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
