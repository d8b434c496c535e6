"""A site with a view that takes Zoho's callbacks."""

from __future__ import annotations

import json

from django.http import HttpRequest, JsonResponse
from django.urls import path


def hook(request: HttpRequest) -> JsonResponse:
    """Answer the body received."""
    return JsonResponse({"ids": json.loads(request.body)["ids"], **request.GET.dict()})


def webhook(request: HttpRequest) -> JsonResponse:
    """Answer the method, the form and a header received."""
    source = request.headers.get("X-Source")
    return JsonResponse({"method": request.method, "form": request.POST.dict(), "source": source})


urlpatterns = [path("hook/", hook), path("webhook/", webhook)]
