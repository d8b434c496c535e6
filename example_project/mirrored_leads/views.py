"""The pages: rows of the site's own table, read and saved without asking Zoho."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from django_zcrm.mirror.models import MirrorState, OutboxItem

from .changes import changes_of, open_changes
from .condition import condition_of
from .forms import LeadForm
from .lead_filter import LeadFilter
from .models import Lead
from .rows import leads_of, mirror_of

PER_PAGE = 20

page_or_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def lead_list(request: HttpRequest) -> HttpResponse:
    """List the leads that match, a page at a time, and show the mirror's condition."""
    # Before the rows: a later change alters the mark, and the page is brought up to date.
    condition = condition_of(mirror_of(request))
    leads = leads_of(request)
    lead_filter = LeadFilter(request.GET, leads=leads)
    page = Paginator(lead_filter.apply(leads), PER_PAGE).get_page(request.GET.get("page"))
    changes = open_changes(page)
    context = {
        "page": page,
        "rows": [(lead, changes.get(str(lead.pk))) for lead in page],
        "filter": lead_filter,
        "condition": condition,
    }
    return render(request, "mirrored_leads/list.html", context)


@never_cache
@require_safe
def status(request: HttpRequest) -> JsonResponse:
    """Return the mirror's condition, for the page that polls every few seconds."""
    return JsonResponse(condition_of(mirror_of(request)))


@require_safe
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a lead, and how far its changes have come."""
    condition = condition_of(mirror_of(request))  # before the row, as for the list
    lead: Lead = get_object_or_404(leads_of(request), pk=pk)
    changes = changes_of(lead)
    context = {
        "lead": lead,
        "changes": changes,
        "is_refused": any(change.is_bad for change in changes),
        "condition": condition,
    }
    return render(request, "mirrored_leads/lead.html", context)


@page_or_form
def create(request: HttpRequest) -> HttpResponse:
    """Make a new lead: a row here, which is sent to Zoho."""
    form = LeadForm(
        request.POST or None,
        leads=leads_of(request),
        connection=mirror_of(request).connection,
    )
    if form.is_valid():
        made = form.save()
        messages.success(request, _("Saved here, and on its way to Zoho."))
        return redirect("mirrored_leads:lead", made.pk)
    return _form_page(request, form, _("New lead"))


@page_or_form
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a lead: what was changed is saved here, and sent to Zoho."""
    leads = leads_of(request)
    lead: Lead = get_object_or_404(leads, pk=pk)
    title = _("Edit %(name)s") % {"name": lead}
    form = LeadForm(request.POST or None, leads=leads, instance=lead)
    if form.is_valid():
        form.save()
        changed = bool(form.changed_data)
        words = _("Saved here, and on its way to Zoho.") if changed else _("Nothing was changed.")
        messages.success(request, words)
        return redirect("mirrored_leads:lead", pk)
    return _form_page(request, form, title, lead=lead)


def _form_page(request: HttpRequest, form: LeadForm, title: str, **more: Any) -> HttpResponse:
    context = {"form": form, "title": title, **more}
    status = 400 if form.errors else 200
    return render(request, "mirrored_leads/form.html", context, status=status)


@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have what Zoho refused of a lead sent once more."""
    lead: Lead = get_object_or_404(leads_of(request), pk=pk)
    OutboxItem.objects.filter(
        connection=lead.connection_id,
        module=Lead.Zoho.module,
        object_id=str(lead.pk),
        # retry() would also send what was discarded, or lost a conflict.
        state=OutboxItem.State.FAILED,
    ).retry()
    messages.success(request, _("It is on its way to Zoho once more."))
    return redirect("mirrored_leads:lead", pk)


@page_or_form
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, and then delete a lead here and in Zoho."""
    lead: Lead = get_object_or_404(leads_of(request), pk=pk)
    if request.method == "POST":
        name = str(lead)
        lead.delete()
        messages.success(request, _("%(name)s is deleted here, and soon in Zoho.") % {"name": name})
        return redirect("mirrored_leads:list")
    return render(request, "mirrored_leads/delete.html", {"lead": lead})


@require_POST
def sync(request: HttpRequest) -> HttpResponse:
    """Have the worker poll Zoho at once, and send what waits for a retry."""
    state = mirror_of(request).state
    items = OutboxItem.objects.filter(connection=state.connection, module=state.module)
    items.open().retry()
    MirrorState.objects.filter(pk=state.pk).request_sync()
    messages.success(request, _("Zoho will be asked within a second or two."))
    return redirect("mirrored_leads:list")


@require_POST
def pause(request: HttpRequest) -> HttpResponse:
    """Let the mirror rest."""
    mirror_of(request).pause()
    return redirect("mirrored_leads:list")


@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """Let the mirror go on."""
    mirror_of(request).resume()
    return redirect("mirrored_leads:list")
