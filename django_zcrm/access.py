"""Access: who may do what to which connection, for pages, the admin, commands and Python alike.

Owners may do everything with their own connections except give them to another owner. All other
users must be staff and have the permission that the admin requires. The same is required of
everybody for the connections of the whole site. Code that acts for no user, such as a script, is
trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser


class Owned(Protocol):
    """The part of a connection that the access rules use."""

    @property
    def owner_id(self) -> Any:
        """The primary key of its owner; None for the whole site."""
        ...


class Action(StrEnum):
    """An action on a connection. A connection without an owner belongs to the whole site."""

    VIEW = "view"
    CONNECT = "connect"
    """Make a new connection: on Zoho's consent page, or with a grant or refresh token."""
    CONNECT_AGAIN = "connect_again"
    """Renew a connection with another grant to the same organisation."""
    REPLACE = "replace"
    """Connect a name that is in use to another organisation, or to an unknown one."""
    MAKE_DEFAULT = "make_default"
    HAND_OVER = "hand_over"
    DISCONNECT = "disconnect"
    """Revoke the grant at Zoho and forget its tokens."""
    DELETE = "delete"
    TEST = "test"
    REFRESH = "refresh"

    @property
    def permission(self) -> str:
        """The required permission, in the form that `user.has_perm` expects."""
        return f"zcrm.{_CODENAMES[self]}"


_CODENAMES = {
    Action.VIEW: "view_connection",
    Action.CONNECT: "add_connection",
    Action.CONNECT_AGAIN: "add_connection",
    Action.REPLACE: "change_connection",
    Action.MAKE_DEFAULT: "make_default_connection",
    Action.HAND_OVER: "hand_over_connection",
    Action.DISCONNECT: "disconnect_connection",
    Action.DELETE: "delete_connection",
    Action.TEST: "test_connection",
    Action.REFRESH: "refresh_connection",
}


class Source(TextChoices):
    """Where a change was made."""

    PAGE = "page", gettext_lazy("page of the site")
    ADMIN = "admin", gettext_lazy("admin")
    COMMAND = "command", gettext_lazy("command")
    API = "api", gettext_lazy("Python API")
    ZOHO = "zoho", gettext_lazy("Zoho")


class NotPermitted(PermissionDenied):
    """The acting user may not perform this action on this connection. Django returns status 403."""


def has_permission(user: AbstractBaseUser | AnonymousUser, permission: str) -> bool:
    """Return whether a user is active staff and has a permission such as `zcrm.test_connection`."""
    staff = user.is_active and getattr(user, "is_staff", False)
    return bool(staff and user.has_perm(permission))  # type: ignore[union-attr]


class Actor:
    """Who changes connections: a user, or code that acts for no user (None).

    `acts_for` returns the primary key of the owner that the user acts for, or None. It is called on
    first use, at most once.
    """

    def __init__(
        self,
        user: AbstractBaseUser | AnonymousUser | None = None,
        source: Source = Source.API,
        acts_for: Callable[[], object] = lambda: None,
    ) -> None:
        self.user = user
        self.source = source
        self._acts_for = acts_for

    @cached_property
    def owner_id(self) -> object:
        """The primary key of the owner that the user acts for; None without one."""
        return self._acts_for()

    def may(self, action: Action, connection: Owned) -> bool:
        """Return whether this actor may do it; for a new connection, pass an unsaved one."""
        if self.user is None or has_permission(self.user, action.permission):
            return True
        if connection.owner_id is None or action is Action.HAND_OVER:
            return False
        return bool(self.user.is_authenticated and self.owner_id == connection.owner_id)

    def check_access(self, action: Action, connection: Owned) -> None:
        """Raise NotPermitted unless this actor may do it."""
        if self.may(action, connection):
            return
        words = _("Nothing was changed. This needs a staff account with the permission %(name)s.")
        if action is Action.REPLACE:
            words = _(
                "Nothing was changed: this name is in use, perhaps for another organisation. To "
                "replace its connection, you need the permission %(name)s."
            )
        raise NotPermitted(words % {"name": action.permission})


_current: ContextVar[Actor | None] = ContextVar("zcrm_actor", default=None)


def current_actor() -> Actor:
    """Return the actor of this thread or task; outside of `acting_as`, one without a user."""
    return _current.get() or Actor()


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """Attribute the changes of connections within the block to a user."""
    token = _current.set(actor)
    try:
        yield actor
    finally:
        _current.reset(token)


def check_access(action: Action, connection: Owned) -> None:
    """Raise NotPermitted unless the current actor may do it."""
    current_actor().check_access(action, connection)
