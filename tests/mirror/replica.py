"""A router by which a site's reads of what the mirror keeps go to a replica."""

from __future__ import annotations

from typing import Any

from django.db import models

from django_zcrm.mirror.models import MirrorModel


class Router:
    """Reads mirrored rows, and the mirror's own, from the database `replica`."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        """Name the replica for mirrored rows, and for the mirror's own."""
        is_its = issubclass(model, MirrorModel) or model._meta.app_label == "zcrm_mirror"
        return "replica" if is_its else None

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        """Name the primary."""
        return "default"
