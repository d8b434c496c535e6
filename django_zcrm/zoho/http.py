"""Requests and replies as values. Nothing here opens a connection."""

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

from .encoding import loads
from .errors import UnreadableReply
from .reply_sizes import MAX_RESPONSE_BYTES, SHORT_REPLY
from .secret import Secret, masked, repeats, reveal

Host = Literal["api", "upload", "accounts"]
Params = Sequence[tuple[str, str]]
Form = Sequence[tuple[str, str | Secret]]
Timeout = tuple[float, float] | tuple[float, float, float]
"""Seconds: (connect, read), or (connect, read, total); see `deadline`."""


@dataclass(frozen=True)
class FilePart:
    """One file of a multipart body: its form name, its file name, and an open binary file or bytes.

    A file is streamed from its current position, and never closed here.
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
        """Seek back to where the file was when the request was built."""
        if not isinstance(self.content, bytes) and self.start is not None:
            self.content.seek(self.start)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to send, before it is known to which server: `host` is a role that the session resolves.

    `origin` names the server itself, when it comes from one of Zoho's replies. `path` is already
    percent-encoded; `params` are plain text, encoded on sending. The body is one of `body` (bytes,
    sent as they are), `form`, and `files` (possibly with `form`). `safe` says that the call changes
    nothing, so that it may be retried. `stream` asks for a file, which is read on demand; any other
    reply has at most `max_bytes`. `records` is how many records the body holds.

    The repr shows no values: headers hold the token, parameters and bodies hold customer data.
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
        """The secrets in the form and the headers; of a header, the word after its scheme."""
        return (
            *[value for _, value in self.form if isinstance(value, Secret)],
            *[
                Secret(value.reveal().rpartition(" ")[2])
                for value in self.headers.values()
                if isinstance(value, Secret)
            ],
        )

    def with_header(self, name: str, value: str | Secret) -> Request:
        """Return a copy with this header, which replaces one of the same name in any case."""
        lowered = name.lower()
        others = {n: v for n, v in self.headers.items() if n.lower() != lowered}
        return self.changed(headers={**others, name: value})

    def changed(self, **attributes: Any) -> Request:
        """Return a copy with other attributes, as dataclasses.replace() does in much longer."""
        copy = object.__new__(Request)
        vars(copy).update(vars(self), **attributes)
        return copy

    def rewind(self) -> None:
        """Move every file back to where it started."""
        for part in self.files:
            part.rewind()


def headers_of(request: Request) -> dict[str, str]:
    """Return the headers as they are sent, with the secrets in them."""
    return {name: reveal(value) for name, value in request.headers.items()}


def form_of(request: Request) -> list[tuple[str, str]]:
    """Return the form as it is sent, with the secrets in it."""
    return [(name, reveal(value)) for name, value in request.form]


class Headers(Mapping[str, str]):
    """Reply headers, with case-insensitive lookup."""

    def __init__(self, pairs: Mapping[str, str] | None = None) -> None:
        self._pairs = {name.lower(): value for name, value in (pairs or {}).items()}

    def __getitem__(self, name: str) -> str:
        return self._pairs[name.lower()]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a header's value. Most that are looked for are not there, which raises nothing."""
        return self._pairs.get(name.lower(), default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)


def is_file(status: int, headers: Mapping[str, str]) -> bool:
    """Tell whether a reply to a request for a file holds the file.

    A file has a name; JSON without one says why there is no file, even with status 200 (OAS 3.1
    mail-merge).
    """
    if status >= 300 or status == 204:
        return False
    named = filename_of(headers.get("content-disposition", ""))
    return bool(named) or "json" not in headers.get("content-type", "")


_ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})


def is_asked_encoding(headers: Mapping[str, str]) -> bool:
    """Tell whether a body is encoded as was asked for.

    Several encodings, one inside the other, or Brotli could make gigabytes of a kilobyte.
    """
    return headers.get("content-encoding", "").strip().lower() in _ENCODINGS


def odd_encoding(status: int, operation: str) -> UnreadableReply:
    """Return the error for a body that is encoded in a way that was not asked for."""
    return UnreadableReply(
        "The reply is encoded in another way than was asked for", status, operation=operation
    )


