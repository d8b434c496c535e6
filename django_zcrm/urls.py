"""URLs of the app; a project includes them where it likes."""

from __future__ import annotations

from django.apps import apps
from django.urls import path

from . import views
from .health.endpoint import health
from .views.protection import guard

app_name = "zcrm"
urlpatterns = [
    path("connect/", guard(views.connect), name="connect"),
    path("oauth/callback/", guard(views.callback), name="callback"),
    path("connections/", guard(views.connections), name="connections"),
    path("connections/use/", guard(views.use_connection), name="use_connection"),
    path("disconnect/", guard(views.disconnect), name="disconnect"),
    path("grant-token/", guard(views.grant_token), name="grant_token"),
    path("health/", guard(health), name="health"),
]

if apps.is_installed("django_zcrm.mirror"):
    from .mirror.notifications.receiver import notify

    urlpatterns.append(path("notify/", guard(notify), name="notify"))
