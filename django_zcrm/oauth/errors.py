"""Errors that end the code flow without a grant: one text for the user, one for staff."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from ..exceptions import ZCRMError


class ConnectError(ZCRMError):
    """The flow ended without a grant. The text is advice for the user.

    `for_staff` is the text for staff; empty if it is the same. `status` is the HTTP status.
    """

    def __init__(
        self, message: str, status: int = 400, code: str = "", *, for_staff: str = ""
    ) -> None:
        super().__init__(message)
        self.args = (message, status, code)
        self.status = status
        self.code = code
        self.for_staff = for_staff


def too_long() -> ConnectError:
    """The query of the callback is longer than any of Zoho's."""
    return ConnectError(
        _("This is not a response from Zoho: it is too long. Start again."), 414, "too_long"
    )


def unknown_state() -> ConnectError:
    """The callback has no state, a used one, an old one, or one of another session."""
    why = _(
        "This page was not opened from the connect page of this session, or was opened twice, or "
        "too late (after ten minutes). Nothing has changed; start again."
    )
    return ConnectError(
        why + " " + _("If this happens again, contact an administrator of this site."),
        code="unknown_state",
        # A session cookie belongs to one host; localhost and 127.0.0.1 are different hosts.
        for_staff=why
        + " "
        + _(
            "If this happens again, open this site at exactly the address that is in "
            "ZCRM['REDIRECT_URI']."
        ),
    )


def other_user() -> ConnectError:
    """Another user has logged in since the flow began."""
    return ConnectError(
        _("Another user was logged in when this began. Log in as that user, and start again."),
        status=403,
        code="other_user",
    )


def other_owner() -> ConnectError:
    """The user now acts for another owner, or may no longer act for the owner of the flow."""
    return ConnectError(
        _("This was started for another owner than the one you act for now. Start again."),
        status=403,
        code="other_owner",
    )


def unknown_data_center(server: str) -> ConnectError:
    """The response names an accounts server or a location that is not Zoho's."""
    return ConnectError(
        _(
            "The response names %(server)s, which is not a known data centre of Zoho. Nothing "
            "was sent there. Start again; if this happens again, contact an administrator of "
            "this site."
        )
        % {"server": server[:100]},
        code="unknown_data_center",
    )


def bad_scopes() -> ConnectError:
    """This site did not sign the scopes in the link."""
    return ConnectError(
        _("This link to the connect page is damaged. Go back, and start again."), code="bad_scopes"
    )


def error_from_zoho(error: str) -> ConnectError:
    """Zoho sent the user back with an error (docs v8 auth-request, Accounts pages)."""
    code = error if re.fullmatch(r"[A-Za-z_]{1,40}", error) else ""
    if code == "access_denied":
        return ConnectError(
            _(
                "Zoho granted no access: you refused it, or there were more than ten attempts in "
                "ten minutes. Start again, in the second case after ten minutes."
            ),
            403,
            code,
        )
    if code == "general_error":
        return ConnectError(
            _("Something went wrong at Zoho. Start again in a few minutes."), 400, code
        )
    for_staff = _for_staff(code)
    if for_staff:
        return ConnectError(
            _(
                "Zoho refused, because this site is not set up correctly. Contact an "
                "administrator of this site."
            ),
            400,
            code,
            for_staff=for_staff,
        )
    return ConnectError(
        _(
            "Zoho sent you back without access. Start again; if this happens again, contact an "
            "administrator of this site."
        ),
        400,
        code,
    )


def _for_staff(code: str) -> str:
    """Return what staff have to correct; empty for an unknown code."""
    return {
        "invalid_scope": _(
            "Zoho does not know a scope that this site requests, or the visitor's Zoho edition "
            "lacks it. Correct ZCRM['SCOPES']."
        ),
        "invalid_client": _(
            "Zoho does not know this site's client in the visitor's data centre. Check "
            "ZCRM['CLIENT_ID'] and ZCRM['DATA_CENTER'], and enable the client for that data centre "
            "(multi-DC) in Zoho's API console."
        ),
        "unauthorized_client": _(
            "This site's client may not do that. Check the client's type in Zoho's API console."
        ),
        "invalid_redirect_uri": _(
            "Zoho expects another redirect URI. Enter ZCRM['REDIRECT_URI'], to the last slash, in "
            "Zoho's API console."
        ),
    }.get(code, "")
