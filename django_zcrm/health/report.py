"""Collects the data of the health page and of `zcrm_status` from the database, never from Zoho.

It holds no secret: secret values appear as fingerprints.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.core.checks import ERROR
from django.core.paginator import Paginator
from django.db.models import CharField, Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from .. import checks
from ..conf import KEYS, ZCRMSettings, get_settings, raw_settings
from ..encryption import fingerprint
from ..exceptions import ConfigurationError
from ..models import ApiUsage, Connection, ConnectionQuerySet
from ..models.usage import today
from ..monitoring.usage import counter
from ..owners import owner_class
from ..zoho.http.datacenters import DATA_CENTERS
from ..zoho.secret import Secret
from .connection_health import HealthCondition, condition_of, current_error, rank_of_condition
from .limits import OrganisationLimits, busiest, limits_in_use
from .sections import HealthSection, collect_sections

DAYS = 14
"""How many days of usage are shown."""
MAX_CONNECTIONS = 200
"""How many connections are shown on a page of the report."""
SEARCHED = (
    "user_identifier",
    "organisation_id",
    "organisation_name",
    "zoho_user_name",
    "zoho_user_email",
)
"""The fields in which a connection is searched."""
MAX_OPERATIONS = 10


@dataclass(frozen=True)
class Setting:
    """The effective value of a key of settings.ZCRM, and its source."""

    key: str
    value: str
    source: str


@dataclass(frozen=True)
class Message:
    """A message of a system check."""

    id: str
    is_error: bool
    words: str
    hint: str


@dataclass(frozen=True)
class DataCenterUse:
    """A data centre that is the site's own or has connections."""

    code: str
    name: str
    accounts: str
    api: str
    is_home: bool
    connections: int


@dataclass(frozen=True)
class ConnectionHealth:
    """A connection and its use today (UTC)."""

    pk: int
    name: str
    owner: str
    condition: HealthCondition
    is_default: bool
    expires_at: datetime | None
    last_used_at: datetime | None
    last_error: str
    mints: int
    missing_scopes: tuple[str, ...]
    calls: int
    credits_left: int | None


@dataclass(frozen=True)
class UsageDay:
    """The use of all connections on one day (UTC)."""

    day: date
    calls: int
    errors: int
    limited: int
    credits_left: int | None


@dataclass(frozen=True)
class SlowOperation:
    """An operation of the last days, with its times in milliseconds."""

    operation: str
    calls: int
    errors: int
    mean_ms: int
    max_ms: int


@dataclass(frozen=True)
class HealthReport:
    """The whole report; `conditions` counts the found connections if these are several pages."""

    settings: list[Setting]
    messages: list[Message]
    data_centers: list[DataCenterUse]
    connections: list[ConnectionHealth]
    more_connections: int
    page: int
    pages: int
    conditions: list[tuple[HealthCondition, int]]
    counts_usage: bool
    days: list[UsageDay]
    slowest: list[SlowOperation]
    limits: list[OrganisationLimits]
    sections: list[HealthSection]


def make_report(
    search: str = "", page: int | str = 1, page_size: int = MAX_CONNECTIONS
) -> HealthReport:
    """Collect everything, with a number of queries that does not grow with the rows.

    The connections are those that contain all words of `search`, those that need attention first;
    `page` counts from 1 and may come from a request.
    """
    counter.flush()
    try:
        config = get_settings()
    except ConfigurationError:
        config = None
    rows = find_connections(search).select_related("owner")
    rows = rows.defer("encrypted_access_token", "encrypted_refresh_token")
    rank = rank_of_condition(config)
    order = (rank, F("default_for").desc(nulls_last=True), "-pk")
    connection_page = Paginator(rows.order_by(*order), page_size).get_page(page)
    page_rows, is_all = list(connection_page), connection_page.paginator.num_pages == 1
    busiest_rows = page_rows if is_all else busiest(rows)
    ranks = [] if is_all else rows.order_by().values_list(rank).annotate(count=Count("pk"))
    centers = Connection.objects.values_list("data_center").annotate(Count("pk"))
    return HealthReport(
        settings=list(_settings(config)) if config else [],
        messages=list(_messages()),
        data_centers=list(_data_centers(config, Counter(dict(centers)))),
        connections=list(_connections(page_rows, config)),
        more_connections=connection_page.paginator.count - len(page_rows),
        page=connection_page.number,
        pages=connection_page.paginator.num_pages,
        conditions=_name_ranks(dict(ranks)),
        counts_usage=bool(config and config.track_usage),
        days=list(_days()),
        slowest=list(_slowest()),
        limits=_limits(busiest_rows, config),
        sections=collect_sections(),
    )


def find_connections(search: str) -> ConnectionQuerySet:
    """Return the connections that contain all words of a search, themselves or by owner."""
    rows, names = Connection.objects.all(), (*SEARCHED, *_names_of_owners())
    for word in search.replace("\0", " ").split():  # PostgreSQL does not accept NUL
        rows = rows.filter(reduce(or_, (Q((f"{name}__icontains", word)) for name in names)))
    return rows


def _names_of_owners() -> list[str]:
    """Return the paths to the owner's name: that of a user, or the field `name`."""
    owner = owner_class()
    names = {getattr(owner, "USERNAME_FIELD", "name"), "name"}
    texts = [field.name for field in owner._meta.concrete_fields if isinstance(field, CharField)]
    return [f"owner__{name}" for name in texts if name in names]


