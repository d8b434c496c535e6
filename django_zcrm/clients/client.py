"""The client of one connection, put together from the row and the settings."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.utils.timezone import get_current_timezone

from ..blocking import check_may_block
from ..conf import get_settings
from ..exceptions import DoesNotExist, MultipleObjectsReturned
from ..governor.registry import governor_for
from ..models import Connection
from ..tokens import ConnectionTokens
from ..transport import transport
from ..zoho.client import Client
from ..zoho.metadata import MetadataCache
from ..zoho.query.options import Options
from ..zoho.session import Session


def client_for(connection: Connection) -> Client:
    """Return a client for a connection that was just read; makes no query and no request."""
    # Imported with the first client, as it brings OpenTelemetry, which no project needs to start.
    from ..monitoring.observer import ConnectionObserver

    config = get_settings()
    return Client(
        Session(
            ConnectionTokens(connection),
            transport(),
            version=config.api_version,
            timeout=config.timeout,
            retries=config.retries,
            max_response_bytes=config.max_response_bytes,
            metadata=_metadata_of(connection),
            observer=ConnectionObserver(connection),
            governor=governor_for(connection),
        ),
        query_options(),
    )


def query_options() -> Options:
    """Return what the settings say of record sets."""
    config = get_settings()
    return Options(
        rows=config.query_rows,
        bulk_write_from=config.bulk_write_from,
        zone=get_current_timezone,
        does_not_exist=DoesNotExist,
        multiple_objects_returned=MultipleObjectsReturned,
        check_may_block=check_may_block,
    )


def _metadata_of(connection: Connection) -> MetadataCache:
    """Return the cache that all clients of a connection to one organisation share.

    Where the scopes do not reveal the organisation, it is not kept longer than an access token.
    """
    organisation = connection.organisation_id or f"unknown, {connection.token_version}"
    return _metadata(connection.pk, connection.created_at, organisation, connection.environment)


@lru_cache(maxsize=512)
def _metadata(pk: int, created_at: datetime, organisation: str, environment: str) -> MetadataCache:
    """`created_at` is in the key, since tests reuse primary keys."""
    return MetadataCache()
