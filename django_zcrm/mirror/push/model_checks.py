"""Finds declarations of a mirrored model that keep changes of its rows from reaching Zoho."""

from __future__ import annotations

from typing import Any

from ..models import MirroredRowQuerySet
from ..options import MirrorOptions, options_of
from ..values import columns_of


def manager_without_push(options: MirrorOptions) -> str:
    """Return the name of the model's default manager if it has no `push()`; empty otherwise.

    `update()` sends nothing, so that rows of such a manager cannot be changed in bulk.
    """
    manager: Any = options.model._default_manager
    if not options.push or isinstance(manager.get_queryset(), MirroredRowQuerySet):
        return ""
    return str(manager.name)


def lookups_that_never_come(options: MirrorOptions) -> list[str]:
    """Return the lookups that are sent to Zoho, and refer to a model whose rows are not.

    A row that refers to one created here would wait for ever.
    """
    return [
        column.attribute
        for column in columns_of(options.model)
        if column.to is not None
        and column.zoho_name in options.pushed.values()
        and not options_of(column.to).push
    ]
