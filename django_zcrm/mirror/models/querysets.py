"""Query sets of rows: by connection, with checks of foreign keys, and with `push()`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from asgiref.sync import sync_to_async
from django.db import models, transaction
from django.db.models import Exists, OuterRef

from ...models import Connection
from ...owners import check_is_user, connection_in_use, owner_of
from .foreign_keys import check_rows, check_stored, check_update, keys_to_rows
from .hooks import get_hooks
from .mirror_state import FORGOTTEN, MirrorState
from .organisations import lock_organisation, organisation_now
from .rows import MirroredRow, RecordState

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

R = TypeVar("R", bound=MirroredRow)


def check_is_connection(connection: object, method: str) -> None:
    """Raise TypeError for anything but a connection, such as a user or a client."""
    if not isinstance(connection, Connection):
        raise TypeError(
            f"{method}() takes a Connection, not {type(connection).__name__}: for a user, pass "
            "zcrm.for_user(user).connection; for a tenant, zcrm.for_owner(tenant).connection."
        )


class MirroredRowQuerySet(models.QuerySet[R]):
    """Rows of records, filtered by connection."""

    def for_connection(self, connection: Connection) -> Self:
        """Return the rows of one connection.

        Omits rows of a former organisation. Raises TypeError for anything but a connection.
        """
        check_is_connection(connection, "for_connection")
        removed = MirrorState.objects.filter(connection=OuterRef("pk"), organisation_id=FORGOTTEN)
        connections = Connection.objects.filter(~Exists(removed), pk=connection.pk)
        organisation = connections.values_list(organisation_now())
        return self.filter(connection=connection.pk, zoho_organisation__in=organisation)

    def for_owner(self, owner: models.Model | AnonymousUser | None) -> Self:
        """Return the rows of the connection that `zcrm.for_owner(owner)` uses.

        Returns no rows for None, an anonymous user, or an owner without a connection.
        """
        connection = None if owner is None or owner.pk is None else self._in_use(owner)
        return self.none() if connection is None else self.for_connection(connection)

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Return the rows of the connection that `zcrm.for_user(user)` uses.

        If tenants own connections, it is the connection of the user's tenant. An anonymous user and
        a user without a connection have no rows. Raises NotConnected for None, and TypeError for
        anything else but a user.
        """
        check_is_user(user)
        return self.for_owner(owner_of(user))

    async def afor_owner(self, owner: models.Model | AnonymousUser | None) -> Self:
        """Async version of `for_owner`."""
        return await sync_to_async(self.for_owner)(owner)

    async def afor_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Async version of `for_user`."""
        return await sync_to_async(self.for_user)(user)

    def _in_use(self, owner: Any) -> Connection | None:
        return connection_in_use(owner)

    def live(self) -> Self:
        """Return the rows whose records are in Zoho and visible to the connection's user."""
        return self.filter(zoho_state=RecordState.LIVE)

    def update(self, **values: Any) -> int:
        """Update the rows. Raises CrossConnectionError for a foreign key to another's row.

        One query more for each foreign key to mirrored rows among the values.
        """
        self._for_write = True
        if not self.query.is_sliced:  # which Django refuses
            check_update(self, values)
        return super().update(**values)

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(
        self,
        objs: Iterable[R],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        *args: Any,
        **kwargs: Any,
    ) -> list[R]:
        """Insert rows. Raises CrossConnectionError for a foreign key to another's row.

        They belong to the organisation to which their connection leads now. One query more for
        each connection, and for each foreign key to mirrored rows and 500 rows. The arguments are
        Django's.
        """
        rows = list(objs)
        self._for_write = True
        with transaction.atomic(using=self.db):
            if rows:
                check_rows(rows, keys_to_rows(self.model), self.db)
                if update_conflicts:
                    check_stored(rows, self.db)
            self._set_organisations(rows)
            return super().bulk_create(
                rows, batch_size, ignore_conflicts, update_conflicts, *args, **kwargs
            )

    def _set_organisations(self, rows: Iterable[R]) -> None:
        organisations: dict[int, str] = {}
        for row in rows:
            if not row.zoho_organisation:
                key = row.connection_id
                if key not in organisations:
                    organisations[key] = lock_organisation(key, self.db)
                row.zoho_organisation = organisations[key]

    def push(self, **values: Any) -> int:
        """Update the rows as `update()` does, and put the changes into the outbox; return how many.

        In one transaction, with a few queries for every 500 rows; MariaDB and MySQL get an
        UPDATE for each row, so that none waits for other rows. Raises ConfigurationError for a
        model that sends no changes, for columns of the mirror and fields of Zoho's that are not in
        its `push`, and without one that is.
        """
        return get_hooks().push(self, values)

    push.alters_data = True  # type: ignore[attr-defined]
