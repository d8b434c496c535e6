"""When work that concerns the whole site is due next: one worker at a time does it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from ...models.primary import PrimaryQuerySet


class Upkeep(models.Model):
    """A task of upkeep: `name` is one of `runners.upkeep`, `digest` that of the mirrored models.

    A worker that takes the task sets `due` to a later time, and so keeps other workers from it.
    """

    name = models.CharField(max_length=20, unique=True)
    due = models.DateTimeField(default=timezone.now)
    digest = models.CharField(max_length=64, default="", blank=True)

    objects = PrimaryQuerySet["Upkeep"].as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
