"""Keeps what a user typed into a form while they connect a Zoho account.

A form that was sent when the account was not, or no longer, connected would be lost on the way to
Zoho's consent page and back. What was typed is kept in the session, and `restore_input` puts it
into the form when its page is shown again.
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
    """Keep what was sent by POST, for when the user comes back to the path of a page.

    Kept are text fields of logged-in visitors: no files, nothing whose name sounds like a secret or
    that the view declared with `sensitive_post_parameters`, and nothing at all when it is too much.
    """
    session = getattr(request, "session", None)
    if session is None or request.method != "POST" or not request.user.is_authenticated:
        return
    if settings.SESSION_ENGINE.endswith("signed_cookies"):  # a cookie has no room for it
        return
    try:
        sent, has_files = request.POST, bool(request.FILES)
    except (RawPostDataException, UnreadablePostError, SuspiciousOperation):
        return
    hidden = getattr(request, "sensitive_post_parameters", ())
    if hidden == "__ALL__":
        return
    fields = {
        name: values
        for name, values in sent.lists()
        if not _SECRET.search(name) and name not in hidden
    }
    if not fields or len(json.dumps(fields)) > MAX_BYTES:
        return
    others = [form for form in _kept_forms(request) if form["page"] != page]
    new = {
        "page": page,
        "user": str(request.user.pk),
        "began": time.time(),
        "fields": fields,
        "has_files": has_files,
    }
    session[KEY] = [*others, new][-MAX_FORMS:]


def kept_input(request: HttpRequest) -> QueryDict:
    """Return what was kept for the page of a request, and forget it; empty if there is nothing.

    For pages without Django's forms; others use `restore_input`.
    """
    return _take(request)[0]


def restore_input(request: HttpRequest, form: F) -> F:
    """Put what was kept for the page of a request into an unbound form, and return the form.

    It shows as initial values, so nothing is validated or saved before the user sends the form
    again; a message says so. What widgets hide, passwords and files are left as they are.
    """
    if form.is_bound or request.method not in {"GET", "HEAD"}:
        return form
    data, has_files = _take(request)
    names = _sent(form, data)
    for name in names:
        widget = form.fields[name].widget
        form.initial[name] = widget.value_from_datadict(data, _NO_FILES, form.add_prefix(name))
    if names:
        # A hidden initial value stays what it was when the form was first shown.
        hidden = [form.add_initial_prefix(name) for name in names]
        form.data = MultiValueDict({key: data.getlist(key) for key in hidden if key in data})
        words = _("What you had typed is here again. Nothing has been saved yet.")
        if has_files:
            words += " " + _("Files have to be chosen again.")
        messages.info(request, words, fail_silently=True)
    return form


_NO_FILES: MultiValueDict[str, UploadedFile[Any]] = MultiValueDict()

_BOXES = forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.SelectMultiple
"""Widgets for which browsers send nothing when nothing is ticked or chosen."""


def _sent(form: BaseForm, data: QueryDict) -> list[str]:
    """Return the fields of the form that were sent; none if another form was."""
    boxes, sent = [], []
    for name, field in form.fields.items():
        key, widget = form.add_prefix(name), field.widget
        if widget.is_hidden or isinstance(widget, forms.PasswordInput | forms.FileInput):
            continue
        if isinstance(widget, _BOXES) and key not in data:
            boxes.append(name)
        elif not widget.value_omitted_from_data(data, _NO_FILES, key):
            sent.append(name)
    return [*sent, *boxes] if sent else []


def _take(request: HttpRequest) -> tuple[QueryDict, bool]:
    """Return what was kept for this page, and whether files were sent with it; forget it."""
    restored: tuple[QueryDict, bool] | None = getattr(request, "_zcrm_input", None)
    if restored is None:
        restored = QueryDict(mutable=True), False
        kept = _kept_forms(request)
        for form in kept:
            if form["page"] == request.path and form["user"] == str(request.user.pk):
                for name, values in form["fields"].items():
                    restored[0].setlist(name, values)
                restored = restored[0], form["has_files"]
                request.session[KEY] = [other for other in kept if other is not form]
        request._zcrm_input = restored  # type: ignore[attr-defined]
    return restored


def _kept_forms(request: HttpRequest) -> list[dict[str, Any]]:
    session = getattr(request, "session", {})
    oldest = time.time() - LIFE
    return [form for form in session.get(KEY, ()) if form["began"] > oldest]
