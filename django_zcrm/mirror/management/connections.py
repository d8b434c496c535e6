"""The connection that a command uses, by its options `--identifier`, `--user` and `--owner`."""

from __future__ import annotations

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ...management.base import owner_from
from ...models import Connection
from ...owners import connection_in_use
from ..connections import connections_here


def connection_from(identifier: str, user: str, owner: str = "") -> Connection:
    """Return the connection that the options name; exactly one of them is set.

    Raises CommandError if there is none, and ConfigurationError as `owner_of` does.
    """
    if (chosen_owner := owner_from(identifier, user, owner)) is not None:
        connection = connection_in_use(chosen_owner)
    else:
        connection = connections_here().for_identifier(identifier).best_first().first()
    if connection is None:
        raise CommandError(
            _("There is no usable connection of '%(name)s'.")
            % {"name": identifier or user or owner}
        )
    return Connection.objects.select_related("owner").get(pk=connection.pk)
