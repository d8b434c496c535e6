"""Contact roles: the roles that contacts can have in a deal."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types.records import ContactRole
from . import Resource


class ContactRoles(Resource, scope="ZohoCRM.modules.contacts", key="contact_roles"):
    """Contact roles (Zoho's manual: Contact Roles). For a deal's, see `deal_contact_roles`."""

    @operation("GET", "/crm/{version}/Contacts/roles")
    def list(self) -> Sequence[ContactRole]:
        """Return all contact roles."""
        ...

    @operation("GET", "/crm/{version}/Contacts/roles/{id}")
    def get(self, id: str) -> ContactRole:
        """Return one contact role. Raises NotFound.

        Args:
            id: Id of the contact role.
        """
        ...

    @operation("POST", "/crm/{version}/Contacts/roles", body="contact_roles", batch=100)
    def create(self, contact_roles: Sequence[ContactRole]) -> BatchResult:
        """Create contact roles; return the outcome of each.

        Args:
            contact_roles: Contact roles to create, at most 100, each with `name` (at most 50
                characters) and `sequence_number`.
        """
        ...

    @operation("PUT", "/crm/{version}/Contacts/roles", body="contact_roles", batch=100)
    def update(self, contact_roles: Sequence[ContactRole]) -> BatchResult:
        """Change contact roles; return the outcome of each.

        Args:
            contact_roles: Contact roles to change, each with its `id` and the new values; at most
                100.
        """
        ...

    @operation("PUT", "/crm/{version}/Contacts/roles/{id}", body="contact_role", in_list=True)
    def update_one(self, id: str, contact_role: ContactRole) -> Outcome:
        """Change one contact role.

        Args:
            id: Id of the contact role.
            contact_role: Values to change, by Zoho's key.
        """
        ...

    @operation("DELETE", "/crm/{version}/Contacts/roles", each="ids", batch=100)
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete contact roles; return the outcome of each.

        Args:
            ids: Ids of the contact roles.
        """
        ...

    @operation("DELETE", "/crm/{version}/Contacts/roles/{id}")
    def delete_one(self, id: str) -> Outcome:
        """Delete one contact role.

        Args:
            id: Id of the contact role.
        """
        ...
