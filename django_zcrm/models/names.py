"""The names of owners and environments in the tables."""

from __future__ import annotations

from django.conf import settings as django_settings
from django.utils.translation import gettext_lazy as _

from ..conf import owner_model

SITE = "site"
"""The owner key of connections that belong to the whole site."""

OWNED = ("user", "owner")
"""The kinds of owners: users, or rows of another model. Owner keys begin with one and a colon."""

ENVIRONMENT_NAMES = {
    "production": _("production"),
    "sandbox": _("sandbox"),
    "developer": _("developer"),
}


def owner_key(owner_id: object) -> str:
    """Return a text that identifies an owner, such as `user:7`; `site` for None."""
    if owner_id is None:
        return SITE
    user, other = OWNED
    is_user = owner_model().lower() == django_settings.AUTH_USER_MODEL.lower()
    return f"{user if is_user else other}:{owner_id}"
