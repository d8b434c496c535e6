"""Which records a mirror could not store."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ...models.primary import PrimaryQuerySet
from .mirror_state import MirrorState


class UnstoredRecord(models.Model):
    """A record that could not be stored when it was read last; `MirrorState.unstored` counts them.

    `zoho_id` is its id; an invalid id is shortened. `MirrorState.problems` has some of the reasons.
    """

    mirror = models.ForeignKey(
        MirrorState, verbose_name=_("mirror"), on_delete=models.CASCADE, related_name="+"
    )
    zoho_id = models.CharField(_("id in Zoho"), max_length=32)

    objects = PrimaryQuerySet["UnstoredRecord"].as_manager()

    class Meta:
        verbose_name = _("record that could not be stored")
        verbose_name_plural = _("records that could not be stored")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=["mirror", "zoho_id"], name="zcrm_unstored_unique"),
        )

    def __str__(self) -> str:
        return self.zoho_id
