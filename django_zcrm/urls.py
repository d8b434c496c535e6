"""URLs of the app; a project includes them where it likes."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "zcrm"
urlpatterns = [
    path("connect/", views.connect, name="connect"),
    path("oauth/callback/", views.callback, name="callback"),
    path("connections/", views.connections, name="connections"),
    path("connections/use/", views.use_connection, name="use_connection"),
    path("disconnect/", views.disconnect, name="disconnect"),
    path("grant-token/", views.grant_token, name="grant_token"),
]
