"""Requests that no operation describes, for `crm.request`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ..errors import ConfigurationError
from ..http import encoding
from ..http.messages import Host, ZohoRequest
from ..limits.costs import records_in
from .operation import file_part

_KEPT = "/%:@!$&'()*+,;="
"""Characters that a path may contain (RFC 3986), and escapes of the caller."""


def raw_request(
    method: str,
    path: str,
    *,
    params: Mapping[str, Any] | None,
    json: Any,
    data: Mapping[str, Any] | None,
    files: Mapping[str, Any] | None,
    headers: Mapping[str, str] | None,
    host: Host,
    stream: bool,
) -> ZohoRequest:
    """Build a request that no operation describes.

    Raises ConfigurationError for a malformed path or method.
    """
    # Check for dots in the decoded path, since HTTP libraries decode them before sending.
    dotted = re.search(r"(^|[/\\])\.{1,2}([/\\]|$)", unquote(path))
    if not re.fullmatch(r"/[^/\\?#\s\ud800-\udfff][^\\?#\s\ud800-\udfff]*", path) or dotted:
        raise ConfigurationError(
            f"{path!r} is not a path: it must start with one slash; a query goes in params."
        )
    if not re.fullmatch(r"[A-Za-z]+", method):
        raise ConfigurationError(f"{method!r} is not an HTTP method.")
    return ZohoRequest(
        method=method.upper(),
        path=encoding.percent_encode(path, safe=_KEPT),
        host=host,
        params=encoding.params(params or {}),
        headers=encoding.headers({**_content_type(json, headers or {}), **(headers or {})}),
        body=None if json is None else encoding.dumps(json),
        form=encoding.params(data or {}),
        files=[file_part(name, content) for name, content in (files or {}).items()],
        stream=stream,
        safe=method.upper() in {"GET", "HEAD"},
        records=records_in(json),
        operation=f"{method.upper()} {path}",
    )


def _content_type(json: Any, headers: Mapping[str, str]) -> dict[str, str]:
    is_given = any(name.lower() == "content-type" for name in headers)
    return {} if json is None or is_given else {"Content-Type": "application/json"}
