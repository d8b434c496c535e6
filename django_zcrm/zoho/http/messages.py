"""Requests and responses as values. This module opens no connection."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cached_property
from math import isfinite
from typing import IO, Any, Literal
from urllib.parse import unquote

from ..errors import UnreadableResponse
from ..secret import Secret, mask, repeats, reveal
from .encoding import loads
from .response_sizes import MAX_RESPONSE_BYTES, SHORT_REPLY

Host = Literal["api", "upload", "accounts"]
Params = Sequence[tuple[str, str]]
Form = Sequence[tuple[str, str | Secret]]
Timeout = tuple[float, float] | tuple[float, float, float]
"""Seconds: (connect, read), or (connect, read, total); see `deadline`."""


@dataclass(frozen=True)
class FilePart:
    """One file of a multipart body: its form name, its file name, and an open binary file or bytes.

    A file is streamed from its current position and is not closed.
    """

    name: str
    filename: str
    content: IO[bytes] | bytes = field(repr=False)
    content_type: str = "application/octet-stream"
    start: int | None = field(default=None, compare=False)

    @property
    def replayable(self) -> bool:
        """Whether the same bytes can be sent again."""
        return isinstance(self.content, bytes) or self.start is not None

    def rewind(self) -> None:
        """Seek back to the file's position when the request was built."""
        if not isinstance(self.content, bytes) and self.start is not None:
            self.content.seek(self.start)


@dataclass(frozen=True, kw_only=True)
class ZohoRequest:
    """A request that has no server yet: `host` is a role that the session resolves.

    `origin` names the server itself, if the URL comes from a response of Zoho. `path` is already
    percent-encoded; `params` are plain text and are encoded on sending. The body is one of `body`
    (bytes, sent unchanged), `form`, and `files` (possibly with `form`). With `safe`, the call
    changes nothing and may be retried. With `stream`, the response is a file that is read on
    demand; any other response has at most `max_bytes`. `records` is the number of records in the
    body.

    The repr shows no values: headers contain the token, parameters and bodies customer data.
    """

    method: str
    path: str
    host: Host = "api"
    origin: str = ""
    params: Params = field(default=(), repr=False)
    headers: Mapping[str, str | Secret] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    form: Form = field(default=(), repr=False)
    files: Sequence[FilePart] = field(default=(), repr=False)
    stream: bool = False
    max_bytes: int = MAX_RESPONSE_BYTES
    safe: bool = False
    records: int = 0
    operation: str = ""

    @property
    def replayable(self) -> bool:
        """Whether the same request can be sent again, byte for byte."""
        return all(part.replayable for part in self.files)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets in the form and the headers; in a header, the word after the scheme."""
        return (
            *[value for _, value in self.form if isinstance(value, Secret)],
            *[
                Secret(value.reveal().rpartition(" ")[2])
                for value in self.headers.values()
                if isinstance(value, Secret)
            ],
        )

    def with_header(self, name: str, value: str | Secret) -> ZohoRequest:
        """Return a copy with this header; it replaces one of the same name (case-insensitive)."""
        lowered = name.lower()
        others = {n: v for n, v in self.headers.items() if n.lower() != lowered}
        return self.replace(headers={**others, name: value})

    def replace(self, **attributes: Any) -> ZohoRequest:
        """Return a copy with other attributes; much faster than dataclasses.replace()."""
        copy = object.__new__(ZohoRequest)
        vars(copy).update(vars(self), **attributes)
        return copy

    def rewind(self) -> None:
        """Move every file back to its first position."""
        for part in self.files:
            part.rewind()


def headers_of(request: ZohoRequest) -> dict[str, str]:
    """Return the headers that are sent, including secrets."""
    return {name: reveal(value) for name, value in request.headers.items()}


def form_of(request: ZohoRequest) -> list[tuple[str, str]]:
    """Return the form fields that are sent, including secrets."""
    return [(name, reveal(value)) for name, value in request.form]


class Headers(Mapping[str, str]):
    """Response headers with case-insensitive lookup."""

    def __init__(self, pairs: Mapping[str, str] | None = None) -> None:
        self._pairs = {name.lower(): value for name, value in (pairs or {}).items()}

    def __getitem__(self, name: str) -> str:
        return self._pairs[name.lower()]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a header's value or the default; most lookups find nothing, so none raises."""
        return self._pairs.get(name.lower(), default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)


def is_file(status: int, headers: Mapping[str, str]) -> bool:
    """Return whether the response to a request for a file contains the file.

    A file has a name. JSON without a name is an error, even with status 200 (OAS 3.1 mail-merge).
    """
    if status >= 300 or status == 204:
        return False
    filename = filename_of(headers.get("content-disposition", ""))
    return bool(filename) or "json" not in headers.get("content-type", "")


_ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})


def is_asked_encoding(headers: Mapping[str, str]) -> bool:
    """Return whether a body has a requested encoding.

    Nested encodings or Brotli could expand a kilobyte to gigabytes.
    """
    return headers.get("content-encoding", "").strip().lower() in _ENCODINGS


def odd_encoding(status: int, operation: str) -> UnreadableResponse:
    """Return the error for a body with an encoding that was not requested."""
    return UnreadableResponse(
        "The response is encoded in another way than was asked for", status, operation=operation
    )


def too_large(status: int, request: ZohoRequest) -> UnreadableResponse:
    """Return the error for a response that exceeds the maximum size."""
    return UnreadableResponse(
        f"The response has more than {request.max_bytes} bytes, so it was not read to its end. Ask "
        "for fewer rows or fields at once, or raise ZCRM['MAX_RESPONSE_BYTES'].",
        status,
        operation=request.operation,
    )


