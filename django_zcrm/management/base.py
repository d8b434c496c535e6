"""What the commands share: options that name a connection, and errors in words."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.db import connections, router
from django.utils.translation import gettext as _

from ..clients import zcrm
from ..exceptions import NotConnected, ZCRMError
from ..models import Connection
from ..owners import owner_of
from ..policy import Actor, Source, acting_as
from ..zoho.client import Client

INTERRUPTED = 130
"""The exit code of what Ctrl-C ended."""

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.db.models import Model


class ZCRMCommand(BaseCommand):
    """A command that ends with a CommandError, not a traceback, for what its user can put right.

    That is an unknown `--database`, a database that is away or was not migrated, the app's own
    errors, and Ctrl-C. The cause is chained, so `--traceback` shows it.

    With `is_batch` its calls leave a share of Zoho's limits to those that somebody waits for.
    """

    is_batch = False

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command. Raises CommandError."""
        named = options.get("database")
        if named is not None and named not in connections:
            raise CommandError(
                _("settings.DATABASES has no '%(alias)s', but: %(names)s.")
                % {"alias": named, "names": ", ".join(connections)}
            )
        try:
            with acting_as(Actor(source=Source.COMMAND)), self._priority():
                return super().execute(*args, **options)
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
                % {"alias": self.own_database(named), "error": first_line(error)}
            ) from error

    def _priority(self) -> AbstractContextManager[None]:
        return zcrm.priority("batch") if self.is_batch else nullcontext()

    def own_database(self, named: str | None) -> str:
        """Return the alias of the app's own tables; `named` is the option `--database`."""
        return named or router.db_for_read(Connection)


def first_line(error: Exception) -> str:
    """Return what a database says; further lines may quote values, which may be secrets."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def add_connection_arguments(
    parser: CommandParser,
    default: str = "ZCRM['USER_IDENTIFIER'], or the site's default connection",
) -> None:
    """Declare `--identifier` and `--user`, of which one may be given; `default` says what else."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--identifier", default="", help=f"user_identifier of the connection (default: {default})"
    )
    group.add_argument(
        "--user", default="", help="or the user whose connection it is, by username or primary key"
    )


def owner_from(identifier: str, user: str) -> Model | None:
    """Return the owner that the option `--user` stands for; None if it is not given.

    Raises CommandError if there is no such user, or if both options are given, which only
    `call_command` can do, and ConfigurationError as `owner_of` does.
    """
    if not user:
        return None
    if identifier:
        raise CommandError(_("Give either --identifier or --user."))
    owner = owner_of(find_user(user))
    if owner is None:
        raise CommandError(_("The user '%(user)s' acts for no owner.") % {"user": user})
    return owner


def client_from(identifier: str, user: str) -> Client:
    """Return the client that the options stand for; without any the default one.

    Raises CommandError, NotConnected and ConfigurationError.
    """
    if (owner := owner_from(identifier, user)) is not None:
        return zcrm.for_owner(owner)
    if identifier:
        return zcrm.for_identifier(identifier)
    try:
        return zcrm.default()
    except NotConnected as error:
        if not Connection.objects.live().exists():
            raise
        raise CommandError(
            _("%(error)s Or name another one with --user or --identifier.") % {"error": error}
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
            raise CommandError(_("Several users are '%(user)s'.") % {"user": name}) from None
        return user
    raise CommandError(_("There is no user '%(user)s'.") % {"user": name})


def check_writable(path: Path) -> None:
    """Raise CommandError if a file cannot be written; an existing one is not touched."""
    try:
        target = path.resolve()
        is_new = not target.exists()
        if is_new or target.is_file() or target.is_dir():  # a pipe would notice
            target.open("a").close()
        if is_new:
            target.unlink()
    except (OSError, ValueError) as error:  # the latter: a path with NUL
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: Exception) -> CommandError:
    """Return the error for a file that cannot be written."""
    words = getattr(error, "strerror", None) or str(error)
    return CommandError(_("%(path)s cannot be written: %(error)s") % {"path": path, "error": words})


def names_of(arguments: Iterable[str]) -> list[str]:
    """Return names that were given with commas between them, possibly several times."""
    return [name for text in arguments for part in text.split(",") if (name := part.strip())]
