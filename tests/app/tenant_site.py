"""The site that gunicorn serves for test_tenants: one page that shows whose data Zoho returned."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from django.urls import include, path

from django_zcrm import ZohoError, zcrm_required
from tests.app.tenant_calls import names_seen


@zcrm_required
def seen(request: Any, kind: str) -> JsonResponse:
    name = request.user.first_name
    try:
        return JsonResponse({"user": name, "seen": names_seen(request.zcrm, kind, name)})
    except ZohoError as error:
        return JsonResponse({"error": repr(error)}, status=502)


urlpatterns = [
    path("zcrm/", include("django_zcrm.urls")),
    path("seen/<str:kind>/", seen),
]
