"""Builds URL, headers and body of requests, and the TLS context, for both transports."""

from __future__ import annotations

import os
import ssl
from urllib.parse import urlencode

import certifi
from urllib3.util import create_urllib3_context

from ...errors import TransportError
from ..encoding import is_header_value, percent_encode
from ..messages import ZohoRequest, form_of, headers_of
from .multipart import MultipartStream

POOL_SIZE = 32
"""Open connections kept per host; Zoho allows at most 25 calls at once per organisation."""

Body = bytes | MultipartStream | None


def url_of(base_url: str, request: ZohoRequest) -> str:
    """Return the whole URL."""
    if not request.params:
        return base_url + request.path
    # %20 rather than +, and every reserved character encoded: Zoho reads a bare + in a datetime's
    # offset as a space.
    query = "&".join(
        [f"{percent_encode(name)}={percent_encode(value)}" for name, value in request.params]
    )
    return f"{base_url}{request.path}?{query}"


def content_of(request: ZohoRequest, user_agent: str) -> tuple[dict[str, str], Body]:
    """Return the headers, including secrets, and the body.

    Raises TransportError for a token that is not valid in a header.
    """
    headers = headers_of(request)
    ours = {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
    body: Body = request.body
    if request.files:
        body = MultipartStream(form_of(request), request.files)
        # Only this code knows the boundary, so a caller's own type would be wrong.
        headers = {n: v for n, v in headers.items() if n.lower() != "content-type"}
        headers["Content-Type"] = body.content_type
        if (length := getattr(body, "len", None)) is not None:
            headers["Content-Length"] = str(length)
    elif request.form:
        body = urlencode(form_of(request)).encode()
        ours["Content-Type"] = "application/x-www-form-urlencoded"
    if not all(map(is_header_value, headers.values())):
        raise TransportError(
            "A header, or the access token, is not one line of text",
            operation=request.operation,
            sent=False,
        )
    for name in headers:
        ours.pop(name.title(), None)
    return {**ours, **headers}, body


def certificates() -> str:
    """Return the path of the CA certificates that hosts are verified with."""
    path = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return path or certifi.where()


def tls_context() -> ssl.SSLContext:
    """Return the TLS context that verifies hosts; all connections share it.

    It is cached, because reading the certificates takes longer than a call.
    """
    path, context = certificates(), create_urllib3_context()
    context.load_verify_locations(**{"capath" if os.path.isdir(path) else "cafile": path})
    return context
