"""Keeps the ids of the records that could not be stored, so that their number is exact."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..leased_mirror import LeasedMirror
from ..models import UnstoredRecord
from ..stored import is_id


def note_unstored(
    mirror: LeasedMirror, columns: dict[str, Any], read: Collection[str], failed: Collection[str]
) -> None:
    """Store which records failed, of those that were `read`, and their number in `columns`.

    Call it in the transaction that writes the records.
    """
    rows = UnstoredRecord.objects.filter(mirror=mirror.state)
    if stored := set(read).difference(failed):
        rows.filter(zoho_id__in=stored).delete()
    noted_ids = rows.filter(zoho_id__in=failed).values_list("zoho_id", flat=True) if failed else ()
    UnstoredRecord.objects.bulk_create(
        (
            UnstoredRecord(mirror=mirror.state, zoho_id=zoho_id)
            for zoho_id in sorted(set(failed).difference(noted_ids))
        ),
        ignore_conflicts=True,  # invalid ids that only differ by case
    )
    columns["unstored"] = rows.count()


def forget_unstored(mirror: LeasedMirror, columns: dict[str, Any]) -> None:
    """Forget all, before every record is read again. Call it in the transaction of `columns`."""
    UnstoredRecord.objects.filter(mirror=mirror.state).delete()
    columns.update(unstored=0, problems={})


def select_unstored(mirror: LeasedMirror, ids: Collection[str]) -> list[str]:
    """Return those of the ids whose records could not be stored."""
    if not mirror.state.unstored:
        return []
    rows = UnstoredRecord.objects.filter(mirror=mirror.state, zoho_id__in=ids)
    return list(rows.order_by("zoho_id").values_list("zoho_id", flat=True))


def find_unstored_besides(mirror: LeasedMirror, ids: Collection[str]) -> list[str]:
    """Return the ids of the other records that could not be stored; without invalid ids."""
    if not mirror.state.unstored:
        return []
    rows = UnstoredRecord.objects.filter(mirror=mirror.state).order_by("zoho_id")
    others, excluded_ids = rows.values_list("zoho_id", flat=True), set(ids)
    return [zoho_id for zoho_id in others if zoho_id not in excluded_ids and is_id(zoho_id)]