def too_large(status: int, request: Request) -> UnreadableReply:
    """Return the error for a reply that has more bytes than are read."""
    return UnreadableReply(
        f"The reply has more than {request.max_bytes} bytes, so it was not read to its end. Ask "
        "for fewer rows or fields at once, or raise ZCRM['MAX_RESPONSE_BYTES'].",
        status,
        operation=request.operation,
    )


_ESCAPED = re.compile(rb"\\(u00[2-7]|/)")
"""Visible ASCII that JSON need not escape: a secret may hide there."""


def _nothing() -> None:
    """Close nothing. A named function, so that a reply whose body was read can be pickled."""


@dataclass
class Response:
    """A reply: status, headers, and a body that is read at once or, when streamed, on demand.

    `chunks` yields the body of a streamed reply and `close` returns its connection to the pool;
    `stream` and `aclose` are their async counterparts. `secrets` are those of the request: they are
    masked where the reply repeats them. `received` is the time of arrival in seconds since the
    epoch; `known_wait` is after how many seconds the same request may work, as far as we know.
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

        Raises UnreadableReply when the body is something else, such as a gateway's HTML page.
        """
        is_json, decoded = self._decoded
        if is_json:
            return decoded
        size = "1 byte" if len(self.content) == 1 else f"{len(self.content)} bytes"
        raise UnreadableReply(
            f"HTTP {self.status} with {size} of {self._type()} where JSON was expected",
            self.status,
            operation=self.operation,
        )

    def _type(self) -> str:
        """Return the content type, if it is one."""
        content_type = re.match(r"[\w.+-]+/[\w.+-]+(?=;|$)", self.headers.get("content-type", ""))
        return str(masked(content_type[0], self.secrets)) if content_type else "an unnamed type"

    @cached_property
    def _decoded(self) -> tuple[bool, Any]:
        """Whether the body is JSON, and what it says, without the secrets of the request.

        Nothing is raised from here, where frames have the content among their variables: error
        pages show them, and it may be half of an answer with tokens.
        """
        content = self.read()
        if not content or content.isspace():
            return True, None
        try:
            decoded = loads(content)
        except (ValueError, RecursionError):
            return False, None
        return True, masked(decoded, self.secrets) if self._may_repeat_secrets() else decoded

    def _may_repeat_secrets(self) -> bool:
        """Whether the content is to be searched, which takes longer than to look whether it is."""
        if not self.secrets:
            return False
        is_escaped = len(self.content) < SHORT_REPLY and _ESCAPED.search(self.content)
        return bool(self.status >= 400 or is_escaped) or repeats(self.content, self.secrets)

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before the next attempt, if the reply says so.

        Zoho documents no such header, but proxies in front of it send one.
        """
        header = self.headers.get("retry-after", "")
        # Both dates come from one clock, which may differ from ours.
        sent = _moment(self.headers.get("date", ""))
        seconds = seconds_to_wait(header, self.received if sent is None else sent)
        return self.known_wait if seconds is None else seconds

    @property
    def filename(self) -> str:
        """The file name of a download, without any path; empty when the reply names none."""
        return filename_of(self.headers.get("content-disposition", ""))


def seconds_to_wait(header: str, now: float) -> float | None:
    """Return the seconds to wait by a Retry-After header, which holds seconds or an HTTP date.

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
    given = {name.lower(): value.strip() for name, value in _PARAMETER.findall(f";{disposition}")}
    name = _extended(given.get("filename*", "")) or _plain(given.get("filename", ""))
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(char for char in name if char.isprintable()).strip()
    return "" if name in {".", ".."} else name


def _extended(value: str) -> str:
    charset, quote, rest = value.strip('"').partition("'")
    _, second, text = rest.partition("'")
    if not quote or not second:
        return ""
    try:
        return unquote(text, encoding=charset, errors="replace")
    except (LookupError, ValueError):  # ValueError: a codec that cannot replace, such as idna
        return unquote(text)


def _plain(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r'\\(["\\])', r"\1", value[1:-1])
    with suppress(UnicodeEncodeError, UnicodeDecodeError):
        return value.encode("latin-1").decode("utf-8")
    return value
