from __future__ import annotations

from typing import Any

from django.db import models

from django_zcrm.mirror.models import MirrorModel
from django_zcrm.mirror.models.rows import MirroredRow


class Account(MirrorModel):
    name = models.CharField(max_length=200)
    industry = models.CharField(max_length=100, blank=True, default="")
    employees = models.IntegerField(null=True)
    parent: models.ForeignKey[Any, Any] = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, db_constraint=False, related_name="children"
    )

    class Zoho:
        module = "Accounts"
        fields = {
            "name": "Account_Name",
            "industry": "Industry",
            "employees": "Employees",
            "parent": "Parent_Account",
        }
        push = ["name", "industry", "employees", "parent"]

    def __str__(self) -> str:
        return self.name


class Contact(MirrorModel):
    last_name = models.CharField(max_length=80)
    first_name = models.CharField(max_length=80, blank=True, default="")
    email = models.EmailField(null=True)
    account: models.ForeignKey[Any, Any] = models.ForeignKey(
        Account, null=True, on_delete=models.SET_NULL, db_constraint=False, related_name="contacts"
    )

    class Zoho:
        module = "Contacts"
        fields = {
            "last_name": "Last_Name",
            "first_name": "First_Name",
            "email": "Email",
            "account": "Account_Name",
        }
        push = ["last_name", "first_name", "email", "account"]
        match_on = "Email"
        conflict = "merge"

    def __str__(self) -> str:
        return self.last_name


class Lead(MirrorModel):
    name = models.CharField(max_length=80)
    company = models.CharField(max_length=200, blank=True, default="")
    email = models.EmailField(null=True)
    revenue = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    no_of_employees = models.IntegerField(null=True)
    opted_out = models.BooleanField(default=False)
    source = models.CharField(max_length=120, blank=True, default="")
    owner_id_in_zoho = models.CharField(max_length=32, blank=True, default="")
    details: models.JSONField[Any, Any] = models.JSONField(blank=True, default=dict)

    class Zoho:
        module = "Leads"
        fields = {
            "name": "Last_Name",
            "company": "Company",
            "email": "Email",
            "revenue": "Annual_Revenue",
            "no_of_employees": "No_of_Employees",
            "opted_out": "Email_Opt_Out",
            "source": "Lead_Source",
            "owner_id_in_zoho": "Owner",
        }
        push = ["name", "company", "email", "revenue", "source"]
        match_on = "Email"

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name


class Deal(MirroredRow):
    """A table of many types, which no mirror fills by itself: it is no MirrorModel."""

    name = models.CharField(max_length=40, unique=True)
    stage = models.TextField(blank=True, default="")
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    probability = models.SmallIntegerField(null=True)
    score = models.FloatField(null=True)
    closing_date = models.DateField(null=True)
    last_activity = models.DateTimeField(null=True)
    tags: models.JSONField[Any, Any] = models.JSONField(null=True)
    account: models.ForeignKey[Any, Any] = models.ForeignKey(
        Account, null=True, on_delete=models.SET_NULL, db_constraint=False, related_name="deals"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Zoho:
        module = "Deals"
        fields = {
            "name": "Deal_Name",
            "stage": "Stage",
            "amount": "Amount",
            "probability": "Probability",
            "score": "Expected_Revenue",
            "closing_date": "Closing_Date",
            "last_activity": "Last_Activity_Time",
            "tags": "Tag",
            "account": "Account_Name",
        }

    class Meta:
        unique_together = (("connection", "zoho_id"),)

    def __str__(self) -> str:
        return self.name
