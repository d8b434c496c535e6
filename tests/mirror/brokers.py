"""Brokers that a test can lose: a separate Redis, and a way to RabbitMQ that can be cut."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import pytest
from celery import Celery

from tests.app.limits.servers import RedisServer, is_listening

RABBITMQ_PORT = 5672


class Broker(Protocol):
    """A broker that can be lost and come back."""

    url: str

    def start(self) -> None:
        """Let it be there."""
        ...

    def stop(self) -> None:
        """Let it be gone, without a word to anybody."""
        ...


class RabbitMQ:
    """The machine's RabbitMQ, through a port of the test's own that can be closed."""

    def __init__(self) -> None:
        if not is_listening(RABBITMQ_PORT):
            pytest.fail("no RabbitMQ runs on this machine")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self._ends: list[socket.socket] = []
        self._listener.close()

    def start(self) -> None:
        """Open the port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        """Close it, and what goes through it."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._ends:
            end.close()
        self._ends.clear()

    def forget(self, queue: str) -> None:
        """Remove a queue, with what is in it."""
        app = Celery(broker=f"amqp://guest:guest@127.0.0.1:{RABBITMQ_PORT}//", set_as_current=False)
        with app.connection_for_write() as connection:
            connection.default_channel.queue_delete(queue)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", RABBITMQ_PORT))
            self._ends += [near, far]
            threading.Thread(target=self._pass_on, args=(near, far), daemon=True).start()

    @staticmethod
    def _pass_on(near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        try:
            while True:
                for ready in select.select([near, far], [], [], 0.5)[0]:
                    if not (data := ready.recv(65536)):
                        return
                    other[ready].sendall(data)
        except (OSError, ValueError):
            return
        finally:
            near.close()
            far.close()


def broker(name: str, folder: Path) -> Broker:
    """Return a broker of this kind, which is started."""
    made = RabbitMQ() if name == "rabbitmq" else RedisServer(folder)
    made.start()
    return made
