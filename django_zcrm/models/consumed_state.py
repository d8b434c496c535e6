"""States of the code flow that came back from Zoho."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.db import IntegrityError, models, router, transaction
from django.utils import timezone

from .primary import PrimaryQuerySet

SWEPT_AT_ONCE = 100


class ConsumedStateQuerySet(PrimaryQuerySet["ConsumedState"]):
    """States that were consumed lately."""

    def consume(self, state: str, life: float) -> bool:
        """Return whether this caller is the only one that may continue with a state.

        The unique insert of a row decides. Sessions are read and written without a lock, and a
        session in a cookie is sent again with each request. `life` is the number of seconds for
        which a state is valid; rows of older states are deleted.
        """
        using = router.db_for_write(self.model)
        rows = self.using(using)
        try:
            with transaction.atomic(using=using):
                rows.create(digest=hashlib.sha256(state.encode()).hexdigest())
        except IntegrityError:
            return False
        # Delete by keys: a range of dates would lock the newest rows, where others insert.
        old = rows.filter(created_at__lt=timezone.now() - timedelta(seconds=life))
        rows.filter(pk__in=list(old.values_list("pk", flat=True)[:SWEPT_AT_ONCE])).delete()
        return True


class ConsumedState(models.Model):
    """A consumed state, by its SHA-256, until the end of its validity."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = ConsumedStateQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.digest