def _name_ranks(counts: Mapping[int, int]) -> list[tuple[HealthCondition, int]]:
    """Return the number of connections in each condition, the worst first."""
    states = Connection.State
    names = (
        HealthCondition("bad", str(states.CONSENT_WITHDRAWN.label)),
        HealthCondition("bad", _("made with another client")),
        HealthCondition("wait", _("no new tokens for now")),
        HealthCondition("wait", _("the last attempt to renew the token failed")),
        HealthCondition("good", str(states.CONNECTED.label)),
        HealthCondition("off", str(states.DISCONNECTED.label)),
    )
    return [(names[rank], counts[rank]) for rank in sorted(counts)]


def _limits(rows: list[Connection], config: ZCRMSettings | None) -> list[OrganisationLimits]:
    try:
        return limits_in_use(rows, config)
    except ConfigurationError:  # the checks report that the package of the store is missing
        return []


@sensitive_variables()
def _settings(config: ZCRMSettings) -> Iterable[Setting]:
    raw = raw_settings()
    project_settings = raw if isinstance(raw, Mapping) else {}
    for key in KEYS:
        is_given = project_settings.get(key) not in (None, "", [], (), {})
        is_given |= key == "LIMITS" and config.limits is None  # off, which is not the default
        source = "settings.ZCRM" if is_given else _("default")
        yield Setting(key, _format_value(key, getattr(config, key.lower())), source)


@sensitive_variables()
def _format_value(key: str, value: Any) -> str:
    """Write a value as text; a secret as its fingerprint."""
    if key == "ENCRYPTION_KEYS":
        return ", ".join(map(_mask, value)) or _("derived from SECRET_KEY")
    if key == "HEALTH_TOKEN":
        return _mask(value) if value else _("not set")
    if key == "CLIENT_SECRET":
        if isinstance(value, Mapping):
            return ", ".join(f"{code}: {_mask(secret)}" for code, secret in value.items())
        return _mask(value) if value else _("not set")
    if key in ("LIMITS", "MIRROR"):
        return value.described if value else _("off")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, tuple):
        return ", ".join(f"{item:g}" if isinstance(item, float) else str(item) for item in value)
    return _("not set") if value is None or value == "" else str(value)


def _mask(secret: Secret) -> str:
    return _("•••••• (fingerprint %(fingerprint)s)") % {"fingerprint": fingerprint(secret)}


def _messages() -> Iterable[Message]:
    for message in (
        *checks.check_settings(),
        *checks.check_redirect_uri(),
        *checks.check_deployment(),
    ):
        if message.is_silenced():
            continue
        yield Message(
            str(message.id), message.level >= ERROR, str(message.msg), str(message.hint or "")
        )


def _data_centers(config: ZCRMSettings | None, used: Counter[str]) -> Iterable[DataCenterUse]:
    home = config.data_center if config else ""
    for dc in DATA_CENTERS.values():
        if dc.code == home or used[dc.code]:
            is_home = dc.code == home
            own = config if config and is_home else ZCRMSettings()
            yield DataCenterUse(
                code=dc.code,
                name=_(dc.name),
                accounts=own.accounts_url or dc.accounts,
                api=own.api_url or dc.api(own.environment),
                is_home=is_home,
                connections=used[dc.code],
            )


def _connections(rows: list[Connection], config: ZCRMSettings | None) -> Iterable[ConnectionHealth]:
    used = {
        row["connection"]: row
        for row in ApiUsage.objects.filter(
            day=today(), connection__in=[row.pk for row in rows]
        ).sum_by("connection")
    }
    now = timezone.now()
    for row in rows:
        usage = used.get(row.pk, {})
        yield ConnectionHealth(
            pk=row.pk,
            name=str(row),
            owner=str(row.owner) if row.owner else "",
            condition=condition_of(row, config),
            is_default=row.is_default,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            last_error=current_error(row),
            mints=len(row.mints_within_window(now)),
            missing_scopes=row.missing_scopes(config.scopes) if config else (),
            calls=usage.get("all_calls", 0),
            credits_left=usage.get("lowest_credits"),
        )


def _days() -> Iterable[UsageDay]:
    used = {row["day"]: row for row in ApiUsage.objects.since(DAYS).sum_by("day")}
    for back in reversed(range(DAYS)):
        day = today() - timedelta(days=back)
        row = used.get(day, {})
        yield UsageDay(
            day=day,
            calls=row.get("all_calls", 0),
            errors=row.get("all_errors", 0),
            limited=row.get("all_limited", 0),
            credits_left=row.get("lowest_credits"),
        )


def _slowest() -> Iterable[SlowOperation]:
    rows = ApiUsage.objects.since(DAYS).sum_by("operation")
    operations = [
        SlowOperation(
            operation=row["operation"],
            calls=row["all_calls"],
            errors=row["all_errors"],
            mean_ms=round(row["all_ms"] / max(row["all_calls"], 1)),
            max_ms=row["slowest_ms"],
        )
        for row in rows
    ]
    operations.sort(key=lambda operation: operation.mean_ms, reverse=True)
    return operations[:MAX_OPERATIONS]
