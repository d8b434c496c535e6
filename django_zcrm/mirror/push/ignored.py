"""Changes that Zoho accepted but did not make: found when the record is read again.

Such is a field that is read-only in the layout or for the connection's user, or that a workflow
sets again. No request is made for it: the next look at changes reads the record anyway.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Any

from ...models import Connection
from ..models import OutboxItem
from ..targets import MirrorTarget
from .serializers import serialize_record

logger = logging.getLogger("django_zcrm.mirror")

IGNORED = "Zoho answered that it was done, and still has the former {}: is it read-only there?"

REPLACED = "Zoho has another {} than was sent: a workflow, or somebody, changed it in that second."

Replaced = Mapping[str, tuple[Mapping[str, Any], Collection[str]]]
"""By the keys of rows: the record that was read, and the attributes whose values it replaced."""


def note_ignored(target: MirrorTarget, connection: Connection, replaced: Replaced) -> None:
    """Store, in the items sent last for some rows, which of their values the records do not have.

    The records are of the very moment that Zoho answered to those changes.
    """
    if target.options is None or not target.options.push:
        return
    names = set(target.options.pushed.values())
    columns = [column for column in target.columns if column.zoho_name in names]
    done = OutboxItem.objects.filter(
        connection=connection,
        module=target.module,
        object_id__in=list(replaced),
        state=OutboxItem.State.DONE,
        error="",
    )
    last = {item.object_id: item for item in done.order_by("pk")}
    for key, item in last.items():
        record, attributes = replaced[key]
        values = serialize_record(columns, record)
        different = [
            column.zoho_name
            for column in columns
            if column.attribute in attributes
            and column.zoho_name in item.changed
            and item.changed[column.zoho_name] != values.get(column.zoho_name)
        ]
        ignored = [name for name in different if values.get(name) == item.base.get(name)]
        others = [name for name in different if name not in ignored]
        words = ((IGNORED, ignored), (REPLACED, others))
        item.error = " ".join(text.format(", ".join(names)) for text, names in words if names)
        if item.error:
            logger.warning("%s: %s", item, item.error)
            OutboxItem.objects.filter(pk=item.pk).update(error=item.error)
