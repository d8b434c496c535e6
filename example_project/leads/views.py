"""Its pages. What Zoho refuses in a form is shown there; ZCRMErrorMiddleware does the rest.

It also answers users without a connected account, on the page they requested. Other sites guard
their views with `zcrm_required`, and use `request.zcrm`: see docs/howto/saas.md.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from django_zcrm import ConsentWithdrawn, Invalid, NotConnected, zcrm
from django_zcrm.query import RecordSet
from django_zcrm.web.forms import restore_input
from django_zcrm.zoho.operations.results import RecordDict

from .export import csv_response
from .forms import AttachmentForm, DealForm, LeadForm, ZohoForm
from .lead_filter import LeadFilter
from .pick_lists import pick_lists

PER_PAGE = 20
MAX_LISTED = 10_000
"""Leads that have pages: every version of COQL reaches as far. The export has all of them."""

LISTED = ("Full_Name", "Company", "Lead_Status", "Lead_Source", "Annual_Revenue", "Created_Time")
EXPORTED = ("id", "First_Name", "Last_Name", "Email", "Phone", "Owner__name", *LISTED[1:])

page_or_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def lead_list(request: HttpRequest) -> HttpResponse:
    """List the leads that match, a page at a time: Zoho counts them and returns the page."""
    leads, lead_filter = _matching_leads(request)
    page = Paginator(leads[:MAX_LISTED], PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "filter": lead_filter, "max_listed": MAX_LISTED}
    return render(request, "leads/leads.html", context)


@require_safe
def export_leads(request: HttpRequest) -> HttpResponseBase:
    """Download the leads that match as CSV."""
    leads, lead_filter = _matching_leads(request)
    if lead_filter.errors:
        return redirect(f"{reverse('leads:leads')}?{request.GET.urlencode()}")
    return csv_response(leads, EXPORTED, "leads.csv")


def _matching_leads(request: HttpRequest) -> tuple[RecordSet[RecordDict], LeadFilter]:
    crm = zcrm.for_user(request.user)
    offered = pick_lists(crm, request.user.pk, "Leads")
    lead_filter = LeadFilter(request.GET, offered=offered)
    return lead_filter.apply(crm.objects("Leads").only(*LISTED)), lead_filter


@require_safe
def lead(request: HttpRequest, lead_id: str) -> HttpResponse:
    """Show a lead and what is attached to it."""
    return _lead_page(request, lead_id, AttachmentForm())


def _lead_page(request: HttpRequest, lead_id: str, form: AttachmentForm) -> HttpResponse:
    crm = zcrm.for_user(request.user)
    return render(
        request,
        "leads/lead.html",
        {
            "lead": crm.records.get("Leads", lead_id),
            "files": crm.attachments.list("Leads", lead_id).rows,
            "form": form,
        },
        status=400 if form.errors else 200,
    )


@page_or_form
def create_lead(request: HttpRequest) -> HttpResponse:
    """Make a new lead."""
    crm = zcrm.for_user(request.user)
    offered = pick_lists(crm, request.user.pk, "Leads")
    form = LeadForm(request.POST or None, offered=offered)
    if form.is_valid():
        try:
            created = crm.records.create_one("Leads", form.record)
        except Invalid as error:
            form.add_zoho_error(error)
        else:
            messages.success(request, _("The lead is in Zoho."))
            return redirect("leads:lead", created.id)
    return _form_page(request, form, _("New lead"))


@page_or_form
def edit_lead(request: HttpRequest, lead_id: str) -> HttpResponse:
    """Change a lead; only what was changed is sent, so that others' changes stay."""
    crm = zcrm.for_user(request.user)
    record = crm.records.get("Leads", lead_id)
    offered = pick_lists(crm, request.user.pk, "Leads")
    form = LeadForm(request.POST or None, initial=record, offered=offered)
    if form.is_valid():
        changes = {name: form.record[name] for name in form.changed_data}
        try:
            if changes:
                crm.records.update_one("Leads", lead_id, changes)
        except Invalid as error:
            form.add_zoho_error(error)
        else:
            messages.success(request, _("Saved.") if changes else _("Nothing was changed."))
            return redirect("leads:lead", lead_id)
    title = _("Edit %(name)s") % {"name": record["Full_Name"]}
    return _form_page(request, form, title, lead_id=lead_id)


@page_or_form
def convert_lead(request: HttpRequest, lead_id: str) -> HttpResponse:
    """Turn a lead into a contact, an account and perhaps a deal."""
    crm = zcrm.for_user(request.user)
    record = crm.records.get("Leads", lead_id)
    form = DealForm(request.POST or None, offered=pick_lists(crm, request.user.pk, "Deals"))
    if form.is_valid():
        records = {"Deals": form.record} if form.record["Deal_Name"] else {}
        try:
            conversion = crm.leads.convert(lead_id, records)
        except Invalid as error:
            form.add_zoho_error(error)
        else:
            converted = _("%(name)s is converted.") % {"name": record["Full_Name"]}
            messages.success(request, f"{converted} {_records_of(conversion.details)}")
            return redirect("leads:leads")
    title = _("Convert %(name)s") % {"name": record["Full_Name"]}
    return _form_page(request, form, title, lead_id=lead_id, submit=_("Convert"))


def _records_of(details: dict[str, Any]) -> str:
    """Name what a conversion made: a contact, and perhaps an account and a deal."""
    labels = {"Contacts": _("Contact"), "Accounts": _("Account"), "Deals": _("Deal")}
    links = [(label, details.get(module)) for module, label in labels.items()]
    # v2 answers with ids alone.
    return ", ".join(f"{label}: {link['name']}" for label, link in links if isinstance(link, dict))


def _form_page(request: HttpRequest, form: ZohoForm, title: str, **more: str) -> HttpResponse:
    return render(
        request,
        "leads/form.html",
        {"form": restore_input(request, form), "title": title, **more},
        status=400 if form.errors else 200,
    )


@require_POST
def attach(request: HttpRequest, lead_id: str) -> HttpResponse:
    """Attach a file; it is passed on to Zoho in pieces, whatever its size."""
    form = AttachmentForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            zcrm.for_user(request.user).attachments.upload("Leads", lead_id, (file.name, file))
        except Invalid as error:
            form.add_error("file", _("Zoho says: %(message)s.") % {"message": error.message})
        else:
            messages.success(request, _("%(name)s is attached.") % {"name": file.name})
            return redirect("leads:lead", lead_id)
    return _lead_page(request, lead_id, form)


@require_safe
def download(request: HttpRequest, lead_id: str, file_id: str) -> FileResponse:
    """Pass an attachment on to the browser as it comes from Zoho, to be saved and not shown."""
    file = zcrm.for_user(request.user).attachments.download("Leads", lead_id, file_id)
    return FileResponse(file, as_attachment=True, filename=file.filename)


@require_POST
def detach(request: HttpRequest, lead_id: str, file_id: str) -> HttpResponse:
    """Delete an attachment."""
    zcrm.for_user(request.user).attachments.delete_one("Leads", lead_id, file_id)
    messages.success(request, _("The file is deleted."))
    return redirect("leads:lead", lead_id)


@require_safe
def company(request: HttpRequest) -> HttpResponse:
    """Show the organisation and its newest leads to everybody, by the site's own connection."""
    try:
        org = zcrm.org.get()
        newest = list(zcrm.objects("Leads").only("Full_Name", "Company").order_by("-id")[:5])
    except (NotConnected, ConsentWithdrawn):
        return render(request, "leads/company.html")
    return render(request, "leads/company.html", {"org": org, "leads": newest})
