"""Base of the commands: options that select a connection, and errors as one-line messages."""

from __future__ import annotations

import stat
import sys
import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.db import connections, router
from django.utils.translation import gettext as _

from ..access import Actor, Source, acting_as
from ..clients import ConnectionClient, zcrm
from ..exceptions import NotConnected, ZCRMError
from ..models import Connection
from ..owners import owner_class, owner_of
from ..transfer.errors import cannot_write
from .output import CommandStream

INTERRUPTED = 130
"""The exit code of what Ctrl-C ended."""

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.db.models import Model


class ZCRMCommand(BaseCommand):
    """A command that reports errors that its user can fix as a CommandError, not a traceback.

    Such errors are an unknown `--database`, a database that is unavailable or was not migrated, the
    app's own errors, and Ctrl-C. The cause is chained, so `--traceback` shows it.

    With `is_batch`, the command's calls leave a share of Zoho's limits to interactive calls.
    """

    is_batch = False

    def __init__(
        self,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        no_color: bool = False,
        force_color: bool = False,
    ) -> None:
        super().__init__(
            cast("TextIO", CommandStream(stdout or sys.stdout)),
            cast("TextIO", CommandStream(stderr or sys.stderr)),
            no_color,
            force_color,
        )

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command. Raises CommandError."""
        for name in ("stdout", "stderr"):
            if options.get(name):
                options[name] = CommandStream(options[name])
        alias = options.get("database")
        if alias is not None and alias not in connections:
            raise CommandError(
                _("settings.DATABASES has no '%(alias)s'. Its aliases are: %(names)s.")
                % {"alias": alias, "names": ", ".join(connections)}
            )
        try:
            with acting_as(Actor(source=Source.COMMAND)), self._priority():
                output = super().execute(*args, **options)
                self.stdout.flush()  # report a closed pipe here, not when Python exits
                return output
        except ZCRMError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError(_("Interrupted."), returncode=INTERRUPTED) from error
        except DatabaseError as error:
            raise CommandError(
                _(
                    "The database '%(alias)s' cannot be used: %(error)s. If tables or columns are "
                    "missing, run: manage.py migrate --database %(alias)s"
                )
                % {"alias": self.own_database(alias), "error": first_line(error)}
            ) from error

    @property
    def data_stream(self) -> TextIO:
        """Standard output for data, which is written unchanged, escape sequences included."""
        stream: Any = self.stdout.stream
        return cast("TextIO", stream)

    def _priority(self) -> AbstractContextManager[None]:
        return zcrm.priority("batch") if self.is_batch else nullcontext()

    def announce_interrupt(self) -> None:
        """Print that Ctrl-C was noticed."""
        self.stderr.write(
            _("Stopping after the current request; press Ctrl-C again to stop at once.")
        )

    def own_database(self, alias: str | None) -> str:
        """Return the alias of the app's own tables; `alias` is the option `--database`."""
        return alias or router.db_for_write(Connection)


def first_line(error: Exception) -> str:
    """Return the first line of a database's error; further lines may quote secret values."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def add_connection_arguments(
    parser: CommandParser,
    default: str = "ZCRM['USER_IDENTIFIER'], or the site's default connection",
    *,
    is_repeatable: bool = False,
) -> None:
    """Declare the exclusive options `--identifier`, `--user` and `--owner`.

    `default` describes the default in the help. With `is_repeatable`, the values are lists.
    """
    group = parser.add_mutually_exclusive_group()
    kind: dict[str, Any] = {"default": ""}
    if is_repeatable:
        kind = {"action": "append", "default": []}
    group.add_argument(
        "--identifier", **kind, help=f"user_identifier of the connection (default: {default})"
    )
    group.add_argument(
        "--user", **kind, help="or the user whose connection it is, by username or primary key"
    )
    group.add_argument(
        "--owner", **kind, help="or the owner of the connection, by name or primary key"
    )


def owner_from(identifier: str, user: str, owner: str = "") -> Model | None:
    """Return the owner that `--user` or `--owner` selects; None without these options.

    Raises CommandError if there is no such user or owner, or if several options are given, which
    only `call_command` can do, and ConfigurationError as `owner_of` does.
    """
    if sum(map(bool, (identifier, user, owner))) > 1:
        raise CommandError(_("Give only one of --identifier, --user and --owner."))
    if owner:
        return find_owner(owner)
    if not user:
        return None
    chosen_owner = owner_of(find_user(user))
    if chosen_owner is None:
        raise CommandError(_("The user '%(user)s' acts for no owner.") % {"user": user})
    return chosen_owner


def client_from(identifier: str, user: str, owner: str = "") -> ConnectionClient:
    """Return the client that the options select; without options, the default client.

    Raises CommandError, NotConnected and ConfigurationError.
    """
    if (chosen_owner := owner_from(identifier, user, owner)) is not None:
        return zcrm.for_owner(chosen_owner)
    if identifier:
        return zcrm.for_identifier(identifier)
    try:
        return zcrm.default()
    except NotConnected as error:
        if not Connection.objects.live().exists():
            raise
        raise CommandError(
            _("%(error)s Or name another one with --owner, --user or --identifier.")
            % {"error": error}
        ) from error


def find_user(name: str) -> AbstractBaseUser:
    """Return the user with this username or, failing that, this primary key.

    Raises CommandError if there is none.
    """
    model = get_user_model()
    for field in (model.USERNAME_FIELD, "pk"):
        try:
            user: AbstractBaseUser = model._default_manager.get(**{field: name})
        except (model.DoesNotExist, ValueError, ValidationError):  # the last two: no such key
            continue
        except model.MultipleObjectsReturned:
            raise CommandError(_("Several users match '%(user)s'.") % {"user": name}) from None
        return user
    raise CommandError(_("There is no user '%(user)s'.") % {"user": name})


def find_owner(name: str) -> Model:
    """Return the owner of connections with this name or, failing that, this primary key.

    The name is what `str()` of the owner returns. Raises CommandError if there is none.
    """
    with_connections = owner_class()._default_manager.filter(zcrm_connections__isnull=False)
    owners = [owner for owner in with_connections.distinct().iterator() if str(owner) == name]
    if len(owners) > 1:
        keys = ", ".join(str(owner.pk) for owner in owners)
        words = _("Several owners are '%(owner)s': give one of the primary keys %(keys)s.")
        raise CommandError(words % {"owner": name, "keys": keys})
    if owners:
        return owners[0]
    try:
        return owner_class()._default_manager.get(pk=name)
    except (ObjectDoesNotExist, ValueError, ValidationError):  # the last two: no such key
        words = _("No owner of a connection is '%(owner)s', by name or primary key.")
        raise CommandError(words % {"owner": name}) from None


def check_writable(path: Path) -> None:
    """Raise TransferError if a file cannot be written.

    An existing file is not changed. For a new file, only its folder is checked: another process may
    create the file at the same time.
    """
    try:
        target = path.resolve()
        try:
            mode = target.stat().st_mode
        except FileNotFoundError:
            tempfile.TemporaryFile(dir=target.parent).close()
        else:
            if stat.S_ISREG(mode) or stat.S_ISDIR(mode):  # opening a pipe would affect its reader
                target.open("a").close()
    except (OSError, RuntimeError, ValueError) as error:  # circular links; a path with NUL
        raise cannot_write(path, error) from error


def names_of(arguments: Iterable[str]) -> list[str]:
    """Return the names of an option that may be repeated and may contain commas."""
    return [name for text in arguments for part in text.split(",") if (name := part.strip())]
