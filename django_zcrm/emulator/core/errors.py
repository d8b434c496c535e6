"""Builds Zoho's error bodies; no other module spells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .response import JsonResponse, Response


class Refusal(Exception):
    """A refusal, raised by a handler, or caught by one that reports item by item."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code, message, status, details)
        self.code = code
        self.message = message
        self.status = status
        self.details = dict(details or {})

    @property
    def body(self) -> dict[str, Any]:
        """The error object in Zoho's format; also one item of a batch response."""
        return {
            "code": self.code,
            "details": self.details,
            "message": self.message,
            "status": "error",
        }

    def response(self) -> Response:
        """The whole HTTP response."""
        return JsonResponse(self.body, self.status)


def success(message: str, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One success item of a batch response."""
    return {
        "code": "SUCCESS",
        "details": dict(details or {}),
        "message": message,
        "status": "success",
    }


def invalid_data(message: str = "invalid data", *, status: int = 400, **details: Any) -> Refusal:
    """Zoho's INVALID_DATA with its details (``api_name``, ``json_path``, ...)."""
    return Refusal("INVALID_DATA", message, status, details)


def invalid_url() -> Refusal:
    """The 404 for a path (or a version, or a function) that does not exist."""
    return Refusal(
        "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one", 404
    )


def missing_param(name: str) -> Refusal:
    """The refusal of a request that lacks a mandatory parameter."""
    return Refusal(
        "REQUIRED_PARAM_MISSING",
        "One of the expected parameter is missing",
        details={"param_name": name},
    )


def over_limit(what: str, limit: int, **details: Any) -> Refusal:
    """The refusal of too many items (``ids``, ``fields``); ``details`` name the place."""
    return Refusal(
        "LIMIT_EXCEEDED",
        f"the number of {what} given exceeds the limit",
        details={"limit": limit, **details},
    )


def ambiguous(*causes: dict[str, str]) -> Refusal:
    """The refusal of mutually exclusive inputs, named by ``param_name`` or ``api_name``."""
    return Refusal(
        "AMBIGUITY_DURING_PROCESSING",
        "ambiguity while processing the request",
        details={"ambiguity_due_to": list(causes)},
    )


def one_of_missing(*names: str) -> Refusal:
    """The refusal of a body that has none of several keys."""
    expected = [{"api_name": name, "json_path": f"$.{name}"} for name in names]
    return Refusal(
        "EXPECTED_FIELD_MISSING",
        "One of the expected fields is missing",
        details={"expected_fields": expected},
    )
