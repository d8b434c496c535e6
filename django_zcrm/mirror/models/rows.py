"""Rows that hold Zoho's records: an abstract base, and a model for modules without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from asgiref.sync import sync_to_async
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from ...models import Connection
from .primary import PrimaryQuerySet
from .state import MirrorState

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

R = TypeVar("R", bound="MirroredRow")


class RecordState(models.TextChoices):
    """The state of a record in Zoho."""

    LIVE = "live", _("live")
    DELETED = "deleted", _("deleted")
    UNREACHABLE = "unreachable", _("unreachable")


def check_is_connection(connection: object, method: str) -> None:
    """Raise TypeError for anything but a connection, such as a user or a client."""
    if not isinstance(connection, Connection):
        raise TypeError(
            f"{method}() takes a Connection, not {type(connection).__name__}; that of a user or "
            "tenant is django_zcrm.owners.connection_in_use(owner)."
        )


class MirroredRowQuerySet(models.QuerySet[R]):
    """Rows of records, filtered by connection."""

    def for_connection(self, connection: Connection) -> Self:
        """Return the rows of one connection.

        None while there are rows of another organisation, to which it was connected before. Raises
        TypeError for what is no connection.
        """
        check_is_connection(connection, "for_connection")
        moved = MirrorState.objects.moved().filter(connection=OuterRef("pk"))
        shown = Connection.objects.filter(~Exists(moved), pk=connection.pk)
        return self.filter(connection__in=shown)

    def for_owner(self, owner: models.Model | AnonymousUser | None) -> Self:
        """Return the rows of the connection that `zcrm.for_owner(owner)` uses.

        None without one: for None, an anonymous user, or an owner who disconnected.
        """
        connection = None if owner is None or owner.pk is None else self._in_use(owner)
        return self.none() if connection is None else self.for_connection(connection)

    def for_user(self, user: AbstractBaseUser | AnonymousUser | None) -> Self:
        """Return the rows of the connection that `zcrm.for_user(user)` uses; none for None.

        Where tenants own connections, it is the one of the user's tenant. Raises TypeError for what
        is no user.
        """
        if user is None:
            return self.none()
        if not hasattr(user, "is_authenticated"):
            raise TypeError(f"for_user() takes a user, not {type(user).__name__}.")
        from ...owners import owner_of

        return self.for_owner(owner_of(user))

    async def afor_owner(self, owner: models.Model | AnonymousUser | None) -> Self:
        """Async version of `for_owner`."""
        return await sync_to_async(self.for_owner)(owner)

    async def afor_user(self, user: AbstractBaseUser | AnonymousUser | None) -> Self:
        """Async version of `for_user`."""
        return await sync_to_async(self.for_user)(user)

    def _in_use(self, owner: Any) -> Connection | None:
        from ...owners import connection_in_use

        return connection_in_use(owner)

    def live(self) -> Self:
        """Return the rows whose records are in Zoho and visible to the connection's user."""
        return self.filter(zoho_state=RecordState.LIVE)

    def push(self, **values: Any) -> int:
        """Update the rows as `update()` does, and put the changes into the outbox; return how many.

        In one transaction, with a few queries for every thousand rows; MariaDB and MySQL get an
        UPDATE for each row, so that none waits for other rows. Raises ConfigurationError for a
        model that sends no changes, for columns of the mirror and fields of Zoho's that are not in
        its `push`, and without one that is.
        """
        # It goes by the options, which are told by models.
        from ..push.bulk import push

        return push(self, values)

    push.alters_data = True  # type: ignore[attr-defined]


class MirroredRow(models.Model):
    """A record as a connection's user sees it.

    `zoho_id` is None until a row that was made here is in Zoho. `zoho_modified_time` is the
    record's Modified_Time when it was last read, and `synced_at` when that was, by our clock.
    """

    connection = models.ForeignKey(
        Connection,
        verbose_name=_("connection"),
        on_delete=models.CASCADE,
        related_name="+",
        editable=False,
    )
    # NULL is not unique, so that several new rows can wait for their ids.
    zoho_id = models.CharField(  # noqa: DJ001
        _("id in Zoho"), max_length=32, null=True, blank=True, default=None, editable=False
    )
    zoho_modified_time = models.DateTimeField(
        _("modified in Zoho"), null=True, blank=True, default=None, editable=False
    )
    zoho_state = models.CharField(
        _("state in Zoho"),
        max_length=12,
        choices=RecordState.choices,
        default=RecordState.LIVE,
        editable=False,
    )
    synced_at = models.DateTimeField(_("read"), null=True, blank=True, default=None, editable=False)

    class Meta:
        abstract = True


class MirroredRecord(MirroredRow):
    """A record of a module that has no model of its own: its fields are in `data`, as JSON."""

    module = models.CharField(_("module"), max_length=100, editable=False)
    data: models.JSONField[Any, Any] = models.JSONField(_("fields"), default=dict, blank=True)

    objects = MirroredRowQuerySet["MirroredRecord"].as_manager()

    class Meta:
        verbose_name = _("mirrored record")
        verbose_name_plural = _("mirrored records")
        constraints = (
            models.UniqueConstraint(
                fields=["connection", "module", "zoho_id"], name="zcrm_mirrored_record_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.module} {self.zoho_id}"


class PendingRelation(models.Model):
    """A lookup to a record that has not been read yet; it is set when that is stored.

    `model` and `object_id` are the row that has the foreign key `column`; `module` and `zoho_id`
    the record that it leads to.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    model = models.CharField(max_length=100)
    object_id = models.CharField(max_length=64)
    column = models.CharField(max_length=64)
    module = models.CharField(max_length=100)
    zoho_id = models.CharField(max_length=32)

    objects = PrimaryQuerySet["PendingRelation"].as_manager()

    class Meta:
        verbose_name = _("pending relation")
        verbose_name_plural = _("pending relations")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=["model", "object_id", "column"], name="zcrm_pending_relation_unique"
            ),
        )
        indexes = (
            models.Index(
                fields=["connection", "module", "zoho_id"], name="zcrm_pending_relation_target"
            ),
        )

    def __str__(self) -> str:
        return f"{self.model} {self.object_id}.{self.column}: {self.module} {self.zoho_id}"
