"""URLs of the app; a project includes them where it likes."""

from __future__ import annotations

from django.apps import apps
from django.urls import path

from . import views
from .views.protection import guarded

app_name = "zcrm"
urlpatterns = [
    path("connect/", guarded(views.connect), name="connect"),
    path("oauth/callback/", guarded(views.callback), name="callback"),
    path("connections/", guarded(views.connections), name="connections"),
    path("connections/use/", guarded(views.use_connection), name="use_connection"),
    path("disconnect/", guarded(views.disconnect), name="disconnect"),
    path("grant-token/", guarded(views.grant_token), name="grant_token"),
]

if apps.is_installed("django_zcrm.mirror"):
    from .mirror.notifications.receiver import notify

    urlpatterns.append(path("notify/", guarded(notify), name="notify"))
