"""Import the `oauthtokens` table of Zoho's own SDKs as connections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError, connections, router, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables

from ...conf import ZCRMSettings, get_settings
from ...exceptions import ConfigurationError
from ...models import Connection, ConnectionHistory, ConnectionQuerySet
from ...models.history import record_connection_change
from ...moments import storable
from ...oauth.grants import ConnectionTarget, Issuer
from ...oauth.identifiers import check_identifier
from ...oauth.revocation import cancel_revocation
from ...tokens import OAuthTokens, token_store
from ...tokens.store import save_grant
from ...zoho.secret import Secret
from ..base import ZCRMCommand, first_line

Change = ConnectionHistory.Change

COLUMNS = ("useridentifier", "accesstoken", "refreshtoken", "expirytime")


@dataclass(frozen=True)
class TokenRow:
    """A row of the SDK's table: the newest of the `rows` rows with its identifier."""

    identifier: str
    tokens: OAuthTokens = field(repr=False)
    rows: int = 1


class ImportResult(NamedTuple):
    """The result of importing a row, and the reason."""

    word: str
    reason: str = ""


class Command(ZCRMCommand):
    """Read another database's table; create or update one connection per identifier."""

    help = (
        "Read the oauthtokens table of Zoho's SDKs (useridentifier, accesstoken, refreshtoken, "
        "expirytime in milliseconds) from another database alias, and make connections from it. "
        "Running it again changes nothing. Zoho is not asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--database", required=True, help="alias of the SDK's database")
        parser.add_argument("--table", default="oauthtokens", help="default: oauthtokens")
        parser.add_argument("--dry-run", action="store_true", help="only show what would be done")

    def handle(self, *args: Any, database: str, table: str, dry_run: bool, **options: Any) -> None:
        """Import the rows and print each result. Raises CommandError."""
        config = get_settings()
        config.require("CLIENT_ID")
        counts: Counter[str] = Counter()
        for row in _newest(_read(database, table)):
            result = _take_over(row, config, dry_run=dry_run)
            counts[result.word] += 1
            name = row.identifier or _("(no identifier)")
            if row.rows > 1:
                name += " " + _("(the newest of %(count)d rows)") % {"count": row.rows}
            reason = f": {result.reason}" if result.reason else ""
            self.stdout.write(f"{_(result.word):<10} {name}{reason}")
        if not dry_run:
            _choose_default()
        summary = ", ".join(f"{counts[name]} {_(name)}" for name in OUTCOMES)
        self.stdout.write(summary + (_("; nothing was written") if dry_run else ""))

    def own_database(self, alias: str | None) -> str:
        """Return the alias of the connections' database; `--database` names that of the SDK."""
        return router.db_for_write(Connection)


CREATED, UPDATED, UNCHANGED, SKIPPED = OUTCOMES = (
    gettext_noop("created"),
    gettext_noop("updated"),
    gettext_noop("unchanged"),
    gettext_noop("skipped"),
)


@sensitive_variables()
def _read(database: str, table: str) -> Iterator[TokenRow]:
    connection = connections[database]
    quoted = connection.ops.quote_name
    names = ", ".join(quoted(name) for name in COLUMNS)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {names} FROM {quoted(table)}")  # noqa: S608 - both quoted
            table_rows = cursor.fetchall()
    except DatabaseError as error:
        raise CommandError(
            _("The table '%(table)s' of '%(alias)s' cannot be read: %(error)s")
            % {"table": table, "alias": database, "error": first_line(error)}
        ) from error
    for identifier, access_token, refresh_token, expiry in table_rows:
        yield TokenRow(
            str(identifier or "").strip(),
            OAuthTokens(
                Secret(str(access_token or "")), Secret(str(refresh_token or "")), _moment(expiry)
            ),
        )


