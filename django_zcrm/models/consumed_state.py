"""States of the code flow that came back from Zoho."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.db import IntegrityError, models, router, transaction
from django.utils import timezone

SWEPT_AT_ONCE = 100


class ConsumedStateQuerySet(models.QuerySet["ConsumedState"]):
    """States that were consumed lately."""

    def consume(self, state: str, life: float) -> bool:
        """Tell whether this caller, and no other, is the one who may go on with a state.

        It is a row's unique insert that decides: sessions are read and written without a lock, and
        one that lives in a cookie comes back as often as the cookie does. `life` is for how many
        seconds a state is valid; rows of older ones are deleted.
        """
        using = router.db_for_write(self.model)
        rows = self.using(using)
        try:
            with transaction.atomic(using=using):
                rows.create(digest=hashlib.sha256(state.encode()).hexdigest())
        except IntegrityError:
            return False
        # By their keys: a range of dates would be locked up to the newest, where others insert.
        old = rows.filter(at__lt=timezone.now() - timedelta(seconds=life))
        rows.filter(pk__in=list(old.values_list("pk", flat=True)[:SWEPT_AT_ONCE])).delete()
        return True


class ConsumedState(models.Model):
    """One such state, by its SHA-256, for as long as it would be valid otherwise."""

    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = ConsumedStateQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.digest
