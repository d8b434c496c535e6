"""The site's own table of leads."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from django_zcrm.mirror.models import MirrorModel


class Lead(MirrorModel):
    """A lead: `manage.py zcrm_inspect Leads --mirror` wrote it, and what is not needed is gone."""

    first_name = models.CharField(_("first name"), max_length=40, blank=True, default="")
    last_name = models.CharField(_("last name"), max_length=80)
    company = models.CharField(_("company"), max_length=200, blank=True, default="")
    email = models.EmailField(_("e-mail"), max_length=100, blank=True, default="")
    phone = models.CharField(_("phone"), max_length=30, blank=True, default="")
    status = models.CharField(_("status"), max_length=120, blank=True, default="")
    source = models.CharField(_("source"), max_length=120, blank=True, default="")
    revenue = models.DecimalField(
        _("annual revenue"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    description = models.TextField(_("description"), blank=True, default="")
    created_time = models.DateTimeField(_("created"), null=True, editable=False)

    class Zoho:
        module = "Leads"
        fields = {  # noqa: RUF012 - read once, as Meta is
            "first_name": "First_Name",
            "last_name": "Last_Name",
            "company": "Company",
            "email": "Email",
            "phone": "Phone",
            "status": "Lead_Status",
            "source": "Lead_Source",
            "revenue": "Annual_Revenue",
            "description": "Description",
            "created_time": "Created_Time",
        }
        push = (
            "first_name",
            "last_name",
            "company",
            "email",
            "phone",
            "status",
            "source",
            "revenue",
            "description",
        )
        match_on = "Email"
        conflict = "merge"
        connections = "owners"

    class Meta:
        verbose_name = _("mirrored lead")
        verbose_name_plural = _("mirrored leads")
        indexes = (
            models.Index(fields=["connection", "created_time"], name="mirrored_lead_created"),
            models.Index(fields=["connection", "last_name"], name="mirrored_lead_name"),
            models.Index(fields=["connection", "status"], name="mirrored_lead_status"),
            models.Index(fields=["connection", "synced_at"], name="mirrored_lead_synced"),
        )

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()