def _moment(milliseconds: Any) -> datetime | None:
    try:
        moment = datetime.fromtimestamp(int(milliseconds) / 1000, tz=UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return storable(moment)


@sensitive_variables()
def _newest(rows: Iterator[TokenRow]) -> list[TokenRow]:
    """Return one row per identifier: the row that expires last, which was written last.

    An identifier may have several rows, since the SDK deletes and inserts without a transaction.
    """
    newest: dict[str, TokenRow] = {}
    for row in rows:
        other = newest.get(row.identifier)
        if other is not None:
            winner = row if _expiry(other) < _expiry(row) else other
            row = replace(winner, rows=other.rows + 1)
        newest[row.identifier] = row
    return list(newest.values())


def _expiry(row: TokenRow) -> float:
    return row.tokens.expires_at.timestamp() if row.tokens.expires_at else 0.0


@sensitive_variables()
def _take_over(row: TokenRow, config: ZCRMSettings, *, dry_run: bool) -> ImportResult:
    """Create or update the connection of a row; return the result."""
    identifier = row.identifier or config.user_identifier
    here = Connection.objects.for_client(config.client_id, config.environment)
    if reason := _flaw(row, identifier, here):
        return ImportResult(SKIPPED, reason)
    existing = here.for_identifier(identifier).site_wide().best_first().first()
    try:
        if existing is not None and not _is_news(existing, row.tokens):
            return ImportResult(UNCHANGED)
    except ConfigurationError as error:
        return ImportResult(SKIPPED, str(error))
    if not dry_run:
        issuer = Issuer.home(config)
        connection = existing or Connection(
            user_identifier=identifier,
            client_id=config.client_id,
            environment=config.environment,
            data_center=issuer.data_center,
            accounts_url=issuer.accounts_url,
        )
        using = router.db_for_write(Connection)
        with transaction.atomic(using=using):
            if existing is not None:  # a worker may have renewed its token just now
                rows = Connection.objects.using(using).select_for_update()
                existing.refresh_from_db(from_queryset=rows)
                if not _is_news(existing, row.tokens):
                    return ImportResult(UNCHANGED)
            connection.expires_at = row.tokens.expires_at
            connection.grants += 1
            connection.state, connection.last_error = Connection.State.CONNECTED, ""
            connection.reset_for_new_tokens()
            connection.save()  # a store needs the primary key
            save_grant(connection, row.tokens)
            cancel_revocation(row.tokens.refresh_token, using)
            connection.save()
            record_connection_change(
                Change.RECONNECTED if existing else Change.CONNECTED, connection
            )
    return ImportResult(UPDATED if existing else CREATED)


@sensitive_variables()
def _flaw(row: TokenRow, identifier: str, here: ConnectionQuerySet) -> str:
    """Return why a row cannot become a connection; empty if it can."""
    if not identifier:
        return _("it has no useridentifier, and ZCRM['USER_IDENTIFIER'] is not set")
    if not row.tokens.refresh_token:
        return _("it has no refresh token, without which no access token can be renewed")
    try:
        ConnectionTarget(identifier=identifier)
        check_identifier(identifier, None, here)
    except ConfigurationError as error:
        return str(error)
    return ""


@sensitive_variables()
def _is_news(connection: Connection, theirs: OAuthTokens) -> bool:
    """Return whether the SDK's tokens are newer than ours.

    They are not newer in a tie, or if ours were refreshed, reconnected or disconnected since.
    """
    if connection.expires_at is None or theirs.expires_at is None:
        return False
    ours = token_store().get_oauth_tokens(connection)
    other = (ours.access_token, ours.refresh_token) != (theirs.access_token, theirs.refresh_token)
    return other and theirs.expires_at > connection.expires_at


def _choose_default() -> None:
    """Make the site's connection its default, if it is the only one."""
    if not Connection.objects.default().exists():
        site_wide = list(Connection.objects.site_wide().usable()[:2])
        if len(site_wide) == 1:
            site_wide[0].make_default()
