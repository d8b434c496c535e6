"""Models with the cases that the mirror handles differently: lookups, `match_on`, policies."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from django_zcrm.mirror.models import MirrorModel


class Account(MirrorModel):
    """No `match_on`: creations in doubt are found by their values. Zoho wins conflicts."""

    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=30, blank=True, default="")
    employees = models.IntegerField(null=True)
    parent: models.ForeignKey[Any, Any] = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, db_constraint=False, related_name="children"
    )

    class Zoho:
        """Options of the mirror."""

        module = "Accounts"
        fields: ClassVar = {
            "name": "Account_Name",
            "phone": "Phone",
            "employees": "Employees",
            "parent": "Parent_Account",
        }
        push: ClassVar = ["name", "phone", "employees", "parent"]

    def __str__(self) -> str:
        return self.name


class Contact(MirrorModel):
    """A lookup to another mirrored model, `match_on`, and conflicts merged by field."""

    last_name = models.CharField(max_length=80)
    phone = models.CharField(max_length=30, blank=True, default="")
    email = models.EmailField(null=True)  # noqa: DJ001 - as Zoho's empty values
    account: models.ForeignKey[Any, Any] = models.ForeignKey(
        Account, null=True, on_delete=models.SET_NULL, db_constraint=False, related_name="contacts"
    )

    class Zoho:
        """Options of the mirror."""

        module = "Contacts"
        fields: ClassVar = {
            "last_name": "Last_Name",
            "phone": "Phone",
            "email": "Email",
            "account": "Account_Name",
        }
        push: ClassVar = ["last_name", "phone", "email", "account"]
        match_on = "Email"
        conflict = "merge"

    def __str__(self) -> str:
        return self.last_name


class Lead(MirrorModel):
    """No lookups; the site wins conflicts. One field is only read."""

    name = models.CharField(max_length=80)
    company = models.CharField(max_length=200, blank=True, default="")
    phone = models.CharField(max_length=30, blank=True, default="")
    revenue = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    city = models.CharField(max_length=20, blank=True, default="")

    class Zoho:
        """Options of the mirror."""

        module = "Leads"
        fields: ClassVar = {
            "name": "Last_Name",
            "company": "Company",
            "phone": "Phone",
            "revenue": "Annual_Revenue",
            "city": "City",
        }
        push: ClassVar = ["name", "company", "phone", "revenue"]
        conflict = "local_wins"

    def __str__(self) -> str:
        return self.name
