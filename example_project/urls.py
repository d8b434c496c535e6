"""The example site's addresses: the leads at the root, the app's own pages under `zcrm/`."""

from __future__ import annotations

from functools import partial

from django.contrib import admin
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

login = LoginView.as_view(
    redirect_authenticated_user=True,
    authentication_form=partial(AuthenticationForm, label_suffix=""),
)

urlpatterns = [
    path("", include("example_project.leads.urls")),
    path("mirrored/", include("example_project.mirrored_leads.urls")),
    path("login/", login, name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("zcrm/", include("django_zcrm.urls")),
    path("admin/", admin.site.urls),
]
