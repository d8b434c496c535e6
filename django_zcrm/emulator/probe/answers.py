"""Zoho's response to a probe, reduced to the parts that a probe may read and report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...zoho.errors import UnreadableResponse
from ...zoho.http.messages import ZohoResponse

_CODE = re.compile(r"[A-Za-z][A-Za-z_]{0,59}")
_BLOCKING = frozenset(
    {
        "AUTHENTICATION_FAILURE",
        "AUTHORIZATION_FAILED",
        "FEATURE_NOT_ENABLED",
        "FEATURE_NOT_SUPPORTED",
        "INVALID_MODULE",
        "INVALID_OAUTHTOKEN",
        "INVALID_TOKEN",
        "NO_PERMISSION",
        "OAUTH_SCOPE_MISMATCH",
        "TOO_MANY_REQUESTS",
    }
)
"""Codes that concern the connection or the organisation, and settle no guess."""


_DONE = ("", "SUCCESS", "SCHEDULED", "ADDED_SUCCESSFULLY")


class Unknown(Exception):
    """The probe found no answer; the reason is one of the project's own sentences."""


class Unexpected(Exception):
    """The emulator has no behaviour for Zoho's response; the text is the observation."""


class Answer:
    """A response: `status`, `code`, `details`, and `rows` of the first list in the body."""

    def __init__(self, response: ZohoResponse) -> None:
        self.status = response.status
        try:
            self.body: Any = response.json
        except UnreadableResponse:  # a page or a file, of which probes need the status only
            self.body = None
        body = self.body if isinstance(self.body, Mapping) else {}
        lists = [value for value in body.values() if isinstance(value, list)]
        self.rows: list[Any] = lists[0] if lists else []
        self.items = [row for row in self.rows if isinstance(row, Mapping) and "code" in row]

    @property
    def _outcome(self) -> Mapping[str, Any]:
        if self.items:
            return next((item for item in self.items if item["code"] != "SUCCESS"), self.items[0])
        return self.body if isinstance(self.body, Mapping) else {}

    @property
    def code(self) -> str:
        """Zoho's code, of the first item that failed if there are items; empty without."""
        code = self._outcome.get("code")
        return code if isinstance(code, str) and _CODE.fullmatch(code) else ""

    @property
    def details(self) -> Mapping[str, Any]:
        """The details that go with the code."""
        details = self._outcome.get("details")
        return details if isinstance(details, Mapping) else {}

    @property
    def id(self) -> str:
        """The id of the item that was made."""
        return str(self.details.get("id") or "")

    @property
    def is_ok(self) -> bool:
        """Whether Zoho performed the request."""
        return self.status < 300 and self.code.upper() in _DONE

    @property
    def observed(self) -> str:
        """Status and code: the only parts of a response in a result."""
        return f"{self.status} {self.code}".strip()

    def check(self) -> Answer:
        """Return the answer. Raises Unknown unless Zoho performed the request."""
        if not self.is_ok:
            raise Unknown(f"a preparation was answered with {self.observed}")
        return self

    def either(self, taken: str, refused: str) -> str:
        """Return one of two behaviours. Raises Unknown if the refusal has another cause."""
        if self.is_ok:
            return taken
        if self.status in (401, 403, 429) or self.status >= 500 or self.code in _BLOCKING:
            raise Unknown(f"the answer was {self.observed}")
        return refused

    def by_code(self, behaviours: Mapping[str, str]) -> str:
        """Return the behaviour of a code, or of a status as text. Raises Unexpected."""
        for key in (self.code, str(self.status)):
            if key and key in behaviours:
                return behaviours[key]
        if self.is_ok and "ok" in behaviours:
            return behaviours["ok"]
        raise self.make_unexpected()

    def make_unexpected(self) -> Unexpected:
        """Return the error for an answer that is none of the known ones. Raises Unknown."""
        self.either("", "")
        return Unexpected(self.observed)
