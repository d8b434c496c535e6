"""URLs of the simulated project."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("zcrm/", include("django_zcrm.urls"))]
