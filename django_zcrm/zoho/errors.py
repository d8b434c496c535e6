"""The errors: a few classes, which differ in the caller's reaction.

Zoho's own code is data (`ApiError.code`), never a class. Nothing here depends on HTTP libraries or
Django.

    ZCRMError
     ├─ ConfigurationError              fix the settings or the arguments
     │   └─ UnknownField                there is no field of this name
     ├─ NotConnected                    the owner has to connect a Zoho account first
     ├─ ConsentWithdrawn                the grant is gone for good: ask the user to reconnect
     ├─ NotSupported                    Zoho cannot do what a record set requires
     ├─ TooManyRecords                  more records than fit into memory, or than Zoho reaches
     ├─ DoesNotExist                    `get()` found no record
     ├─ MultipleObjectsReturned         `get()` found more than one
     ├─ BudgetExceeded                  the block's credits are used up; nothing was sent
     └─ ZohoError                       the call failed on the way to Zoho, or there
         ├─ TransportError              no response
         │   ├─ Unreachable             no connection could be made, or it broke before a response
         │   └─ TimedOut                the response did not come in time
         ├─ UnreadableResponse          a response that is not Zoho's JSON (a gateway's HTML page)
         ├─ PartialFailure              some items of a batch failed (in `results`)
         └─ ApiError                    Zoho refused: code, message, details, status
             ├─ Unauthenticated         401, the token is not accepted
             ├─ Forbidden               403 or a scope that was not granted
             ├─ NotFound                404, or a record that does not exist
             ├─ Invalid                 400 and the like: the request has to change
             ├─ Limited                 429 or a token throttle: the same request may work later
             └─ ServerFault             5xx

All of them can be pickled, as task queues require: the required arguments of `__init__` are passed
to `Exception.__init__`, and the rest are plain attributes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .text import one_line

MAX_SHOWN = 300
"""Characters of a message that an error's text shows."""


class ZCRMError(Exception):
    """Anything that django_zcrm raises on purpose. `operation` names the call, if there was one."""

    operation: str = ""

    def __init__(self, message: str, *, operation: str = "") -> None:
        super().__init__(message)
        self.message = message
        if operation:
            self.operation = operation

    def __str__(self) -> str:
        text = one_line(self.message, MAX_SHOWN)
        return f"{text} ({one_line(self.operation, MAX_SHOWN)})" if self.operation else text

    def __repr__(self) -> str:
        # The default repr shows `args`, whose details may be customer data.
        return f"<{type(self).__name__}: {self}>"


class ConfigurationError(ZCRMError):
    """A setting or an argument is missing or wrong; `setting` names it."""

    def __init__(self, message: str, setting: str = "", *, operation: str = "") -> None:
        super().__init__(message, operation=operation)
        self.args = (message, setting)
        self.setting = setting


class UnknownField(ConfigurationError):
    """A query or a write names a field that the module or the class of records does not have."""


class NotConnected(ZCRMError):
    """There is no usable connection: the owner has to connect a Zoho account first.

    `owner` is the owner, if known: `user:7`, or `site` for the whole site.
    """

    owner: str = ""


class ConsentWithdrawn(ZCRMError):
    """The refresh token was revoked, evicted or refused: the user has to connect again.

    `owner` is the owner of the connection, as in NotConnected.
    """

    owner: str = ""


class NotSupported(ZCRMError):
    """Zoho cannot do what a record set requires; the message contains an alternative."""


class TooManyRecords(ZCRMError):
    """There are more records than a record set keeps in memory, or than Zoho returns this way."""


class DoesNotExist(ZCRMError):
    """No record matches the conditions of `get()`."""


class MultipleObjectsReturned(ZCRMError):
    """More than one record matches the conditions of `get()`."""


class BudgetExceeded(ZCRMError):
    """A call would have used more credits than its `zcrm.budget(...)`; it was not sent."""


class ZohoError(ZCRMError):
    """The call failed on the way to Zoho, or Zoho refused it.

    `sent` is False only when it is certain that Zoho did not receive the request: it could not
    leave this machine, or there was no access token for it.
    """

    sent: bool = True


class TransportError(ZohoError):
    """No response came.

    `failure` names the cause, as `transports.failures` does, `detail` is the type of an unexpected
    one, and `address` is set where the request did not leave this machine.
    """

    failure: str = ""
    detail: str = ""
    address: str = ""

    def __init__(self, message: str, *, operation: str = "", sent: bool = True) -> None:
        super().__init__(message, operation=operation)
        self.sent = sent


class Unreachable(TransportError):
    """No connection could be made, or it broke before a response."""


class TimedOut(TransportError):
    """The response did not come in time."""


class UnreadableResponse(ZohoError):
    """A response that is not Zoho's JSON, such as a gateway's HTML page; `status` is HTTP's."""

    def __init__(self, message: str, status: int = 0, *, operation: str = "") -> None:
        super().__init__(message, operation=operation)
        self.args = (message, status)
        self.status = status


_PLAIN = {
    "bigint": "integer",
    "datetime": "date with a time",
    "double": "number",
    "jsonarray": "list",
    "jsonobject": "object",
    "picklist": "value of the picklist",
    "string": "text",
}
"""Zoho's data types, where another word says more to those who read an error."""


