"""Columns of the list and of the page of a connection. They show no secret and make no query."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_variables

from ..conf import ZCRMSettings, get_settings
from ..encryption import fingerprint
from ..exceptions import ConfigurationError
from ..health.connection_health import condition_of, current_error
from ..models import Connection
from ..tokens import token_store

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SIGNS = {"good": "✓", "wait": "◷", "bad": "✗", "off": "○"}
"""Signs that are shown with the colour and the text."""

MAX_ERROR_LENGTH = 90


def settings_or_none() -> ZCRMSettings | None:
    """Return the settings, or None if they are wrong: the admin has to work even then."""
    try:
        return get_settings()
    except ConfigurationError:
        return None


def badge(kind: str, words: str) -> SafeString:
    """Return a state with its colour and sign."""
    return format_html(
        '<span class="zcrm-state zcrm-{}"><span aria-hidden="true">{}</span> {}</span>',
        kind,
        SIGNS[kind],
        words,
    )


def labelled_display(
    *, description: str | _StrPromise, ordering: str | None = None
) -> Callable[[Callable[[Any, Any], Any]], Callable[[Any, Any], SafeString]]:
    """Decorate as `admin.display` does; where rows are cards, the cell names its column, too."""

    def decorate(method: Callable[[Any, Any], Any]) -> Callable[[Any, Any], SafeString]:
        @wraps(method)
        def cell(model_admin: Any, row: Any) -> SafeString:
            return format_html(
                '<span class="zcrm-label">{}: </span>{}', description, method(model_admin, row)
            )

        return admin.display(description=description, ordering=ordering)(cell)

    return decorate


def moment(when: datetime | None, never: str) -> SafeString | str:
    """Return the distance of a moment from now, with the moment itself as the title."""
    if when is None:
        return never
    # One unit is enough: "1 hour" rather than "1 hour, 12 minutes".
    if when > timezone.now():
        words = _("in %(time)s") % {"time": timeuntil(when, depth=1)}
    else:
        words = _("%(time)s ago") % {"time": timesince(when, depth=1)}
    return format_html('<time datetime="{}" title="{}">{}</time>', when.isoformat(), when, words)


class ConnectionColumns:
    """Display methods for the admin of connections."""

    @admin.display(description=gettext_lazy("connection"), ordering="user_identifier")
    def who(self, connection: Connection) -> SafeString:
        """The identifier, its owner, whether it is the default there, and the Zoho user."""
        zoho_user = connection.zoho_user_email or connection.zoho_user_name
        return format_html(
            '{} <span class="zcrm-more">{}</span> <span class="zcrm-more">{}</span>',
            connection.user_identifier,
            self.belongs_to(connection),
            zoho_user if zoho_user != connection.user_identifier else "",
        )

    @admin.display(description=gettext_lazy("belongs to"))
    def belongs_to(self, connection: Connection) -> str:
        """The owner, or the whole site; and whether it is the default there."""
        owner = str(connection.owner or _("the whole site"))
        return f"{owner} · " + _("default") if connection.is_default else owner

    @admin.display(description=gettext_lazy("organisation"), ordering="organisation_name")
    def place(self, connection: Connection) -> SafeString:
        """Organisation, data centre and, when it is not production, environment."""
        about = [str(connection.get_data_center_display())]
        if connection.environment != "production":
            about.append(str(connection.get_environment_display()))
        return format_html(
            '{}<span class="zcrm-more">{}</span>',
            connection.organisation_name or connection.organisation_id or _("unknown"),
            " · ".join(about),
        )

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def condition(self, connection: Connection) -> SafeString:
        """The state in words, with a colour and a sign; and the last error."""
        error = current_error(connection)
        short = error if len(error) <= MAX_ERROR_LENGTH else f"{error[: MAX_ERROR_LENGTH - 1]}…"
        return format_html(
            '{}<span class="zcrm-more" title="{}">{}</span>',
            badge(*condition_of(connection, settings_or_none())),
            error,
            short,
        )

    @admin.display(description=gettext_lazy("last error"))
    def error(self, connection: Connection) -> str:
        """The last error, while calls fail because of it."""
        return current_error(connection) or _("none")

    @admin.display(description=gettext_lazy("access"), ordering="expires_at")
    def access(self, connection: Connection) -> SafeString:
        """When the access token ends, and which scopes are missing."""
        return format_html(
            '{} {}<span class="zcrm-more">{} {}</span>',
            _("Token ends:"),
            self.expires(connection),
            _("Scopes missing:"),
            self.scopes_missing(connection),
        )

    @admin.display(description=gettext_lazy("use"), ordering="calls_today")
    def use(self, connection: Connection) -> SafeString:
        """Today's calls and credits, and when it was last used."""
        return format_html(
            '{}<span class="zcrm-more">{} {}</span>',
            self.today(connection),
            _("Last used:"),
            self.last_used(connection),
        )

    @admin.display(description=gettext_lazy("scopes missing"))
    def scopes_missing(self, connection: Connection) -> SafeString | str:
        """Which scopes of the settings were not granted."""
        config = settings_or_none()
        if config is None or not connection.scopes:
            return _("unknown")
        missing = connection.missing_scopes(config.scopes)
        if not missing:
            return _("none")
        return format_html(
            '<details class="zcrm-scopes"><summary>{}</summary>{}</details>',
            len(missing),
            format_html_join("", "<code>{}</code> ", ((scope,) for scope in missing)),
        )

    @admin.display(description=gettext_lazy("token expires"))
    def expires(self, connection: Connection) -> SafeString | str:
        """When the access token ends; a call after that gets another one."""
        return moment(connection.expires_at, _("there is none"))

    @admin.display(description=gettext_lazy("last used"))
    def last_used(self, connection: Connection) -> SafeString | str:
        """When it was last used."""
        return moment(connection.last_used_at, _("never"))

    @admin.display(description=gettext_lazy("today"))
    def today(self, connection: Connection) -> SafeString:
        """Today's calls (UTC), and the remaining credits by Zoho's last report."""
        calls = getattr(connection, "calls_today", None) or 0
        credits = getattr(connection, "credits_today", None)
        return format_html(
            '{}<span class="zcrm-more">{}</span>',
            ngettext("%(count)d call today", "%(count)d calls today", calls) % {"count": calls},
            ""
            if credits is None
            else ngettext("%(count)d credit left", "%(count)d credits left", credits)
            % {"count": credits},
        )

    @sensitive_variables()
    @admin.display(description=gettext_lazy("refresh token"))
    def refresh_token(self, connection: Connection) -> str:
        """A fingerprint, which distinguishes two tokens."""
        try:
            token = token_store().get_oauth_tokens(connection).refresh_token
        except ConfigurationError as error:
            return str(error)
        if not token:
            return _("There is none.")
        return _("stored; fingerprint %(fingerprint)s") % {"fingerprint": fingerprint(token)}
