"""The responses of handlers: werkzeug's Response, in Zoho's format."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from werkzeug.wrappers import Response as WerkzeugResponse

_WITHOUT_BODY = (204, 304)
REASONS = {status.value: status.phrase for status in HTTPStatus}

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _status_line(status: int) -> str:
    return f"{status} {REASONS.get(status, 'Unknown')}"


class Response(WerkzeugResponse):
    """An HTTP response. Without a body it has no Content-Type."""

    default_mimetype: str | None = None

    def __init__(
        self,
        body: Iterable[bytes] | bytes | str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        content_type: str | None = None,
    ) -> None:
        super().__init__(body, status, headers, None, content_type, direct_passthrough=True)

    def get_wsgi_response(
        self, environ: dict[str, Any]
    ) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Return body, status and headers; the reason is spelled as in ``404 Not Found``."""
        body, _, headers = super().get_wsgi_response(environ)
        return body, _status_line(self.status_code), headers


class JsonResponse(Response):
    """A JSON body. It is serialised at once, so that later changes of the data do not affect it."""

    def get_wsgi_response(
        self, environ: dict[str, Any]
    ) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Return body, status and headers, without what werkzeug does for redirects and streams."""
        if environ["REQUEST_METHOD"] == "HEAD" or self.status_code in _WITHOUT_BODY:
            return super().get_wsgi_response(environ)
        body = self.get_data()
        if "Content-Length" not in self.headers:
            self.headers.add("Content-Length", str(len(body)))
        return [body], _status_line(self.status_code), self.headers.to_wsgi_list()

    default_mimetype = "application/json;charset=utf-8"

    def __init__(
        self,
        body: Mapping[str, Any] | list[Any],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        # With a mimetype, werkzeug would search the headers, which takes time.
        content_type = None if headers else self.default_mimetype
        super().__init__(_to_json(body), status, headers, content_type)


class HtmlResponse(Response):
    """A page."""

    default_mimetype = "text/html"


class FileResponse(Response):
    """A download, named the way Zoho does it (the plain form and the RFC 5987 one)."""

    def __init__(
        self,
        content: bytes | Iterable[bytes],
        filename: str,
        content_type: str = "application/octet-stream",
    ) -> None:
        quoted = quote(filename, safe="")
        disposition = f"attachment; filename=\"{quoted}\"; filename*=UTF-8''{quoted}"
        super().__init__(
            content,
            headers={"Content-Type": content_type, "Content-Disposition": disposition},
        )


HandlerResult = Response | Mapping[str, Any] | None


def make_response(result: HandlerResult) -> Response:
    """Return a handler's result as a Response: None is 204, a mapping is 200 JSON."""
    if result is None:
        return Response(status=204)
    if isinstance(result, Response):
        return result
    return JsonResponse(result)
