"""The stored metadata of a mirror's module."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from ...models.primary import PrimaryQuerySet
from .mirror_state import MirrorState
from .organisations import MAX_LENGTH


class ModuleMetadata(models.Model):
    """The fields of a mirror's module, as Zoho's metadata described them when it was read last.

    All processes use it, so that a poll needs no request for it. `fields` are those of
    `dump_fields`; `refused` those that calls refuse although metadata lists them; `missing` those
    that the model declares and the organisation lacks, with the closest existing name. Without
    `read_at` it is to be read again.
    """

    mirror = models.OneToOneField(
        MirrorState,
        verbose_name=_("mirror"),
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="metadata",
    )
    organisation_id = models.CharField(
        _("organisation id"), max_length=MAX_LENGTH, default="", editable=False
    )
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    fields: models.JSONField[Any, Any] = models.JSONField(_("fields"), default=dict)
    refused: models.JSONField[Any, Any] = models.JSONField(_("refused fields"), default=list)
    missing: models.JSONField[Any, Any] = models.JSONField(_("missing fields"), default=dict)

    objects = PrimaryQuerySet["ModuleMetadata"].as_manager()

    class Meta:
        verbose_name = _("metadata of a module")
        verbose_name_plural = _("metadata of modules")
        default_permissions = ()
        base_manager_name = "objects"  # the one by which Django reads `mirror.metadata`

    def __str__(self) -> str:
        return str(self.mirror)
