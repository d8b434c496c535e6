"""URLs of the test suite: Django's admin and the app's own."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("zcrm/", include("django_zcrm.urls")),
]
