"""The page where staff exchange a self client's grant token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from ..access import Action, NotPermitted
from ..conf import get_settings
from ..exceptions import ConfigurationError, ZCRMError
from ..models import Connection
from ..oauth import connect_with_grant_token
from ..oauth.grants import ConnectionTarget
from ..zoho.secret import Secret
from .errors import error_page, in_words
from .request_user import acting_on_page


class SecretField(forms.CharField):
    """A text that is not shown again, neither in the form nor in a traceback."""

    widget = forms.PasswordInput(attrs={"autocomplete": "off"})

    def clean(self, value: Any) -> Secret:
        """Return the text as a Secret. Raises ValidationError."""
        return Secret(super().clean(value))


class GrantTokenForm(forms.Form):
    """A self client's grant token, and the identifier of the new connection."""

    user_identifier = forms.CharField(
        label=gettext_lazy("User identifier"),
        max_length=254,
        help_text=gettext_lazy(
            "The name that code uses for the connection, usually the Zoho user's e-mail."
        ),
    )
    grant_token = SecretField(
        label=gettext_lazy("Grant token"),
        max_length=500,
        help_text=gettext_lazy(
            "From Zoho's API console: Self Client, Generate Code. It works once, within a few "
            "minutes."
        ),
    )


@sensitive_variables()
def connect_from(form: GrantTokenForm) -> Connection | None:
    """Exchange the grant token of a valid form; on failure, add an error and return None.

    Raises NotPermitted.
    """
    values = form.cleaned_data
    try:
        target = ConnectionTarget(identifier=values["user_identifier"], single=True)
        return connect_with_grant_token(values["grant_token"], target)
    except ConfigurationError as error:
        at_fault = "user_identifier" if error.setting == "user_identifier" else None
        form.add_error(at_fault, str(error) if at_fault else in_words(error))
    except ZCRMError as error:
        form.add_error(None, in_words(error))
    return None


@sensitive_post_parameters("grant_token")
@never_cache
@csrf_protect
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
def grant_token(request: HttpRequest) -> HttpResponse:
    """Show the form (GET); exchange the token and store the connection (POST)."""
    form = GrantTokenForm(request.POST or None, initial={"user_identifier": _identifier()})
    with acting_on_page(request) as actor:
        try:
            actor.check_access(Action.CONNECT, Connection())
            connection = connect_from(form) if form.is_valid() else None
        except NotPermitted as error:
            return error_page(request, error)
    if connection is None:
        return render(request, "zcrm/grant_token.html", {"form": form})
    messages.success(request, _("Connected: %(name)s.") % {"name": connection}, fail_silently=True)
    return redirect(reverse("zcrm:connect") + "?site=1")


def _identifier() -> str:
    try:
        return get_settings().user_identifier
    except ZCRMError:
        return ""
