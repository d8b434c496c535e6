"""The client of one connection, built from its row and the settings."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from asgiref.sync import sync_to_async
from django.utils.timezone import get_current_timezone

from ..blocking import check_may_block
from ..conf import get_settings
from ..exceptions import ConfigurationError, DoesNotExist, MultipleObjectsReturned, UnknownField
from ..limits.limiter import OrganisationLimiter
from ..limits.limits import Limits, limits_of
from ..limits.registry import limiter_for
from ..models import Connection
from ..tokens import ConnectionTokens
from ..transport import transport
from ..zoho.calls.metadata import MetadataCache
from ..zoho.calls.session import Session
from ..zoho.client import Client
from ..zoho.query.options import Options


class ConnectionClient(Client):
    """The client of one connection of this site."""

    @property
    def connection(self) -> Connection:
        """A copy of the connection's row, as it was when the client was made."""
        tokens: ConnectionTokens = self.session.tokens  # type: ignore[assignment]
        return tokens.connection

    def limits(self) -> Limits:
        """Return the limits of the client's organisation and their use; makes no request.

        Raises ConfigurationError when `ZCRM["LIMITS"]` is None.
        """
        limiter = self.session.limiter
        if not isinstance(limiter, OrganisationLimiter):
            raise ConfigurationError("There are no limits: ZCRM['LIMITS'] is None.", "LIMITS")
        return limits_of(limiter)

    async def alimits(self) -> Limits:
        """Async version of `limits`."""
        return await sync_to_async(self.limits)()


def client_for(connection: Connection, metadata: MetadataCache | None = None) -> ConnectionClient:
    """Return a client for a newly read connection; makes no query and no request.

    Without `metadata`, it shares the cache of this process's clients of the connection.
    """
    # Imported with the first client, as it brings OpenTelemetry, which no project needs to start.
    from ..monitoring.observer import ConnectionObserver

    config = get_settings()
    return ConnectionClient(
        Session(
            ConnectionTokens(connection),
            transport(),
            version=config.api_version,
            timeout=config.timeout,
            retries=config.retries,
            max_response_bytes=config.max_response_bytes,
            metadata=_metadata_of(connection) if metadata is None else metadata,
            observer=ConnectionObserver(connection),
            limiter=limiter_for(connection),
            caller=str(connection.pk),
        ),
        query_options(),
    )


def query_options() -> Options:
    """Return the options of record sets from the settings."""
    config = get_settings()
    return Options(
        rows=config.max_cached_records,
        bulk_write_threshold=config.bulk_write_threshold,
        zone=get_current_timezone,
        does_not_exist=DoesNotExist,
        unknown_field=UnknownField,
        multiple_objects_returned=MultipleObjectsReturned,
        check_may_block=check_may_block,
    )


def _metadata_of(connection: Connection) -> MetadataCache:
    """Return the cache that all clients of a connection to one organisation share.

    If the scopes do not reveal the organisation, entries expire with the access token.
    """
    organisation = connection.organisation_id or f"unknown, {connection.token_version}"
    return _metadata(connection.pk, connection.created_at, organisation, connection.environment)


@lru_cache(maxsize=512)
def _metadata(pk: int, created_at: datetime, organisation: str, environment: str) -> MetadataCache:
    """`created_at` is in the key, since tests reuse primary keys."""
    return MetadataCache()
