"""URLs of the app; a project includes them where it likes."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "zcrm"
urlpatterns: list[URLPattern] = []
