"""Reasons that are stored: a code with values, translated when they are loaded to be shown.

Code that stores a reason calls `reason()` or `reason_of()`; models store it in a `ReasonField`, or
several by key in a `ReasonsField`. Texts from Zoho or a database driver are stored as they are: as
the value of a reason with the code `text`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from .exceptions import (
    ApiError,
    ConfigurationError,
    ConsentWithdrawn,
    ServerFault,
    TransportError,
    UnreadableResponse,
    ZCRMError,
)
from .zoho.http.datacenters import is_loopback
from .zoho.text import storable_text

if TYPE_CHECKING:
    TextField = models.TextField[str, str]
    JSONField = models.JSONField[Any, Any]
else:
    TextField, JSONField = models.TextField, models.JSONField

TEXTS = {
    # Of any reason
    "text": "%(text)s",
    "joined": "%(first)s %(second)s",
    "during": "%(why)s (%(operation)s)",
    "refused": "%(code)s: %(why)s",
    "see_log": _("%(type)s: see the log."),
    "configuration": _("The configuration is wrong: %(detail)s"),
    # Of calls
    "unreachable": _("Zoho could not be reached"),
    "unreachable_at": _("Zoho could not be reached (%(address)s)"),
    "emulator_unreachable": _(
        "Zoho could not be reached (%(address)s); start the emulator with: manage.py zcrm_emulator"
    ),
    "connect_timeout": _("Zoho could not be reached in time"),
    "read_timeout": _("Zoho did not respond in time"),
    "proxy": _("The proxy refused or could not be reached"),
    "certificate": _("The TLS certificate of Zoho's host could not be verified"),
    "tls": _("The TLS connection to Zoho broke"),
    "broken": _("The connection to Zoho broke before the whole response arrived"),
    "failed": _("The call failed on the way (%(detail)s)"),
    "unreadable": _("Zoho's response cannot be read: %(detail)s"),
    "no_slot": _(
        "All slots of the organisation (%(count)d) are in use, and none became free in time "
        "(ZCRM['LIMITS']['MAX_WAIT']), so this one was not sent."
    ),
    "no_shared_slot": _(
        "Processes (%(processes)d) share the slots of the organisation (%(count)d). None of those "
        "of this process (%(share)d) became free in time (ZCRM['LIMITS']['MAX_WAIT']), so this one "
        "was not sent."
    ),
    "slots_lost": _(
        "Processes (%(processes)d) ended without releasing their slots (%(slots)d), which return "
        "within %(seconds)d s."
    ),
    "slots_return": _("If a process was killed, its slots return within %(seconds)d s."),
    "credits_reserved": _(
        "Batch calls have used their share of the organisation's credits; the rest is kept "
        "for interactive calls (ZCRM['LIMITS']['RESERVE']), so this one was not sent."
    ),
    # Of tokens and connections
    "too_many_tokens": _(
        "Zoho issues no more tokens for now; it allows 10 in 10 minutes. Nothing is lost: try "
        "again later."
    ),
    "accounts_failed": _("Zoho's accounts server failed."),
    "accounts_refused": _("Zoho's accounts server refused."),
    "consent_withdrawn": _("Zoho no longer accepts the refresh token; connect again."),
    "grant_withdrawn": _("Zoho no longer accepts the grant of %(connection)s; connect again."),
    "disconnected": _("%(connection)s was disconnected; connect again."),
    "connection_deleted": _("The connection %(connection)s was deleted; connect again."),
    "other_client": _("%(connection)s was made with another OAuth client; connect again."),
    "no_refresh_token": _("There is no refresh token for %(connection)s; connect again."),
    "other_issuer": _(
        "%(server)s does not know the grant of %(grant)s, which comes from %(issuer)s. Nothing was "
        "changed here: correct ZCRM['ACCOUNTS_URL'], or connect again."
    ),
    "handed_over": _(
        "%(connection)s was handed over to another owner, and this client is for the former one. "
        "Get a new client from zcrm for the current owner."
    ),
    "elsewhere_organisation": _(
        "%(connection)s was connected again, to another organisation, and this client is for the "
        "former one. Nothing was sent. Get a new client from zcrm to work there, or connect the "
        "former again."
    ),
    "elsewhere_environment": _(
        "%(connection)s was connected again, to another environment, and this client is for the "
        "former one. Nothing was sent. Get a new client from zcrm to work there, or connect the "
        "former again."
    ),
    "elsewhere_unknown": _(
        "%(connection)s was connected again, to another organisation, as its scopes suggest, "
        "and this client is for the former one. Nothing was sent. Get a new client from zcrm to "
        "work there, or connect the former again."
    ),
    "row_locked": _("Another transaction keeps the row of %(connection)s locked"),
    "database_failed": _(
        "The database failed (%(type)s), so there is no access token for %(connection)s, and "
        "nothing was sent. Try again."
    ),
    "renewing": _("Another process has been renewing the access token for too long"),
    # Of mirrors
    "no_module": _(
        "Zoho has no module %(module)s, or hides it from this user: use its current name in class "
        "Zoho, or show the module to the user."
    ),
    "scope_missing": _("A scope is missing: %(error)s. Connect again and grant it."),
    "no_permission": _("The Zoho user may not read %(module)s: %(error)s."),
    "unknown_field": _(
        "%(module)s has no field %(field)s in Zoho: remove it from %(option)s, or create the "
        "field in Zoho."
    ),
    "missing_fields": _("%(module)s lacks fields in Zoho, which are not read: %(fields)s."),
    "missing_field": _("%(module)s has no field %(field)s in this organisation."),
    "too_many_missing": _(
        "Zoho no longer shows all rows (%(missing)d of %(rows)d). No row was marked: was a profile "
        "or a sharing rule changed? If the records are gone, reconcile with force, or resume the "
        "mirror. The mirror compares again every day."
    ),
    "needed_rows": _("The rows cannot be removed: %(error)s"),
    "protected_rows": _("Rows of the former organisation cannot be removed: %(error)s"),
    "unmigrated": _(
        "The database reports: %(error)s. After a change of models: migrate, restart runners."
    ),
    # Of records that are not stored
    "not_stored": _("%(module)s %(id)s: %(why)s."),
    "no_valid_id": _("%(module)s: a record without a valid id."),
    "database_refuses": _("the database refuses it: %(error)s"),
    "bad_modified_time": _("its Modified_Time is %(why)s"),
    "not_a_moment": _("a %(type)s instead of a date and time"),
    "text_no_moment": _("a text that is not a date and time"),
    "moment_out_of_range": _("a date before year 1 or after year 9999"),
    "too_deep": _("a value with more levels than %(count)d"),
    "wrong_type": _("%(field)s cannot hold a value of type %(type)s"),
    "cannot_hold": _("%(field)s cannot hold %(why)s"),
    "bad_lookup": _("a lookup has an id that is not valid"),
    "too_long": _("the value of %(field)s exceeds its maximum length of %(count)d"),
    "too_many_digits": _("the value of %(field)s exceeds its maximum number of digits, %(count)d"),
    "number_size": _("%(field)s cannot hold a number of this size"),
    # Of changes in the outbox
    "taken": _("Zoho treated it as record %(record)s, which is row %(row)s here."),
    "same_match_value": _("Row %(row)s has the same %(field)s: Zoho treats both as one record."),
    "gone": _("The record is no longer in Zoho."),
    "was_gone": _("The record was already gone from Zoho."),
    "row_gone": _("The row was deleted."),
    "row_not_in_zoho": _("The row is not in Zoho, and no change creates it there."),
    "parent_not_in_zoho": _("%(row)s is not in Zoho, and no change creates it there."),
    "waits_for": _("Waits for %(row)s."),
    "waits_for_failed": _("Waits for %(row)s, which failed."),
    "interrupted": _("The worker ended while it was sending this change."),
    "discarded": _("Discarded by a user."),
    "reconnected": _(
        "Zoho was connected again while this change waited, and has another value. Nothing was "
        "decided: send it again, or discard it."
    ),
    "restored": _("The record was changed in Zoho, so the deleted row was restored."),
    "undecided": _("The function that decides on conflicts raised %(type)s."),
    "several_candidates": _(
        "The response was lost, and several new records in Zoho (%(count)d) have these values: "
        "which one belongs to this change cannot be known. Check in Zoho; a retry sends it again."
    ),
    "ignored": _(
        "Zoho reported success, and still has the former %(fields)s: is the field read-only there?"
    ),
    "replaced": _(
        "Zoho has a different %(fields)s from the one sent: a workflow or a user changed the "
        "value in the same second."
    ),
    "no_duplicates_by": _(
        "Zoho does not find duplicates of %(module)s by %(field)s, which is not unique: name a "
        "unique field in %(option)s, or make it unique in Zoho."
    ),
    "no_duplicates_by_own": _(
        "Zoho does not find duplicates of %(module)s by %(field)s, which is not unique: name "
        "%(own)s, or a unique field in %(option)s, or make it unique in Zoho."
    ),
}
"""The text of each code, in English; texts without a mark are the same in every language."""


class Reason(str):
    """A reason as text, with the code and the values that are stored of it."""

    code: str
    values: dict[str, Any]

    def __new__(cls, code: str, values: Mapping[str, Any], text: str) -> Self:
        """Make a reason with a text, as `reason()` and `translate()` do."""
        instance = super().__new__(cls, text)
        instance.code, instance.values = code, dict(values)
        return instance

    def __getnewargs__(self) -> tuple[str, dict[str, Any], str]:  # type: ignore[override]
        return self.code, self.values, str(self)

    def __deepcopy__(self, memo: object) -> Self:
        return self


def reason(code: str, /, **values: str | int) -> Reason:
    """Return a reason, in English. Values are texts, numbers or other reasons."""
    return Reason(code, values, TEXTS[code] % values)


def translate(stored: Reason) -> Reason:
    """Return a reason in the active language."""
    values = {
        name: translate(value) if isinstance(value, Reason) else value
        for name, value in stored.values.items()
    }
    template = TEXTS.get(stored.code, stored.code)  # newer code may have stored another one
    return Reason(stored.code, values, gettext(template) % values)


def reason_of(error: ZCRMError) -> Reason:
    """Return the reason for an error; Zoho's text is its value, unchanged."""
    why = _cause_of(error)
    if not error.operation or why.code == "text":  # the text of a refusal names it
        return why
    return reason("during", why=why, operation=error.operation)


