"""The addresses of the mirrored leads."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "mirrored_leads"
urlpatterns = [
    path("", views.lead_list, name="list"),
    path("status/", views.status, name="status"),
    path("new/", views.create, name="create"),
    path("<int:pk>/", views.lead, name="lead"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/delete/", views.delete, name="delete"),
    path("<int:pk>/send-again/", views.send_again, name="send_again"),
    path("sync/", views.sync, name="sync"),
    path("pause/", views.pause, name="pause"),
    path("resume/", views.resume, name="resume"),
]
