"""The processing of requests in the emulator: server, routes, errors, faults, limits and log."""

from __future__ import annotations

from .errors import Refusal, invalid_data, missing_param, over_limit, success
from .request import Request
from .response import FileResponse, JsonResponse, Response
from .routing import Routes, merge_routes
from .versions import Dialect, dialect

__all__ = [
    "Dialect",
    "FileResponse",
    "JsonResponse",
    "Refusal",
    "Request",
    "Response",
    "Routes",
    "dialect",
    "invalid_data",
    "merge_routes",
    "missing_param",
    "over_limit",
    "success",
]