def _describe_expected(details: Mapping[str, Any]) -> str:
    """Return the expected value from Zoho's details, as text to append to the message."""
    expectations = []
    data_type = details.get("expected_data_type")
    if isinstance(data_type, str) and re.fullmatch(r"[A-Za-z_ ]{1,30}", data_type):
        name = _PLAIN.get(data_type.lower(), data_type)
        expectations.append(f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}")
    for key, bound in (("maximum_length", "at most"), ("minimum_length", "at least")):
        length = details.get(key)
        if isinstance(length, int | str) and re.fullmatch(r"[0-9]{1,9}", str(length)):
            expectations.append(f"a length of {bound} {length}")
    return f", expected {' and '.join(expectations)}" if expectations else ""


class ApiError(ZohoError):
    """Zoho refused the request.

    `code` is Zoho's (`INVALID_DATA`), `details` its details (field, limit, path; may be empty),
    `status` the HTTP status. The text shows the invalid field and the expected value from
    `details`, but no values, since they may be customer data.
    """

    def __init__(
        self,
        code: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        status: int = 0,
        *,
        operation: str = "",
    ) -> None:
        super().__init__(message, operation=operation)
        self.code = code
        self.details: dict[str, Any] = dict(details or {})
        self.status = status
        self.args = (code, message, self.details, status)

    def set_message(self, message: str) -> None:
        """Replace the message."""
        self.message = message
        self.args = (self.code, message, self.details, self.status)

    @property
    def field(self) -> str:
        """The API name of the field at fault, or an empty string."""
        name = self.details.get("api_name") or self.details.get("param_name") or ""
        return one_line(name) if isinstance(name, str) else ""

    @property
    def field_errors(self) -> dict[str, str]:
        """Each invalid field with Zoho's message and the expected value, ready for a form.

        One record can clash on several unique fields at once (`MULTIPLE_OR_MULTI_ERRORS`).
        """
        several = self.details.get("errors")
        messages = {
            one_line(str(error["details"]["api_name"])): one_line(
                str(error.get("message") or self.message)
            )
            + _describe_expected(error["details"])
            for error in (several if isinstance(several, list) else ())
            if isinstance(error, Mapping)
            and isinstance(error.get("details"), Mapping)
            and "api_name" in error["details"]
        }
        if not messages and self.field:
            messages[self.field] = self.message + _describe_expected(self.details)
        return messages

    def __str__(self) -> str:
        context = [part for part in (self.field, self.operation) if part]
        if self.status:
            context.append(f"HTTP {self.status}")
        text = f"{self.code}: {self.message}" if self.message else self.code
        text += _describe_expected(self.details)
        return one_line(text, MAX_SHOWN) + (
            f" ({one_line(', '.join(context), MAX_SHOWN)})" if context else ""
        )


class Unauthenticated(ApiError):
    """Zoho accepts neither the access token nor a fresh one."""


class Forbidden(ApiError):
    """A scope was not granted, or the Zoho user lacks the permission."""


class NotFound(ApiError):
    """The record, job or URL does not exist."""


class Invalid(ApiError):
    """The request has to change before it can work."""


class Limited(ApiError):
    """Too many calls or tokens. `retry_after` is the time to wait, in seconds, where known."""

    retry_after: float | None = None


class ServerFault(ApiError):
    """Zoho failed; the same request may work later."""


_FORBIDDEN = frozenset(
    {
        "OAUTH_SCOPE_MISMATCH",  # HTTP 401 in Zoho's pages, yet no other token would help
        "NO_PERMISSION",
        "AUTHORIZATION_FAILED",  # HTTP 400
        "FEATURE_NOT_SUPPORTED",
        "FEATURE_NOT_ENABLED",
        "TERRITORY_NOT_ENABLED",
        "NOT_ALLOWED",
    }
)
_NOT_FOUND = frozenset({"RESOURCE_NOT_FOUND", "INVALID_URL_PATTERN"})
LIMITED_CODES = ("TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED")
_FAULT = frozenset({"INTERNAL_ERROR", "INTERNAL_SERVER_ERROR", "BAD_GATEWAY"})


def error_from(body: Mapping[str, Any], status: int, operation: str = "") -> ApiError:
    """Return the error for a refusal by Zoho.

    `body` is a response, or one item of it, with `code`, `message` and `details`; `status` is the
    HTTP status of the whole response.
    """
    code = one_line(str(body.get("code") or "").strip()) or f"HTTP_{status}"
    message = one_line(str(body.get("message") or ""))
    details = body.get("details")
    return _class_of(code, status)(
        code,
        message,
        details if isinstance(details, Mapping) else {},
        status,
        operation=operation,
    )


def _class_of(code: str, status: int) -> type[ApiError]:
    # The code says more than the status: Zoho sends some throttles and missing permissions as 400,
    # a missing scope as 401, and refused items with 200.
    if code in LIMITED_CODES or status == 429:
        return Limited
    if code in _FORBIDDEN or status == 403:
        return Forbidden
    if code in _NOT_FOUND or status == 404:
        return NotFound
    if code in _FAULT or status >= 500:
        return ServerFault
    if status == 401:
        return Unauthenticated
    return Invalid
