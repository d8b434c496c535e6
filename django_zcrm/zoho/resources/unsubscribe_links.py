"""Unsubscribe links: links in e-mails that end a mailing."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.messaging import UnsubscribeAssociation, UnsubscribeLink
from . import Resource


class UnsubscribeLinks(
    Resource, scope="ZohoCRM.settings.unsubscribe", key="unsubscribe_links", since="v6"
):
    """Unsubscribe links (Zoho's manual: Unsubscribe Links)."""

    @operation("GET", "/crm/{version}/settings/unsubscribe_links")
    def list(self) -> Sequence[UnsubscribeLink]:
        """Return all links."""
        ...

    @operation("GET", "/crm/{version}/settings/unsubscribe_links/{id}")
    def get(self, id: str) -> UnsubscribeLink:
        """Return one link. Raises NotFound.

        Args:
            id: Id of the link.
        """
        ...

    @operation("POST", "/crm/{version}/settings/unsubscribe_links", body="unsubscribe_links")
    def create(self, unsubscribe_links: Sequence[Values]) -> BatchResult:
        """Create links; return the outcome of each.

        Args:
            unsubscribe_links: Links to create, each with `name`, `page_type` and the keys for this
                type of page, such as `custom_location_url`. Texts have at most 255 characters. Zoho
                documents one per call.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/unsubscribe_links", body="unsubscribe_links")
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
        body="unsubscribe_link",
        in_list=True,
    )
    def update_one(self, id: str, unsubscribe_link: Values) -> Outcome:
        """Change one link.

        Args:
            id: Id of the link.
            unsubscribe_link: Values to change, as for `create`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/unsubscribe_links/{id}")
    def delete_one(self, id: str) -> Outcome:
        """Delete one link. Raises Invalid while it is in use.

        Args:
            id: Id of the link.
        """
        ...

    @operation(
        "GET", "/crm/{version}/settings/unsubscribe_link/actions/associations", key="associations"
    )
    def associations(self) -> Sequence[UnsubscribeAssociation]:
        """Return where the links are used."""
        ...
