"""The rows of modules without a model, and lookups to records that have no row yet."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from ...models import Connection
from ...models.primary import PrimaryQuerySet
from .organisations import MAX_LENGTH
from .querysets import MirroredRowQuerySet
from .rows import MirroredRow


class MirroredRecord(MirroredRow):
    """A record of a module without its own model: its fields are in `data`, as JSON."""

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
    """A lookup to a record that has not been read yet; it is set when the record is stored.

    `model` and `object_id` identify the row with the foreign key `column`; `module` and `zoho_id`
    the record to which it refers.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    organisation_id = models.CharField(max_length=MAX_LENGTH, default="")
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
