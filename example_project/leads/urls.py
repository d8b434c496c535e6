"""The lead desk's addresses."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from . import accounts, views


class ZohoId(StringConverter):
    """One of Zoho's ids. A text: it has up to 19 digits, more than JavaScript's numbers keep."""

    regex = "[0-9]{1,20}"


register_converter(ZohoId, "zoho")

app_name = "leads"
urlpatterns = [
    path("", views.lead_list, name="leads"),
    path("leads/new/", views.create_lead, name="create"),
    path("leads/export/", views.export_leads, name="export"),
    path("leads/<zoho:lead_id>/", views.lead, name="lead"),
    path("leads/<zoho:lead_id>/edit/", views.edit_lead, name="edit"),
    path("leads/<zoho:lead_id>/convert/", views.convert_lead, name="convert"),
    path("leads/<zoho:lead_id>/files/", views.attach, name="attach"),
    path("leads/<zoho:lead_id>/files/<zoho:file_id>/", views.download, name="download"),
    path("leads/<zoho:lead_id>/files/<zoho:file_id>/delete/", views.detach, name="detach"),
    path("accounts/", accounts.account_list, name="accounts"),
    path("accounts/<zoho:account_id>/", accounts.account, name="account"),
    path("company/", views.company, name="company"),
]
