"""A site with some connections, each in a different state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User

from django_zcrm import zcrm
from django_zcrm.conf import DEFAULT_SCOPES
from django_zcrm.limits.registry import organisation_key
from django_zcrm.models import ApiUsage, Connection
from django_zcrm.models.limits import CreditUse
from django_zcrm.models.usage import today
from django_zcrm.oauth import connect_with_grant_token
from django_zcrm.oauth.grants import ConnectionTarget
from django_zcrm.testing import SiteEmulator


def connect_some(
    staff: User,
    zoho: SiteEmulator,
    other: str = "Nordlicht Werkzeuge",
    domain: str = "nord.example",
) -> Connection:
    """Connect the site and a staff member, and use the latter's connection, which is returned.

    Access to another company has been withdrawn at Zoho.
    """
    own = connect_with_grant_token(zoho.grant_code(DEFAULT_SCOPES), ConnectionTarget(owner=staff))
    zcrm.generate_auth_tokens("crm@example.com", zoho.grant_code(DEFAULT_SCOPES))
    for owner in (staff, User.objects.create_user("jonas")):
        Connection.objects.create(
            owner=owner,
            user_identifier=f"{owner.username}@{domain}",
            organisation_id="60018812345",
            organisation_name=other,
            zoho_user_name="Jonas Ahlgren",
            zoho_user_email=f"{owner.username}@{domain}",
            data_center="eu",
            environment="production" if owner == staff else "sandbox",
            client_id=settings.ZCRM["CLIENT_ID"],
            scopes="ZohoCRM.modules.READ ZohoCRM.org.READ",
            state=Connection.State.CONSENT_WITHDRAWN,
            last_error="invalid_code: the refresh token is no longer accepted",
        )
    ApiUsage.objects.bulk_create(
        ApiUsage(
            connection=own,
            day=today() - timedelta(days=ago),
            operation=operation,
            calls=calls,
            errors=calls // 25,
            limited=calls // 60,
            credits_remaining=40_000 - calls * 20,
            total_ms=calls * ms,
            max_ms=ms * 7,
        )
        for ago in range(10)
        for operation, calls, ms in (
            ("records.list", 90 + 37 * (ago * 5 % 7), 210),
            ("records.create", 20 + 11 * (ago * 3 % 5), 340),
            ("coql.query", 8 + 5 * (ago % 4), 620),
        )
    )
    return own


def use_credits(connection: Connection) -> Connection:
    """Let a connection's organisation have used credits in each hour of a day; return it."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    CreditUse.objects.filter(organisation=organisation_key(connection)).delete()
    CreditUse.objects.bulk_create(
        CreditUse(
            organisation=organisation_key(connection),
            starts_at=hour - timedelta(hours=ago),
            credits=400 + 1300 * (ago * 7 % 5) + (2600 if 9 <= ago < 14 else 0),
            calls=380 + 900 * (ago * 7 % 5),
            waits=12 * (9 <= ago < 14),
            waited_ms=900 * (9 <= ago < 14),
            refused=int(ago == 11),
            remaining=21_400 if ago == 0 else None,
        )
        for ago in range(24)
    )
    return connection
