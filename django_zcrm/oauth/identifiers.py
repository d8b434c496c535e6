"""Which `user_identifier` a connection gets, and who may use which."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from ..exceptions import ConfigurationError
from ..models import ConnectionQuerySet
from ..models.names import OWNED, owner_key

_RESERVED = tuple(f"{kind}:" for kind in OWNED)


def is_reserved(identifier: str) -> bool:
    """Whether it looks like the name of an owner's connections, such as `user:7`.

    It does to a database, too: collations of MariaDB take letters with accents, in capitals or
    fullwidth for the same, and some skip what cannot be seen, such as a zero-width space.
    """
    bare = (
        unicodedata.normalize("NFKD", identifier)
        .casefold()
        .replace("\N{LATIN SMALL LETTER O WITH STROKE}", "o")
    )
    seen = "".join(sign for sign in bare if sign.isalnum() or sign == ":")
    return seen.startswith(_RESERVED)


def check_identifier(identifier: str, owner_id: object, rows: ConnectionQuerySet) -> None:
    """Raise ConfigurationError unless this owner (None: the site) may use the identifier.

    It must not name another owner's connection among `rows`, and must not look like the name of an
    owner's connections, unless the owner has a connection of that name already.
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
        raise taken(identifier)


def taken(identifier: str) -> ConfigurationError:
    """Return the error for a name that another owner's connection has."""
    return ConfigurationError(
        f"user_identifier {identifier!r} is the name of a connection that belongs to somebody "
        "else; choose another one, or hand that connection over first.",
        "user_identifier",
    )


def first_free(identifiers: Iterable[str], owner_id: object, rows: ConnectionQuerySet) -> str:
    """Return the first that this owner may use, or raise what `check_identifier` does for it."""
    candidates = [identifier for identifier in identifiers if identifier]
    for identifier in candidates:
        try:
            check_identifier(identifier, owner_id, rows)
        except ConfigurationError:
            continue
        return identifier
    raise taken(candidates[0])
