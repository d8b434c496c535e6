"""The organisation of a connection, as stored with rows, changes and channels.

The value is the organisation's id. If the scopes of a grant do not reveal the id, the value is the
number of the grant, because any other grant may belong to another organisation.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Cast, Concat

from ...models import Connection
from ..statements import Parameter, Select, compiled

UNKNOWN = "unknown:"

MAX_LENGTH = 40

_SHARED_LOCKS = {"postgresql": " FOR KEY SHARE", "mysql": " LOCK IN SHARE MODE"}
"""The locks that the check of a foreign key takes: a grant waits for them, a token refresh does
not (MariaDB's waits for the commit)."""


def organisation_of(connection: Connection) -> str:
    """Return the organisation of a connection by the values of the instance."""
    return name_organisation(connection.organisation_id, connection.grants)


def organisation_now(path: str = "") -> Any:
    """Return the expression for the current organisation of the connection at a path."""
    number = Cast(f"{path}grants", CharField(max_length=20))
    unknown = When(**{f"{path}organisation_id": ""}, then=Concat(Value(UNKNOWN), number))
    return Case(unknown, default=F(f"{path}organisation_id"), output_field=CharField())


def is_current(connection: Connection | int | None) -> Q:
    """Return the `Q` for the rows of a connection, given itself or its key, without former ones."""
    key: Any = connection.pk if isinstance(connection, Connection) else connection
    organisation = Connection.objects.filter(pk=key).values_list(organisation_now())
    return Q(connection=connection, zoho_organisation__in=organisation)


def lock_organisation(connection_id: int, using: str) -> str:
    """Return a connection's organisation, and lock it until the commit.

    Call it within a transaction. Returns an empty text if there is no such connection.
    """
    select, database = _select_organisation(using), connections[using]
    with database.cursor() as cursor:
        cursor.execute(select.sql + _SHARED_LOCKS.get(database.vendor, ""), [connection_id])
        row = cursor.fetchone()
    return name_organisation(*row) if row else ""


@compiled
def _select_organisation(using: str) -> Select:
    rows = Connection.objects.using(using).filter(pk=Parameter("key"))
    return Select.of(rows.values_list("organisation_id", "grants"))


def name_organisation(organisation_id: str, grants: int) -> str:
    """Return the organisation of a connection by the values of its columns."""
    return organisation_id or f"{UNKNOWN}{grants}"
