"""A router by which a site's reads go to a replica."""

from __future__ import annotations

from typing import Any

from django.db import models

from django_zcrm.mirror.models import MirrorModel


class Router:
    """Reads mirrored rows, connections, and the mirror's own rows from the database `replica`."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        """Name the replica for mirrored rows, and for those of the package."""
        is_ours = issubclass(model, MirrorModel) or model._meta.app_label.startswith("zcrm")
        return "replica" if is_ours else None

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        """Name the primary."""
        return "default"
