"""Who owns a user's connections: the user, or what the project says (a tenant, a team).

Knows settings and the owner model; nothing of requests beyond handing one on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .conf import get_settings, load_owner_of_user
from .exceptions import ConfigurationError
from .models import Connection

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model
    from django.http import HttpRequest


def owner_class() -> type[Model]:
    """Return the model whose rows own connections."""
    found: type[Model] = Connection._meta.get_field("owner").related_model
    return found


def owner_of(
    user: AbstractBaseUser | AnonymousUser, request: HttpRequest | None = None
) -> Model | None:
    """Return the owner that a user acts for; None for a visitor who is not logged in.

    `ZCRM["OWNER_OF_USER"]` names the function that tells, called with the user and, where there is
    one, the request. Raises ConfigurationError when there is no way to tell.
    """
    if not user.is_authenticated:
        return None
    kind = owner_class()
    if path := get_settings().owner_of_user:
        owner: Model | None = load_owner_of_user(path)(user, request)
        if owner is not None and not isinstance(owner, kind):
            raise ConfigurationError(
                f"ZCRM['OWNER_OF_USER'] gave a {type(owner).__name__}, not a {kind.__name__}.",
                "OWNER_OF_USER",
            )
        return owner
    if not isinstance(user, kind):
        raise ConfigurationError(
            f"Connections belong to {kind._meta.label}: ZCRM['OWNER_OF_USER'] has to name the "
            "function that tells which one a user acts for.",
            "OWNER_OF_USER",
        )
    return user
