"""Refresh tokens that are no longer used here and that Zoho still accepts.

Holds state; no network access, and no token in plain text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..reasons import ReasonField
from .connection import Connection
from .primary import PrimaryQuerySet


class RevocationQuerySet(PrimaryQuerySet["Revocation"]):
    """Revocations, filtered by their state."""

    def due(self) -> RevocationQuerySet:
        """Return the tokens to be revoked now, the least attempted first.

        A token that a new grant replaced waits until its connection ends: Zoho does not document
        that it would revoke only that token.
        """
        ended = Q(connection=None) | Q(connection__state=Connection.State.DISCONNECTED)
        return self.filter(ended).order_by("attempts", "pk")


class Revocation(models.Model):
    """A refresh token to revoke at Zoho; then the row is deleted. Its connection may be gone."""

    connection: models.ForeignKey[Connection | None, Connection | None] = models.ForeignKey(
        Connection,
        verbose_name=_("connection"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="revocations",
    )
    name = models.CharField(_("connection"), max_length=600)
    data_center = models.CharField(_("data centre"), max_length=8)
    accounts_url = models.CharField(_("accounts server"), max_length=200)
    encrypted_token = models.TextField(editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    last_error = ReasonField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = RevocationQuerySet.as_manager()

    if TYPE_CHECKING:
        connection_id: int | None

    class Meta:
        verbose_name = _("outstanding revocation")
        verbose_name_plural = _("outstanding revocations")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
