"""The history of connections: each change of owner, who made it, and how."""

from __future__ import annotations

from copy import copy
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from django.conf import settings as django_settings
from django.db import models, router, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..access import Source, current_actor
from ..signals import connection_changed
from .names import ENVIRONMENT_NAMES, owner_key
from .primary import PrimaryQuerySet

if TYPE_CHECKING:
    from .connection import Connection
    from .revocation import Revocation

NEWS_DAYS, MAX_NEWS = 30, 10
"""For how many days owners are shown what others did with their connections, and how much of it."""

APPEND_ONLY = "The history of connections is append-only: entries are not changed or deleted."


class ConnectionHistoryQuerySet(PrimaryQuerySet["ConnectionHistory"]):
    """Entries, which are neither changed nor deleted."""

    def news_for(self, owner_id: object, user_id: object) -> ConnectionHistoryQuerySet:
        """Return recent changes of an owner's connections by other users."""
        key = owner_key(owner_id)
        news = self.filter(
            Q(owner_key=key) | Q(former_owner_key=key),
            Q(user=None) | ~Q(user=user_id),
            created_at__gte=timezone.now() - timedelta(days=NEWS_DAYS),
        )
        return news.exclude(source=Source.ZOHO)[:MAX_NEWS]

    def update(self, **kwargs: Any) -> NoReturn:
        """Raise TypeError."""
        raise TypeError(APPEND_ONLY)

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise TypeError: it could replace entries, and each is written when it happens."""
        raise TypeError(APPEND_ONLY)

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise TypeError."""
        raise TypeError(APPEND_ONLY)

    def delete(self) -> NoReturn:
        """Raise TypeError."""
        raise TypeError(APPEND_ONLY)


class ConnectionHistory(models.Model):
    """One change of a connection. It outlives the connection, its owner and the user who made it.

    Names are those at the time of the change. `former_...` are the owner before a hand-over, and
    the organisation before a replacement.
    """

    class Change(models.TextChoices):
        """The kind of change."""

        CONNECTED = "connected", _("connected")
        RECONNECTED = "reconnected", _("connected again")
        REPLACED = "replaced", _("connected to another organisation")
        MADE_DEFAULT = "made_default", _("made the default")
        DEFAULT_REPLACED = "default_replaced", _("replaced as the default")
        HANDED_OVER = "handed_over", _("handed over")
        DISCONNECTED = "disconnected", _("disconnected")
        REVOKED = "revoked", _("revoked at Zoho")
        DELETED = "deleted", _("deleted")
        WITHDRAWN = "withdrawn", _("withdrawn at Zoho")

    created_at = models.DateTimeField(
        _("when"), default=timezone.now, editable=False, db_index=True
    )
    change = models.CharField(_("change"), max_length=20, choices=Change.choices)
    connection: models.ForeignKey[Connection | None, Connection | None] = models.ForeignKey(
        "zcrm.Connection",
        verbose_name=_("connection"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="history",
    )
    name = models.CharField(_("connection"), max_length=600)
    owner_key = models.CharField(_("owner"), max_length=64, blank=True)
    owner_name = models.CharField(_("owner"), max_length=255, blank=True)
    former_owner_key = models.CharField(_("former owner"), max_length=64, blank=True)
    former_owner_name = models.CharField(_("former owner"), max_length=255, blank=True)
    organisation_id = models.CharField(_("organisation id"), max_length=40, blank=True)
    organisation_name = models.CharField(_("organisation"), max_length=255, blank=True)
    former_organisation_id = models.CharField(
        _("former organisation id"), max_length=40, blank=True
    )
    former_organisation_name = models.CharField(
        _("former organisation"), max_length=255, blank=True
    )
    environment = models.CharField(
        _("environment"), max_length=12, choices=ENVIRONMENT_NAMES.items(), blank=True
    )
    user: models.ForeignKey[Any, Any] = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        verbose_name=_("by whom"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    user_name = models.CharField(_("by whom"), max_length=255, blank=True)
    source = models.CharField(_("where"), max_length=12, choices=Source.choices)

    objects = ConnectionHistoryQuerySet.as_manager()

    if TYPE_CHECKING:
        connection_id: int | None
        user_id: object | None

    class Meta:
        verbose_name = _("connection history entry")
        verbose_name_plural = _("connection history entries")
        default_permissions = ("view",)
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"{self.name}: {self.get_change_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a new entry. Raises TypeError for one that is saved already."""
        if not self._state.adding:
            raise TypeError(APPEND_ONLY)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise TypeError."""
        raise TypeError(APPEND_ONLY)


def record_connection_change(
    change: ConnectionHistory.Change, connection: Connection, *, former: Connection | None = None
) -> ConnectionHistory:
    """Record what the current user did to a connection, in the transaction of the change.

    `former` is the row as it was before it got another owner or organisation. After the commit,
    `connection_changed` is sent.
    """
    using = connection._state.db or router.db_for_write(ConnectionHistory)
    entry = ConnectionHistory(
        **_author(),
        change=change,
        connection_id=connection.pk,
        name=str(connection)[:600],
        owner_key=owner_key(connection.owner_id),
        owner_name=str(connection.owner or "")[:255],
        organisation_id=connection.organisation_id,
        organisation_name=connection.organisation_name,
        environment=connection.environment,
    )
    former_owner = None
    if former is not None and former.owner_id != connection.owner_id:
        former_owner = former.owner
        entry.former_owner_key = owner_key(former.owner_id)
        entry.former_owner_name = str(former_owner or "")[:255]
    if former is not None and former.organisation_id != connection.organisation_id:
        entry.former_organisation_id = former.organisation_id
        entry.former_organisation_name = former.organisation_name
    entry.save(using=using)
    transaction.on_commit(
        partial(
            connection_changed.send_robust,
            type(connection),
            connection=copy(connection),  # Django resets the primary key of a deleted one
            entry=entry,
            former_owner=former_owner,
        ),
        using=using,
    )
    return entry


def record_revocation(revocation: Revocation) -> None:
    """Write down that Zoho revoked a token; its connection may be gone."""
    change = ConnectionHistory.Change.REVOKED
    if revocation.connection is not None:
        record_connection_change(change, revocation.connection)
        return
    entry = ConnectionHistory(**_author(), change=change, name=revocation.name)
    entry.save(using=revocation._state.db)


def _author() -> dict[str, Any]:
    actor = current_actor()
    return {
        "user_id": actor.user.pk if actor.user else None,
        "user_name": actor.user.get_username()[:255] if actor.user else "",
        "source": actor.source,
    }
