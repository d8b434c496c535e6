"""The abstract base of rows of records."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ...models import Connection
from .organisations import MAX_LENGTH


class RecordState(models.TextChoices):
    """The state of a record in Zoho."""

    LIVE = "live", _("live")
    DELETED = "deleted", _("deleted")
    UNREACHABLE = "unreachable", _("unreachable")


class MirroredRow(models.Model):
    """A record as a connection's user sees it.

    `zoho_organisation` is the organisation of the connection when the row was created; a connection
    may belong to another organisation later. `zoho_id` is None until a row that was created here is
    in Zoho. `zoho_modified_time` is the record's Modified_Time when it was last read, and
    `synced_at` the time of that read, by this machine's clock.
    """

    connection = models.ForeignKey(
        Connection,
        verbose_name=_("connection"),
        on_delete=models.CASCADE,
        related_name="+",
        editable=False,
    )
    zoho_organisation = models.CharField(
        _("organisation"), max_length=MAX_LENGTH, blank=True, default="", editable=False
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
