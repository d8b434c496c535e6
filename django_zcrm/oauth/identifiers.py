"""Chooses the `user_identifier` of a connection, and checks that its owner may use it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from ..exceptions import ConfigurationError
from ..models import ConnectionQuerySet
from ..models.names import OWNED, owner_key

_RESERVED = tuple(f"{kind}:" for kind in OWNED)


def is_reserved(identifier: str) -> bool:
    """Return whether an identifier looks like the name of an owner's connections, such as `user:7`.

    Compares as databases do: collations of MariaDB treat letters with accents, capitals and
    fullwidth letters as equal, and some ignore invisible characters such as a zero-width space.
    """
    bare = (
        unicodedata.normalize("NFKD", identifier)
        .casefold()
        .replace("\N{LATIN SMALL LETTER O WITH STROKE}", "o")
    )
    letters = "".join(sign for sign in bare if sign.isalnum() or sign == ":")
    return letters.startswith(_RESERVED)


def check_identifier(identifier: str, owner_id: object, rows: ConnectionQuerySet) -> None:
    """Raise ConfigurationError unless this owner (None: the site) may use the identifier.

    It must not be the name of another owner's connection in `rows`. It must not look like the name
    of an owner's connections, unless this owner already has a connection of that name.
    """
    owners = set(rows.for_identifier(identifier).values_list("owner_id", flat=True))
    if owner_id in owners or (identifier == owner_key(owner_id) and not owners):
        return
    if is_reserved(identifier) and identifier != owner_key(owner_id):
        kinds = " and ".join(map(repr, _RESERVED))
        raise ConfigurationError(
            f"user_identifier {identifier!r}: names that begin with {kinds} are reserved for the "
            "connections that owners make for themselves; choose another one.",
            "user_identifier",
        )
    if owners:
        raise taken_error(identifier)


def taken_error(identifier: str) -> ConfigurationError:
    """Return the error for a name that another owner's connection has."""
    return ConfigurationError(
        f"user_identifier {identifier!r} is the name of a connection that belongs to somebody "
        "else; choose another one, or hand that connection over first.",
        "user_identifier",
    )


def find_free_identifier(
    identifiers: Iterable[str], owner_id: object, rows: ConnectionQuerySet
) -> str:
    """Return the first one that this owner may use. Raises the errors of `check_identifier`."""
    candidates = [identifier for identifier in identifiers if identifier]
    for identifier in candidates:
        try:
            check_identifier(identifier, owner_id, rows)
        except ConfigurationError:
            continue
        return identifier
    raise taken_error(candidates[0])
