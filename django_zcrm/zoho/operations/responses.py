"""Zoho's unparsed responses, for calls that no operation describes and for the Node SDK's tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..http.downloads import Download
from ..http.messages import ZohoResponse


class RawResponse(Mapping[str, Any]):
    """Zoho's unparsed response: `status_code`, `headers`, `body`, and the JSON as a mapping.

    `response["data"]` and `response.json["data"]` are the same. A download has a `filename`; it is
    read only when `body` or `download` is used.
    """

    def __init__(self, response: ZohoResponse) -> None:
        self.response = response
        self.status_code = response.status
        self.headers = response.headers
        self.filename = response.filename

    @property
    def json(self) -> Any:
        """The decoded body; None when it is empty. Raises UnreadableResponse if it is not JSON."""
        return self.response.json

    @property
    def content(self) -> bytes:
        """The body as bytes."""
        return self.response.read()

    @property
    def body(self) -> str | bytes:
        """The body: text, or bytes for a download."""
        content = self.content
        return content if self.filename else content.decode("utf-8", "replace")

    @property
    def download(self) -> Download:
        """The body as a stream."""
        return Download(self.response)

    def __getitem__(self, key: str) -> Any:
        return self._mapping()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._mapping())

    def __len__(self) -> int:
        return len(self._mapping())

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<RawResponse {self.status_code}>"

    def _mapping(self) -> Mapping[str, Any]:
        if self.filename:
            return {}
        content = self.json
        return content if isinstance(content, Mapping) else {}
