"""E-mails owners about changes that others make to their connections (`EMAIL_OWNERS`)."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db import models
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from ..access import Source
from ..conf import get_settings
from ..models import Connection, ConnectionHistory
from ..signals import connection_changed
from ..zoho.http.datacenters import origin

log = logging.getLogger("django_zcrm")

# Left out: changes that accompany another change, and changes by the owner at Zoho.
TOLD = frozenset(ConnectionHistory.Change) - {
    ConnectionHistory.Change.REVOKED,
    ConnectionHistory.Change.DEFAULT_REPLACED,
    ConnectionHistory.Change.WITHDRAWN,
}


def connect() -> None:
    """Connect the receiver."""
    connection_changed.connect(_mail_owners, dispatch_uid="zcrm.oauth.owner_mail")


def _mail_owners(
    connection: Connection,
    entry: ConnectionHistory,
    former_owner: models.Model | None,
    **kwargs: Any,
) -> None:
    """E-mail the present and the former owner, except the person who made the change."""
    # Code without a user may act for the owner, as a page of the project does.
    is_known = entry.user_id is not None or entry.source == Source.COMMAND
    if entry.change not in TOLD or not is_known or not get_settings().email_owners:
        return
    for owner in (connection.owner, former_owner):
        address = _address(owner)
        if owner is not None and address and owner.pk != entry.user_id:
            try:
                _send(address, owner, entry)
            except Exception as error:  # a failed e-mail must not undo the change
                log.warning("Could not e-mail the owner of %s: %s", entry, type(error).__name__)


def _address(owner: models.Model | None) -> str:
    """Return the e-mail address of an owner who is an active user; else an empty string."""
    user_model = get_user_model()
    if not isinstance(owner, user_model) or not owner.is_active:
        return ""
    return str(getattr(owner, user_model.get_email_field_name(), "") or "")


def _send(address: str, owner: models.Model, entry: ConnectionHistory) -> None:
    about = {"owner": owner, "entry": entry, "url": _connections_url()}
    with translation.override(django_settings.LANGUAGE_CODE):
        subject = render_to_string("zcrm/mail/connection_changed_subject.txt", about)
        body = render_to_string("zcrm/mail/connection_changed.txt", about)
    send_mail(" ".join(subject.split()), body.strip() + "\n", None, [address])


def _connections_url() -> str:
    """Return the URL of the page with the owner's connections, if it is known."""
    try:
        return origin(get_settings().redirect_uri) + reverse("zcrm:connections")
    except (ValueError, NoReverseMatch):
        return ""
