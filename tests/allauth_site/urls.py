"""django-allauth's pages, the app's, and one that calls Zoho."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import include, path

from django_zcrm import zcrm_required


@zcrm_required
def company(request: Any) -> HttpResponse:
    return HttpResponse(request.zcrm.org.get()["company_name"])


urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("zcrm/", include("django_zcrm.urls")),
    path("company/", company),
]
