"""Keeps what a user typed into a form while they connect a Zoho account.

If a user sends a form while no account is connected, the redirect to Zoho's consent page would lose
the input. The input is stored in the session, and `restore_input` puts it into the form when its
page is shown again.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any, TypeVar

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.forms import BaseForm
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.request import RawPostDataException
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

KEY = "zcrm_input"
"""Of the session."""

LIFE = 1800.0
"""Seconds. Zoho's login and consent pages may take ten minutes."""

MAX_FORMS = 3
"""Pages whose input one session keeps; older ones are dropped."""

MAX_BYTES = 20_000
"""Characters of JSON. A session is read with every request, so a larger input is not kept."""

_SECRET = re.compile(
    r"pass|pwd|secret|token|csrf|signature|credential|apikey|card|cvv|cvc|iban|otp|(\b|_)(key|pin)(\b|_)",
    re.IGNORECASE,
)

F = TypeVar("F", bound=BaseForm)


def keep_input(request: HttpRequest, page: str) -> None:
    """Store the POST data in the session, until the user returns to the path of a page.

    Only text fields of logged-in visitors are stored. Left out are files, fields whose names
    suggest a secret, and those that the view declared with `sensitive_post_parameters`. Nothing is
    stored if the input is too large.
    """
    session = getattr(request, "session", None)
    if session is None or request.method != "POST" or not request.user.is_authenticated:
        return
    if settings.SESSION_ENGINE.endswith("signed_cookies"):  # a cookie is too small for it
        return
    try:
        data, has_files = request.POST, bool(request.FILES)
    except (RawPostDataException, UnreadablePostError, SuspiciousOperation):
        return
    hidden = getattr(request, "sensitive_post_parameters", ())
    if hidden == "__ALL__":
        return
    fields = {
        name: values
        for name, values in data.lists()
        if not _SECRET.search(name) and name not in hidden
    }
    if not fields or len(json.dumps(fields)) > MAX_BYTES:
        return
    others = [form for form in _load_forms(request) if form["page"] != page]
    new = {
        "page": page,
        "user": str(request.user.pk),
        "began": time.time(),
        "fields": fields,
        "has_files": has_files,
    }
    session[KEY] = [*others, new][-MAX_FORMS:]


def pop_input(request: HttpRequest) -> QueryDict:
    """Return and delete the stored input for the page of a request; empty if there is none.

    For pages without Django's forms; others use `restore_input`.
    """
    return _take(request)[0]


def restore_input(request: HttpRequest, form: F) -> F:
    """Put the stored input for the page of a request into an unbound form; return the form.

    The input becomes initial values, so nothing is validated or saved before the user sends the
    form again; a message explains this. Hidden fields, passwords and files stay unchanged.
    """
    if form.is_bound or request.method not in {"GET", "HEAD"}:
        return form
    data, has_files = _take(request)
    names = _fields_sent(form, data)
    for name in names:
        widget = form.fields[name].widget
        form.initial[name] = widget.value_from_datadict(data, _NO_FILES, form.add_prefix(name))
    if names:
        # A hidden initial value keeps the value from when the form was first shown.
        hidden = [form.add_initial_prefix(name) for name in names]
        form.data = MultiValueDict({key: data.getlist(key) for key in hidden if key in data})
        words = _("Your input has been restored. Nothing has been saved yet.")
        if has_files:
            words += " " + _("Files have to be chosen again.")
        messages.info(request, words, fail_silently=True)
    return form


_NO_FILES: MultiValueDict[str, UploadedFile[Any]] = MultiValueDict()

_BOXES = forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.SelectMultiple
"""Widgets for which browsers send nothing when nothing is ticked or chosen."""


def _fields_sent(form: BaseForm, data: QueryDict) -> list[str]:
    """Return the fields of the form that were sent; none if another form was."""
    boxes, names = [], []
    for name, field in form.fields.items():
        key, widget = form.add_prefix(name), field.widget
        if widget.is_hidden or isinstance(widget, forms.PasswordInput | forms.FileInput):
            continue
        if isinstance(widget, _BOXES) and key not in data:
            boxes.append(name)
        elif not widget.value_omitted_from_data(data, _NO_FILES, key):
            names.append(name)
    return [*names, *boxes] if names else []


def _take(request: HttpRequest) -> tuple[QueryDict, bool]:
    """Return and delete the stored input for this page, and whether it came with files."""
    result: tuple[QueryDict, bool] | None = getattr(request, "_zcrm_input", None)
    if result is None:
        result = QueryDict(mutable=True), False
        forms = _load_forms(request)
        for form in forms:
            if form["page"] == request.path and form["user"] == str(request.user.pk):
                for name, values in form["fields"].items():
                    result[0].setlist(name, values)
                result = result[0], form["has_files"]
                request.session[KEY] = [other for other in forms if other is not form]
        request._zcrm_input = result  # type: ignore[attr-defined]
    return result


def _load_forms(request: HttpRequest) -> list[dict[str, Any]]:
    session = getattr(request, "session", {})
    oldest = time.time() - LIFE
    return [form for form in session.get(KEY, ()) if form["began"] > oldest]
