"""Contacts of a deal and their roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page, RecordDict
from . import Resource

_FIELDS = ("id", "Full_Name", "Email", "Phone", "Account_Name", "Contact_Role")
_READ = ("ZohoCRM.modules.deals.READ", "ZohoCRM.modules.contacts.READ")
_WRITE = ("ZohoCRM.modules.deals.UPDATE", "ZohoCRM.modules.contacts.READ")


class DealContactRoles(Resource, key="data"):
    """Contact roles of a deal (Zoho's manual: Contact Roles, of a deal).

    For the roles to choose from, see `contact_roles`.
    """

    @operation(
        "GET", "/crm/{version}/{module}/{deal_id}/Contact_Roles", fields=_FIELDS, scopes=_READ
    )
    def list(
        self,
        deal_id: str,
        *,
        fields: Sequence[str] | None = None,
        module: Literal["Deals"] = "Deals",
    ) -> Page[RecordDict]:
        """List the contacts of a deal, each with its `Contact_Role`.

        Args:
            deal_id: Id of the deal.
            fields: API names of the fields of a contact to return, at most 50. By default the
                standard fields and `Contact_Role`.
            module: API name of the module; only deals have contact roles.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{deal_id}/Contact_Roles/{contact_id}",
        fields=_FIELDS,
        scopes=_READ,
    )
    def get(
        self,
        deal_id: str,
        contact_id: str,
        *,
        fields: Sequence[str] | None = None,
        module: Literal["Deals"] = "Deals",
    ) -> RecordDict:
        """Return one contact of a deal, with its `Contact_Role`. Raises NotFound.

        Args:
            deal_id: Id of the deal.
            contact_id: Id of the contact.
            fields: API names of the fields of a contact to return, at most 50. By default the
                standard fields and `Contact_Role`.
            module: API name of the module; only deals have contact roles.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{deal_id}/Contact_Roles",
        body="contacts",
        batch=100,
        scopes=_WRITE,
    )
    def update(
        self, deal_id: str, contacts: Sequence[RecordDict], *, module: Literal["Deals"] = "Deals"
    ) -> BatchResult:
        """Add contacts to a deal, or change their roles, 100 per request.

        Args:
            deal_id: Id of the deal.
            contacts: Contacts, each as `{"id": ..., "Contact_Role": {"id": ...}}`; any number, sent
                100 per request.
            module: API name of the module; only deals have contact roles.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{deal_id}/Contact_Roles/{contact_id}",
        body="contact",
        in_list=True,
        scopes=_WRITE,
    )
    def update_one(
        self,
        deal_id: str,
        contact_id: str,
        contact: RecordDict,
        *,
        module: Literal["Deals"] = "Deals",
    ) -> Outcome:
        """Add one contact to a deal, or change its `Contact_Role`.

        Args:
            deal_id: Id of the deal.
            contact_id: Id of the contact.
            contact: The role: `{"Contact_Role": {"id": ...}}`.
            module: API name of the module; only deals have contact roles.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{deal_id}/Contact_Roles",
        each="ids",
        batch=100,
        scopes=_WRITE,
    )
    def delete(
        self, deal_id: str, ids: Sequence[str], *, module: Literal["Deals"] = "Deals"
    ) -> BatchResult:
        """Remove contacts from a deal, 100 per request.

        Args:
            deal_id: Id of the deal.
            ids: Ids of the contacts; any number, sent 100 per request.
            module: API name of the module; only deals have contact roles.
        """
        ...

    @operation(
        "DELETE", "/crm/{version}/{module}/{deal_id}/Contact_Roles/{contact_id}", scopes=_WRITE
    )
    def delete_one(
        self, deal_id: str, contact_id: str, *, module: Literal["Deals"] = "Deals"
    ) -> Outcome:
        """Remove one contact from a deal.

        Args:
            deal_id: Id of the deal.
            contact_id: Id of the contact.
            module: API name of the module; only deals have contact roles.
        """
        ...
