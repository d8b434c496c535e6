"""What both transports send for a request: URL, headers, body; and whom they trust."""

from __future__ import annotations

import os
import ssl
from urllib.parse import urlencode

import certifi
from urllib3.util import create_urllib3_context

from ..encoding import is_header_value, quoted
from ..errors import TransportError
from ..http import Request, form_of, headers_of
from .multipart import MultipartStream

POOL_SIZE = 32
"""Open connections kept per host; Zoho allows at most 25 calls at once per organisation."""

Body = bytes | MultipartStream | None

_FREED_AT_ONCE = 4 * 1024 * 1024
"""Bytes; a page of 200 records needs some three times its size while it is decoded."""


def keep_freed_memory() -> None:
    """Have the memory that a large reply took serve for the next one.

    glibc gives the free end of its heap back to the system when that is larger than twice the
    largest block that was ever freed (mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD). After
    each page of records it was, and the next page then took 200 page faults and a quarter of its
    time to get it again. Elsewhere this does nothing.
    """
    bytes(_FREED_AT_ONCE)


def url_of(base_url: str, request: Request) -> str:
    """Return the whole URL."""
    if not request.params:
        return base_url + request.path
    # %20 rather than +, and every reserved character encoded: Zoho reads a bare + in a datetime's
    # offset as a space.
    query = "&".join([f"{quoted(name)}={quoted(value)}" for name, value in request.params])
    return f"{base_url}{request.path}?{query}"


def content_of(request: Request, user_agent: str) -> tuple[dict[str, str], Body]:
    """Return headers, with the secrets in them, and body.

    Raises TransportError for a token that no header can hold.
    """
    headers = headers_of(request)
    body: Body = request.body
    if request.files:
        body = MultipartStream(form_of(request), request.files)
        # Only this code knows the boundary, so a caller's own type cannot be right.
        headers = {n: v for n, v in headers.items() if n.lower() != "content-type"}
        headers["Content-Type"] = body.content_type
        if (length := getattr(body, "len", None)) is not None:
            headers["Content-Length"] = str(length)
    elif request.form:
        body = urlencode(form_of(request)).encode()
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    if not all(map(is_header_value, headers.values())):
        raise TransportError(
            "A header, or the access token, is not one line of text",
            operation=request.operation,
            sent=False,
        )
    ours = {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
    for name in headers:
        ours.pop(name.title(), None)
    return {**ours, **headers}, body


def certificates() -> str:
    """Return the path of the CA certificates that hosts are verified with."""
    chosen = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return chosen or certifi.where()


def tls_context() -> ssl.SSLContext:
    """Return what verifies a host; one serves for all connections.

    Reading the certificates takes longer than a call does.
    """
    path, context = certificates(), create_urllib3_context()
    context.load_verify_locations(**{"capath" if os.path.isdir(path) else "cafile": path})
    return context
