"""Posts notices at a fixed rate from a separate process, however long the responses take."""

from __future__ import annotations

import json
import multiprocessing
import random
import select
import socket
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from statistics import quantiles
from typing import Any

MAX_CONNECTIONS = 256
"""While so many wait for responses, posts are late, as their latencies show."""

TIMEOUT = 30.0
"""Seconds after the last post to wait for responses."""

BEGIN = 1_700_000_000_000
"""Zoho's time of the first notice, in milliseconds."""

Channels = Sequence[tuple[str, str]]
"""The ids and tokens of channels."""


@dataclass(frozen=True)
class Load:
    """Posts to one address: `rate` a second, for `seconds`; `forged` and `doubled` are shares.

    `connections` are opened first, and others when none of these is free.
    """

    address: tuple[str, int]
    path: str
    channels: Channels
    rate: float
    seconds: float
    connections: int
    forged: float = 0.01
    doubled: float = 0.05
    seed: int = 12

    def bodies(self) -> tuple[list[bytes], int]:
        """Return the bodies in their order, and how many different genuine ones there are."""
        dice = random.Random(self.seed)  # noqa: S311
        count = round(self.rate * self.seconds)
        forged, doubled = round(count * self.forged), round(count * self.doubled)
        numbers = list(range(count - forged - doubled))
        bodies = [self._body(number) for number in [*numbers, *dice.sample(numbers, doubled)]]
        bodies += [self._body(number, "x" * 43) for number in range(forged)]
        dice.shuffle(bodies)
        return bodies, len(numbers)

    def _body(self, number: int, token: str = "") -> bytes:
        channel_id, own_token = self.channels[number % len(self.channels)]
        return notice(channel_id, token or own_token, BEGIN + number, str(10**18 + number))


def notice(channel_id: str, token: str, server_time: int, record_id: str) -> bytes:
    """Return the body of a notification as Zoho posts it; `server_time` is in milliseconds."""
    body: dict[str, Any] = {
        "server_time": server_time,
        "module": "Leads",
        "operation": "update",
        "ids": [record_id],
        "channel_id": channel_id,
        "token": token,
        "query_params": {},
        "affected_fields": [],
    }
    return json.dumps(body).encode()


@dataclass(frozen=True)
class Result:
    """What came of a load; latencies in ms, from when a post was due to its response."""

    statuses: dict[int, int]
    genuine: int
    latencies: list[float]
    seconds: float
    busy: float

    def __str__(self) -> str:
        percent = quantiles(self.latencies, n=100)
        count = sum(self.statuses.values())
        return (
            f"{count} posts in {self.seconds:.1f} s ({count / self.seconds:.0f} a second): "
            f"p50 {percent[49]:.1f} ms, p95 {percent[94]:.1f} ms, p99 {percent[98]:.1f} ms, "
            f"longest {self.latencies[-1]:.0f} ms; {self.statuses}; "
            f"the generator took {self.busy:.1f} s of CPU"
        )


def post_all(load: Load) -> Result:
    """Post a load from a separate process. Raises EOFError if that process fails."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_post_all, args=(load, sender))
    process.start()
    sender.close()
    try:
        result: Result = receiver.recv()
        return result
    finally:
        process.join()


def _post_all(load: Load, results: Connection) -> None:
    bodies, genuine = load.bodies()
    head = f"POST {load.path} HTTP/1.1\r\nHost: {load.address[0]}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: "
    posts = [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]
    busy = time.process_time()
    poster = Poster(load, posts)
    seconds = poster.run()
    busy = time.process_time() - busy
    results.send(Result(dict(poster.statuses), genuine, sorted(poster.latencies), seconds, busy))


class Poster:
    """Sends each post when it is due, on a connection that is free, or else on a new one."""

    def __init__(self, load: Load, posts: Sequence[bytes]) -> None:
        self._load, self._posts = load, posts
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._free: deque[int] = deque()
        self._under_way: dict[int, int] = {}
        self._begin = 0.0
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []

    def run(self) -> float:
        """Send all posts; return the seconds until the last response.

        Status 0 counts posts without a response.
        """
        self._free.extend(self._connect() for _ in range(self._load.connections))
        rate, sent, count = self._load.rate, 0, len(self._posts)
        self._begin = time.perf_counter()
        while sent < count or self._under_way:
            now = time.perf_counter() - self._begin
            while sent < count and sent / rate <= now and self._can_send():
                self._send(sent)
                sent += 1
            wait = max(0.001, sent / rate - now) if sent < count else 0.1
            for descriptor, _ in self._poll.poll(wait):
                self._receive(descriptor)
            if now > count / rate + TIMEOUT:
                break
        self.statuses[0] += len(self._under_way)
        return time.perf_counter() - self._begin

    def _connect(self) -> int:
        connection = socket.create_connection(self._load.address, TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._poll.register(connection, select.EPOLLIN)
        self._sockets[connection.fileno()] = connection
        return connection.fileno()

    def _can_send(self) -> bool:
        return bool(self._free) or len(self._sockets) < MAX_CONNECTIONS

    def _send(self, number: int) -> None:
        descriptor = self._free.popleft() if self._free else self._connect()
        self._under_way[descriptor] = number
        self._sockets[descriptor].sendall(self._posts[number])

    def _receive(self, descriptor: int) -> None:
        # Responses have no content, and fit into one packet.
        data = self._sockets[descriptor].recv(65536)
        number = self._under_way.pop(descriptor, None)
        if number is not None:
            due = self._begin + number / self._load.rate
            self.latencies.append((time.perf_counter() - due) * 1000)
            self.statuses[int(data[9:12] or 0)] += 1
        if data and b"Connection: close" not in data:
            self._free.append(descriptor)
            return
        if number is None:
            self._free.remove(descriptor)
        self._sockets.pop(descriptor).close()  # which ends its registration
