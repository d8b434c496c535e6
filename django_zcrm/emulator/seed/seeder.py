"""Puts demo records into an organisation, with their own range of ids and times."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from ..engine.saving import Stamp, insert
from ..engine.validation import ValidatedRecord, ValidatedRow
from ..engine.values import format_moment
from ..state import Organisation, StoredRecord, User
from ..state.store import Blob, RecordStore

#: Between the ids of metadata and those that an organisation assigns later.
_FIRST_SERIAL = 40_000


class Seeder:
    """Adds records created some days ago, by each user in turn."""

    def __init__(self, org: Organisation, today: date) -> None:
        self.org = org
        self.today = today
        self._serial = _FIRST_SERIAL
        self._users = list(org.users.values())

    @property
    def store(self) -> RecordStore:
        """The records added so far."""
        store: RecordStore = self.org.records
        return store

    def next_id(self) -> str:
        """Return an id from the range reserved for seeds."""
        self._serial += 1
        return self.org.ids.seed_id(self._serial)

    def user(self, number: int) -> User:
        """Return one of the users, chosen round-robin."""
        return self._users[number % len(self._users)]

    def day(self, days: int) -> str:
        """Return the date that many days from today."""
        return (self.today + timedelta(days=days)).isoformat()

    def moment(self, days: int, hour: int = 9, minute: int = 0) -> str:
        """Return a time that many days from today, in the stored form."""
        at = datetime(self.today.year, self.today.month, self.today.day, hour, minute, tzinfo=UTC)
        return format_moment(at + timedelta(days=days))

    def add(
        self,
        module: str,
        number: int,
        days_ago: int,
        *,
        rows: dict[str, list[dict[str, Any]]] | None = None,
        **values: Any,
    ) -> StoredRecord:
        """Add a record; `number` picks its owner, `rows` are those of its subforms."""
        crm_module = self.org.metadata.modules[module]
        user = self.user(number)
        validated = ValidatedRecord(
            dict(values),
            {
                name: [ValidatedRow(None, row) for row in children]
                for name, children in (rows or {}).items()
            },
        )
        at = self.moment(-days_ago, 7 + number % 10, number * 7 % 60)
        return insert(self.org, crm_module, validated, user, Stamp(self.next_id, at))

    def blob(self, name: str, content: bytes, content_type: str) -> Blob:
        """Add the bytes of a file."""
        blob = Blob(self.next_id(), name, content, content_type, self.user(0).id, self.moment(-30))
        self.store.blobs[blob.id] = blob
        return blob
