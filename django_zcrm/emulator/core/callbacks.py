"""Sends Zoho's requests to a client's server: notifications, bulk callbacks, webhooks.

Sends from a thread, so that a client may call the emulator during a request. Only to this machine
unless configured otherwise: made-up data must not reach others by mistake.
"""

from __future__ import annotations

import ipaddress
import json
import threading
import traceback
from collections import deque
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from queue import Queue
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    ProxyHandler,
    Request,
    build_opener,
)

from .hooks import Callback, PostedCallback

TIMEOUT = 10.0
"""Seconds that a receiver may take. Zoho documents neither its timeout nor any retries."""

MAX_SENT = 1000

ELSEWHERE = "not sent: the address is not on this machine"


class _NoRedirects(HTTPRedirectHandler):
    """Returns a redirect as the response, because its target could be another machine."""

    def redirect_request(self, *args: Any) -> None:
        return None


class _LocalConnection(HTTPConnection):
    """Closes a connection to another machine, to which the name of an address may resolve."""

    def connect(self) -> None:
        super().connect()
        if not ipaddress.ip_address(self.sock.getpeername()[0]).is_loopback:
            self.close()
            raise OSError(ELSEWHERE)


class _LocalTLSConnection(_LocalConnection, HTTPSConnection):
    """An encrypted connection to this machine."""


class _LocalHTTPHandler(HTTPHandler):
    def http_open(self, request: Request) -> Any:
        return self.do_open(_LocalConnection, request)


class _LocalHTTPSHandler(HTTPSHandler):
    def https_open(self, request: Request) -> Any:
        return self.do_open(_LocalTLSConnection, request)


class Callbacks:
    """Sends callbacks in the order they were made; `posted_callbacks` has the latest."""

    def __init__(self, *, anywhere: bool = False) -> None:
        self.posted_callbacks: deque[PostedCallback] = deque(maxlen=MAX_SENT)
        self._anywhere = anywhere
        self._queue: Queue[Callable[[], object]] = Queue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._timers: list[threading.Timer] = []
        local = () if anywhere else (_LocalHTTPHandler, _LocalHTTPSHandler)
        self._open = build_opener(ProxyHandler({}), _NoRedirects, *local).open

    def post(self, callback: Callback, *, after: float = 0.0) -> None:
        """Queue a callback to be sent, now or `after` so many seconds."""
        self.run(lambda: self._send(callback), after=after)

    def run(self, task: Callable[[], object], *, after: float = 0.0) -> None:
        """Run a task in the sending thread, now or `after` so many seconds."""
        if after > 0:
            timer = threading.Timer(after, self.run, [task])
            timer.daemon = True
            with self._lock:
                self._timers = [*(old for old in self._timers if old.is_alive()), timer]
                timer.start()
            return
        self._queue.put(task)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="zcrm-emulator-callbacks", daemon=True
                )
                self._thread.start()

    def wait(self) -> None:
        """Block until everything queued has been sent."""
        self._queue.join()

    def clear(self) -> None:
        """Clear the list of sent callbacks, and drop those that are to be sent later."""
        self.posted_callbacks.clear()
        self._cancel_timers()

    def _cancel_timers(self) -> None:
        with self._lock:
            timers, self._timers = self._timers, []
        for timer in timers:
            timer.cancel()

    def close(self) -> None:
        """End the thread once everything is sent, except what is to be sent later.

        A new one starts when more is queued.
        """
        self._cancel_timers()
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(_end)
            thread.join()

    def _work(self) -> None:
        while True:
            task = self._queue.get()
            try:
                if task is _end:
                    return
                task()
            except Exception:
                # A bug in the emulator; it must not block the next callbacks.
                traceback.print_exc()
            finally:
                self._queue.task_done()

    def _send(self, callback: Callback) -> None:
        is_allowed = self._anywhere or is_loopback(callback.url)
        for _ in range(callback.attempts if is_allowed else 1):
            status, error = self._request(callback) if is_allowed else (0, ELSEWHERE)
            posted = PostedCallback(
                callback.url, callback.body, status, error, callback.method, callback.headers
            )
            self.posted_callbacks.append(posted)
            if posted.is_delivered:
                break
        if callback.report is not None:
            callback.report(posted)

    def _request(self, callback: Callback) -> tuple[int, str]:
        """Return the status of the response (0 without one) and the error, if any."""
        content, headers = callback.content, callback.headers
        if content is None:
            content = json.dumps(callback.body).encode()
            headers = {"Content-Type": "application/json;charset=UTF-8", **headers}
        try:
            request = Request(  # noqa: S310 - http and https only, as the operations checked
                callback.url, content or None, dict(headers), method=callback.method
            )
            with self._open(request, timeout=TIMEOUT) as response:
                return response.status, ""
        except HTTPError as error:
            with error:  # it has the response's body
                return error.code, ""
        # HTTPException: the response is not HTTP; ValueError: a header cannot be sent.
        except (OSError, HTTPException, ValueError) as error:
            return 0, str(error) or type(error).__name__


def _end() -> None:
    """The task that ends the thread."""


def is_loopback(url: str) -> bool:
    """Return whether an address names this machine."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # brackets without an IPv6 address
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
