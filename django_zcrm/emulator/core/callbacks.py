"""Posts what Zoho would post to a client's server: notifications and finished bulk jobs.

Posts from a thread, so that a client may call the emulator while it answers. Only to this machine
unless told otherwise: made-up data must not reach anybody by mistake.
"""

from __future__ import annotations

import ipaddress
import json
import threading
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from queue import Queue
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT = 10.0
"""Seconds that a receiver may take. Zoho documents neither its timeout nor any retries."""

MAX_SENT = 1000


@dataclass(frozen=True, slots=True)
class PostedCallback:
    """A callback: its target, its body and its outcome (`status` 0 when there was no answer)."""

    url: str
    body: dict[str, Any]
    status: int = 0
    error: str = ""


class Callbacks:
    """Sends callbacks in the order they were made; `sent` keeps the latest."""

    def __init__(self, *, anywhere: bool = False) -> None:
        self.sent: deque[PostedCallback] = deque(maxlen=MAX_SENT)
        self._anywhere = anywhere
        self._queue: Queue[Callable[[], object]] = Queue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._open = build_opener(ProxyHandler({})).open

    def post(self, url: str, body: dict[str, Any], *, after: float = 0.0) -> None:
        """Queue a body to be sent, now or `after` so many seconds."""
        self.run(lambda: self.sent.append(self._post(url, body)), after=after)

    def run(self, task: Callable[[], object], *, after: float = 0.0) -> None:
        """Run a task in the sending thread, now or `after` so many seconds."""
        if after > 0:
            timer = threading.Timer(after, self.run, [task])
            timer.daemon = True
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
        """Forget what was sent."""
        self.sent.clear()

    def close(self) -> None:
        """End the thread once all is sent; another starts when there is more to send."""
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
                # A bug in the emulator; it must not hold up what follows.
                traceback.print_exc()
            finally:
                self._queue.task_done()

    def _post(self, url: str, body: dict[str, Any]) -> PostedCallback:
        if not (self._anywhere or is_loopback(url)):
            return PostedCallback(url, body, error="not sent: the address is not on this machine")
        request = Request(  # noqa: S310 - http and https only, as the operations checked
            url, json.dumps(body).encode(), {"Content-Type": "application/json;charset=UTF-8"}
        )
        try:
            with self._open(request, timeout=TIMEOUT) as response:
                return PostedCallback(url, body, response.status)
        except HTTPError as error:
            return PostedCallback(url, body, error.code)
        except (OSError, HTTPException) as error:  # the latter: an answer that is not HTTP
            return PostedCallback(url, body, error=str(error) or type(error).__name__)


def _end() -> None:
    """The task that ends the thread."""


def is_loopback(url: str) -> bool:
    """Tell whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
