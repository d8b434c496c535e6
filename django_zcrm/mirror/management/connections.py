"""The connection that a command uses, by its options `--identifier` and `--user`."""

from __future__ import annotations

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ...management.base import owner_from
from ...models import Connection
from ...owners import connection_in_use
from ..runners.states import connections_here


def connection_from(identifier: str, user: str) -> Connection:
    """Return the connection that the options name; exactly one is given.

    Raises CommandError if there is none, and ConfigurationError as `owner_of` does.
    """
    if (owner := owner_from(identifier, user)) is not None:
        connection = connection_in_use(owner)
    else:
        connection = connections_here().for_identifier(identifier).best_first().first()
    if connection is None:
        raise CommandError(
            _("There is no usable connection of '%(name)s'.") % {"name": identifier or user}
        )
    return connection
