"""Exchange a self client's grant token by hand; for staff."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from ..clients import zcrm
from ..conf import get_settings
from ..exceptions import ZCRMError
from .errors import in_words


class GrantTokenForm(forms.Form):
    """A self client's grant token, and the identifier to keep it under."""

    user_identifier = forms.CharField(
        label=gettext_lazy("User identifier"),
        max_length=254,
        help_text=gettext_lazy("The name that code asks for, usually the Zoho user's e-mail."),
    )
    grant_token = forms.CharField(
        label=gettext_lazy("Grant token"),
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "From Zoho's API console: Self Client, Generate Code. It works once, within a few "
            "minutes."
        ),
    )


@sensitive_post_parameters("grant_token")
@never_cache
@csrf_protect
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
def grant_token(request: HttpRequest) -> HttpResponse:
    """Show the form (GET); exchange the token and store the connection (POST)."""
    if not getattr(request.user, "is_staff", False):
        raise PermissionDenied
    form = GrantTokenForm(request.POST or None, initial={"user_identifier": _identifier()})
    if form.is_valid():
        data = form.cleaned_data
        try:
            connection = zcrm.generate_auth_tokens(data["user_identifier"], data["grant_token"])
        except ZCRMError as error:
            form.add_error(None, in_words(error))
        else:
            messages.success(
                request, _("Connected: %(name)s.") % {"name": connection}, fail_silently=True
            )
            return redirect(reverse("zcrm:connect") + "?site=1")
    return render(request, "zcrm/grant_token.html", {"form": form})


def _identifier() -> str:
    try:
        return get_settings().user_identifier
    except ZCRMError:
        return ""