def _cause_of(error: ZCRMError) -> Reason:
    message = error.message
    if isinstance(error, ApiError):
        return _refusal(error)
    if isinstance(message, Reason):
        return message
    if isinstance(error, ConsentWithdrawn):
        return reason("consent_withdrawn")
    if isinstance(error, TransportError) and error.failure in TEXTS:
        return _failure(error)
    if isinstance(error, UnreadableResponse):
        return reason("unreadable", detail=message)
    if isinstance(error, ConfigurationError):
        return reason("configuration", detail=message)
    return as_reason(str(error))


def _refusal(error: ApiError) -> Reason:
    """Return the reason for a refusal: Zoho's own text, unless the message is one of ours."""
    if isinstance(error.message, Reason):
        return reason("refused", code=error.code, why=error.message)
    if error.code == "TOO_MANY_TOKENS":
        return reason("refused", code=error.code, why=reason("too_many_tokens"))
    if error.operation.startswith("oauth "):
        why = reason("accounts_failed" if isinstance(error, ServerFault) else "accounts_refused")
        return reason("refused", code=error.code, why=why)
    return as_reason(str(error))


def _failure(error: TransportError) -> Reason:
    """Return the reason for a call without a response."""
    if error.failure == "failed":
        return reason("failed", detail=error.detail)
    if error.failure != "unreachable" or not error.address:
        return reason(error.failure)
    code = "emulator_unreachable" if is_loopback(error.address) else "unreachable_at"
    return reason(code, address=error.address)


