"""The desk's pages. What Zoho refuses in a form is shown there; ZCRMErrorMiddleware does the rest.

It also answers who has not connected an account, on the page that they asked for. Other sites guard
their views with `zcrm_required`, and use `request.zcrm`: see docs/howto/saas.md.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from django_zcrm import ConsentWithdrawn, Invalid, NotConnected, zcrm
from django_zcrm.forms import restore_input

from .forms import AttachmentForm, DealForm, LeadForm, SearchForm, ZohoForm
from .pick_lists import pick_lists
from .search import COLUMNS, PAGES, find_leads

page_or_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def lead_list(request: HttpRequest) -> HttpResponse:
    """List leads, or those that match, a page at a time; each page is one request to Zoho."""
    crm = zcrm.for_user(request.user)
    statuses = pick_lists(crm, request.user.pk, "Leads").get("Lead_Status", [])
    search = SearchForm(request.GET, statuses=statuses)
    number = _page_number(request)
    leads = None
    if search.is_valid():
        try:
            leads = find_leads(crm, **search.cleaned_data, page=number)
        except Invalid as error:
            if not search.has_changed():
                raise
            search.add_error(
                "text",
                _("Zoho cannot search for this: %(reason)s.") % {"reason": error.message},
            )
    more = leads is not None and leads.more_records
    return render(
        request,
        "desk/leads.html",
        {
            "search": search,
            "searching": search.has_changed(),
            "leads": leads.rows if leads is not None else [],
            "number": number,
            "previous": number - 1,
            "next": number + 1 if more and number < PAGES else None,
            "cut": more and number == PAGES,
        },
    )


@require_safe
def lead(request: HttpRequest, lead_id: str) -> HttpResponse:
    """Show a lead and what is attached to it."""
    return _lead_page(request, lead_id, AttachmentForm())


def _lead_page(request: HttpRequest, lead_id: str, form: AttachmentForm) -> HttpResponse:
    crm = zcrm.for_user(request.user)
    return render(
        request,
        "desk/lead.html",
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
            made = crm.records.create_one("Leads", form.record)
        except Invalid as error:
            form.add_zoho_error(error)
        else:
            messages.success(request, _("The lead is in Zoho."))
            return redirect("desk:lead", made.id)
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
            return redirect("desk:lead", lead_id)
    title = _("Edit %(name)s") % {"name": record["Full_Name"]}
    return _form_page(request, form, title, lead_id=lead_id)


@page_or_form
def convert_lead(request: HttpRequest, lead_id: str) -> HttpResponse:
    """Turn a lead into a contact, an account and perhaps a deal."""
    crm = zcrm.for_user(request.user)
    record = crm.records.get("Leads", lead_id)
    form = DealForm(request.POST or None, offered=pick_lists(crm, request.user.pk, "Deals"))
    if form.is_valid():
        conversion = {"Deals": form.record} if form.record["Deal_Name"] else {}
        try:
            made = crm.leads.convert(lead_id, conversion)
        except Invalid as error:
            form.add_zoho_error(error)
        else:
            converted = _("%(name)s is converted.") % {"name": record["Full_Name"]}
            messages.success(request, f"{converted} {_made(made.details)}")
            return redirect("desk:leads")
    title = _("Convert %(name)s") % {"name": record["Full_Name"]}
    return _form_page(request, form, title, lead_id=lead_id, submit=_("Convert"))


def _made(details: dict[str, Any]) -> str:
    """Name what a conversion made: a contact, and perhaps an account and a deal."""
    kinds = {"Contacts": _("Contact"), "Accounts": _("Account"), "Deals": _("Deal")}
    made = [(word, details.get(kind)) for kind, word in kinds.items()]
    # v2 answers with ids alone.
    return ", ".join(f"{word}: {link['name']}" for word, link in made if isinstance(link, dict))


def _form_page(request: HttpRequest, form: ZohoForm, title: str, **more: str) -> HttpResponse:
    return render(
        request,
        "desk/form.html",
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
            form.add_error("file", _("Zoho says: %(said)s.") % {"said": error.message})
        else:
            messages.success(request, _("%(name)s is attached.") % {"name": file.name})
            return redirect("desk:lead", lead_id)
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
    return redirect("desk:lead", lead_id)


@require_safe
def company(request: HttpRequest) -> HttpResponse:
    """Show the organisation and its newest leads to everybody, by the site's own connection."""
    try:
        org = zcrm.org.get()
        newest = zcrm.records.list("Leads", fields=COLUMNS, page=1, per_page=5)
    except (NotConnected, ConsentWithdrawn):
        return render(request, "desk/company.html")
    return render(request, "desk/company.html", {"org": org, "leads": newest.rows})


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) <= PAGES else 1
