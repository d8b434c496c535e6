"""What a handler returns: a status, a body, headers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

JSON_TYPE = "application/json;charset=utf-8"

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Body = Mapping[str, Any] | list[Any] | bytes | str | Iterable[bytes] | None


@dataclass
class Answer:
    """An HTTP response.

    ``body``: a mapping or list becomes JSON, a str is an HTML page, bytes are sent as they are,
    any other iterable of bytes is streamed, None is an empty body.
    """

    status: int = 200
    body: Body = None
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def file(
        cls,
        content: bytes | Iterable[bytes],
        filename: str,
        content_type: str = "application/octet-stream",
    ) -> Answer:
        """A download, named the way Zoho does it (the plain form and the RFC 5987 one)."""
        quoted = quote(filename, safe="")
        disposition = f"attachment; filename=\"{quoted}\"; filename*=UTF-8''{quoted}"
        return cls(200, content, {"Content-Type": content_type, "Content-Disposition": disposition})

    @classmethod
    def redirect(cls, location: str) -> Answer:
        """A 302 to ``location``."""
        return cls(302, b"", {"Location": location})

    def settle(self) -> Answer:
        """Turn JSON and text into bytes now, before the data can change; returns itself."""
        self.body = self._as_bytes()
        return self

    def encoded(self) -> tuple[int, list[tuple[str, str]], Iterable[bytes]]:
        """Status, headers and body chunks, ready for WSGI; with a length unless streamed."""
        body = self._as_bytes()
        headers = list(self.headers.items())
        if not isinstance(body, bytes):
            return self.status, headers, body
        if self.status not in (204, 304):
            headers.append(("Content-Length", str(len(body))))
        return self.status, headers, [body]

    def _as_bytes(self) -> bytes | Iterable[bytes]:
        """The body as it is sent; sets its Content-Type as a side effect."""
        if self.body is None:
            return b""
        if isinstance(self.body, (Mapping, list)):
            self.headers.setdefault("Content-Type", JSON_TYPE)
            return _to_json(self.body).encode()
        if isinstance(self.body, str):
            self.headers.setdefault("Content-Type", "text/html; charset=utf-8")
            return self.body.encode()
        return self.body


Reply = Answer | Mapping[str, Any] | None


def as_answer(reply: Reply) -> Answer:
    """A handler's reply as an Answer: None is 204, a mapping is 200 JSON."""
    if reply is None:
        return Answer(204)
    if isinstance(reply, Answer):
        return reply
    return Answer(200, reply)
