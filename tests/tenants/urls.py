"""The app's pages, and one that calls Zoho."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path

from django_zcrm import zcrm_required


@zcrm_required
def company(request: Any) -> HttpResponse:
    return HttpResponse(request.zcrm.org.get()["company_name"])


urlpatterns = [
    path("admin/", admin.site.urls),
    path("zcrm/", include("django_zcrm.urls")),
    path("company/", company),
]