def as_reason(text: str) -> Reason:
    """Return a foreign text as a reason; a reason is returned unchanged."""
    return text if isinstance(text, Reason) else reason("text", text=text)


def join_reasons(first: str, second: str) -> str:
    """Return two reasons as one; each of them may be empty."""
    if not (first and second):
        return first or second
    return reason("joined", first=as_reason(first), second=as_reason(second))


def encode(value: Any) -> Any:
    """Return a reason as a JSON value, with texts that databases can store; a number unchanged."""
    if isinstance(value, Reason):
        values = {name: encode(part) for name, part in value.values.items()}
        return {"code": value.code, "values": values}
    return storable_text(value) if isinstance(value, str) else value


def _decode(value: Any) -> Any:
    if isinstance(value, dict):
        values = {name: _decode(part) for name, part in value["values"].items()}
        return Reason(value["code"], values, "")
    return value


class ReasonField(TextField):
    """A column for one reason, as JSON; empty without one.

    A loaded value is translated into the language that is active then. Migrations have a TextField.
    """

    def deconstruct(self) -> Any:
        """Return it as the TextField that it is in the database."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def get_prep_value(self, value: Any) -> Any:
        """Return the JSON of a reason."""
        text = super().get_prep_value(value)
        return json.dumps(encode(as_reason(text)), ensure_ascii=False) if text else text

    def from_db_value(self, value: str | None, *args: Any) -> str | None:
        """Return the reason of a stored value."""
        return translate(_decode(json.loads(value))) if value else value


class ReasonsField(JSONField):
    """A column for reasons by key. A loaded value is translated, as that of a ReasonField is."""

    def deconstruct(self) -> Any:
        """Return it as the JSONField that it is in the database."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def get_prep_value(self, value: Any) -> Any:
        """Return the reasons as JSON values."""
        if isinstance(value, dict):
            value = {encode(key): encode(as_reason(text)) for key, text in value.items()}
        return super().get_prep_value(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return the reasons of a stored value."""
        stored = super().from_db_value(value, expression, connection)
        if not isinstance(stored, dict):
            return stored
        return {key: translate(_decode(part)) for key, part in stored.items()}
