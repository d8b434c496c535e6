"""Tests a connection with a live call to Zoho."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from ..clients import client_for
from ..exceptions import Forbidden, ZCRMError
from ..models import Connection
from ..oauth.profile import edition_of
from .advice import advice_on
from .findings import Finding, fault, ok, warning

SCOPE_MISSING = "OAUTH_SCOPE_MISMATCH"


def check_live_call(connection: Connection) -> Finding:
    """Fetch the organisation from Zoho, with a new token if needed, and return the finding."""
    step = _("Live call")
    started = time.perf_counter()
    try:
        rows = client_for(connection).request("GET", "/crm/{version}/org").get("org")
    except Forbidden as error:
        if error.code == SCOPE_MISSING:
            return warning(
                step,
                _(
                    "Zoho accepts the access, but it does not cover the organisation, which this "
                    "call requests."
                ),
                _("Add ZohoCRM.org.READ to ZCRM['SCOPES'] and connect again, to see more here."),
            )
        return fault(step, str(error), advice_on(error))
    except ZCRMError as error:
        return fault(step, str(error), advice_on(error))
    milliseconds = round((time.perf_counter() - started) * 1000)
    organisation: Mapping[str, Any] = next(iter(rows or ()), {})
    zgid = str(organisation.get("zgid") or "")
    if connection.organisation_id and zgid and zgid != connection.organisation_id:
        return fault(
            step,
            _("Zoho responds for the organisation %(other)s, not for %(own)s.")
            % {"other": zgid, "own": connection.organisation_id},
            _("Connect again, and choose the right organisation on Zoho's page."),
        )
    _learn_edition(connection, organisation)
    return ok(
        step,
        _("Zoho responded in %(ms)d ms, for the organisation %(name)s.")
        % {"ms": milliseconds, "name": organisation.get("company_name") or zgid},
    )


def _learn_edition(connection: Connection, organisation: Mapping[str, Any]) -> None:
    """Store the edition, which determines how many calls Zoho allows at once; it may change."""
    edition = edition_of(organisation)
    if edition and edition != connection.edition:
        connection.edition = edition
        connection.save(update_fields=["edition", "updated_at"])