_ESCAPED = re.compile(rb"\\(u00[2-7]|/)")
"""Visible ASCII that JSON need not escape: a secret may hide there."""


def _nothing() -> None:
    """Close nothing. A named function, so that a response whose body was read can be pickled."""


@dataclass
class ZohoResponse:
    """A response: status, headers, and a body that is read at once or, if streamed, on demand.

    `chunks` yields the body of a streamed response and `close` returns its connection to the pool;
    `stream` and `aclose` are their async counterparts. `secrets` are those of the request; they are
    masked if the response repeats them. `received` is the time of arrival in seconds since the
    epoch; `known_wait` is the number of seconds after which the same request may work, if known.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=Headers, repr=False)
    content: bytes = field(default=b"", repr=False)
    chunks: Callable[[int], Iterator[bytes]] | None = field(default=None, repr=False)
    close: Callable[[], None] = field(default=_nothing, repr=False)
    stream: Callable[[], AsyncIterator[bytes]] | None = field(default=None, repr=False)
    aclose: Callable[[], Awaitable[None]] | None = field(default=None, repr=False)
    secrets: Sequence[Secret] = field(default=(), repr=False)
    operation: str = ""
    received: float = field(default_factory=time.time, repr=False, compare=False)
    known_wait: float | None = field(default=None, repr=False, compare=False)

    def read(self) -> bytes:
        """Return the whole body, reading a streamed one to its end."""
        if self.chunks is not None:
            try:
                self.content, self.chunks = b"".join(self.chunks(64 * 1024)), None
            finally:
                self.close()
        return self.content

    @property
    def json(self) -> Any:
        """The decoded JSON body, or None when there is none (204, 304).

        Raises UnreadableResponse for any other body, such as a gateway's HTML page.
        """
        is_json, decoded = self._decoded
        if is_json:
            return decoded
        size = "1 byte" if len(self.content) == 1 else f"{len(self.content)} bytes"
        raise UnreadableResponse(
            f"HTTP {self.status} with {size} of {self._type()} where JSON was expected",
            self.status,
            operation=self.operation,
        )

    def _type(self) -> str:
        """Return the content type, if it is valid."""
        content_type = re.match(r"[\w.+-]+/[\w.+-]+(?=;|$)", self.headers.get("content-type", ""))
        return str(mask(content_type[0], self.secrets)) if content_type else "an unnamed type"

    @cached_property
    def _decoded(self) -> tuple[bool, Any]:
        """Return whether the body is JSON, and its value without the secrets of the request.

        This method raises nothing, because its frames contain the content. Error pages show the
        variables of frames, and the content may be part of a response with tokens.
        """
        content = self.read()
        if not content or content.isspace():
            return True, None
        try:
            decoded = loads(content)
        except (ValueError, RecursionError):
            return False, None
        return True, mask(decoded, self.secrets) if self._may_repeat_secrets() else decoded

    def _may_repeat_secrets(self) -> bool:
        """Return whether the content may contain secrets. This check is faster than the search."""
        if not self.secrets:
            return False
        is_escaped = len(self.content) < SHORT_REPLY and _ESCAPED.search(self.content)
        return bool(self.status >= 400 or is_escaped) or repeats(self.content, self.secrets)

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before the next attempt, if the response specifies them.

        Zoho documents no such header, but proxies in front of it send one.
        """
        header = self.headers.get("retry-after", "")
        # Both dates come from the server's clock, which may differ from ours.
        date = _moment(self.headers.get("date", ""))
        seconds = seconds_to_wait(header, self.received if date is None else date)
        return self.known_wait if seconds is None else seconds

    @property
    def filename(self) -> str:
        """The file name of a download, without any path; empty if the response has none."""
        return filename_of(self.headers.get("content-disposition", ""))


def seconds_to_wait(header: str, now: float) -> float | None:
    """Return the seconds to wait by a Retry-After header, which has seconds or an HTTP date.

    `now` is in seconds since the epoch. A date in the past gives 0, anything else None.
    """
    try:
        seconds = float(header)
    except ValueError:
        moment = _moment(header)
        if moment is None:
            return None
        seconds = moment - now
    return max(seconds, 0.0) if isfinite(seconds) else None


def _moment(date: str) -> float | None:
    """Parse an HTTP date, in any of its three formats, into seconds since the epoch."""
    try:
        moment = parsedate_to_datetime(date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


_PARAMETER = re.compile(r';\s*([^\s=;]+)\s*=\s*("(?:\\.|[^"\\])*"|[^;]*)')


def filename_of(disposition: str) -> str:
    """Return the file name in a Content-Disposition header, stripped of any directory.

    Zoho writes both `filename="x"` and RFC 5987's `filename*=UTF-8''x`, and sends the plain form
    as raw UTF-8, which HTTP libraries decode as Latin-1.
    """
    parameters = {
        name.lower(): value.strip() for name, value in _PARAMETER.findall(f";{disposition}")
    }
    name = _decode_extended(parameters.get("filename*", "")) or _unquote(
        parameters.get("filename", "")
    )
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(char for char in name if char.isprintable()).strip()
    return "" if name in {".", ".."} else name


def _decode_extended(value: str) -> str:
    charset, quote, rest = value.strip('"').partition("'")
    _, second, text = rest.partition("'")
    if not quote or not second:
        return ""
    try:
        return unquote(text, encoding=charset, errors="replace")
    except (LookupError, ValueError):  # ValueError: a codec that cannot replace, such as idna
        return unquote(text)


def _unquote(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r'\\(["\\])', r"\1", value[1:-1])
    with suppress(UnicodeEncodeError, UnicodeDecodeError):
        return value.encode("latin-1").decode("utf-8")
    return value
