"""Contact roles: the parts that contacts can play in a deal."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
from ..types.records import ContactRole
from . import Resource


class ContactRoles(Resource):
    """Contact roles (Zoho's manual: Contact Roles). For a deal's, see `deal_contact_roles`."""

    @operation(
        "GET",
        "/crm/{version}/Contacts/roles",
        key="contact_roles",
        returns=items,
        scopes=("ZohoCRM.modules.contacts.READ",),
    )
    def list(self) -> Sequence[ContactRole]:
        """Return all contact roles."""
        ...

    @operation(
        "GET",
        "/crm/{version}/Contacts/roles/{id}",
        key="contact_roles",
        returns=item,
        scopes=("ZohoCRM.modules.contacts.READ",),
    )
    def get(self, id: str) -> ContactRole:
        """Return one contact role. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/Contacts/roles",
        key="contact_roles",
        body="contact_roles",
        batch=100,
        returns=batch,
        scopes=("ZohoCRM.modules.contacts.CREATE",),
    )
    def create(self, contact_roles: Sequence[ContactRole]) -> BatchResult:
        """Create contact roles, each with `name` and `sequence_number`."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/Contacts/roles",
        key="contact_roles",
        body="contact_roles",
        batch=100,
        returns=batch,
        scopes=("ZohoCRM.modules.contacts.UPDATE",),
    )
    def update(self, contact_roles: Sequence[ContactRole]) -> BatchResult:
        """Change contact roles, each with its `id`."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/Contacts/roles/{id}",
        key="contact_roles",
        body="contact_role",
        in_list=True,
        returns=one,
        scopes=("ZohoCRM.modules.contacts.UPDATE",),
    )
    def update_one(self, id: str, contact_role: ContactRole) -> Outcome:
        """Change one contact role."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Contacts/roles",
        key="contact_roles",
        each="ids",
        batch=100,
        returns=batch,
        scopes=("ZohoCRM.modules.contacts.DELETE",),
    )
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete contact roles."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Contacts/roles/{id}",
        key="contact_roles",
        returns=one,
        scopes=("ZohoCRM.modules.contacts.DELETE",),
    )
    def delete_one(self, id: str) -> Outcome:
        """Delete one contact role."""
        ...
