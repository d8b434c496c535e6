"""Views of a site with a Zoho account per user: guarded by decorator and mixin, sync and async."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import RequestContext, Template
from django.urls import include, path
from django.views import View

from django_zcrm import NotConnected, ZCRMRequiredMixin, zcrm, zcrm_required
from django_zcrm.models import Connection

EXTRA = "ZohoCRM.coql.READ"


@zcrm_required
def company(request: Any) -> HttpResponse:
    return HttpResponse(request.zcrm.org.get()["company_name"])


@zcrm_required
async def company_async(request: Any) -> HttpResponse:
    return HttpResponse((await request.zcrm.aio.org.get())["company_name"])


@zcrm_required(scopes=[EXTRA])
def more(request: Any) -> HttpResponse:
    return HttpResponse("more")


class Company(ZCRMRequiredMixin, View):
    def get(self, request: Any) -> HttpResponse:
        return company(request)

    post = get


class CompanyAsync(ZCRMRequiredMixin, View):
    zcrm_scopes = EXTRA

    async def get(self, request: Any) -> HttpResponse:
        return await company_async(request)


@zcrm_required
def of_the_site(request: HttpRequest) -> HttpResponse:
    return JsonResponse(zcrm.org.get())


@zcrm_required
def writes_and_fails(request: Any) -> HttpResponse:
    Connection.objects.update(last_error="written")
    request.zcrm.org.get()
    return HttpResponse()


def lazy(request: Any) -> HttpResponse:
    if "use" not in request.GET:
        return HttpResponse("unused")
    try:
        return HttpResponse(request.zcrm.org.get()["company_name"])
    except NotConnected:
        return HttpResponse("none")


async def lazy_async(request: Any) -> HttpResponse:
    try:
        crm = await request.azcrm()
    except NotConnected:
        return HttpResponse("none")
    assert crm is await request.azcrm()
    return HttpResponse((await crm.aio.org.get())["company_name"])


def tags(request: HttpRequest) -> HttpResponse:
    page = Template(
        "{% load zcrm %}{% zcrm_connection as found %}[{{ found.organisation_name }}]"
        "[{% zcrm_state %}]{% zcrm_connect_button %}"
    )
    return HttpResponse(page.render(RequestContext(request)))


urlpatterns = [
    path("admin/", admin.site.urls),
    path("zcrm/", include("django_zcrm.urls")),
    path("company/", company),
    path("company-async/", company_async),
    path("more/", more),
    path("class/", Company.as_view()),
    path("class-async/", CompanyAsync.as_view()),
    path("class-more/", Company.as_view(zcrm_scopes=[EXTRA])),
    path("site/", of_the_site),
    path("writes/", writes_and_fails),
    path("lazy/", lazy),
    path("lazy-async/", lazy_async),
    path("tags/", tags),
]
