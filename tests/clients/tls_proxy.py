"""A TLS proxy in front of a plain server, for clients that speak nothing else."""

from __future__ import annotations

import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

PIECE = 65_536
IDLE_SECONDS = 30.0


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, target: tuple[str, int], certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.target = target
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True)


class _Connection(socketserver.BaseRequestHandler):
    server: _Proxy
    request: ssl.SSLSocket

    def handle(self) -> None:
        with socket.create_connection(self.server.target) as plain:
            while self._pass_on(plain):
                pass

    def _pass_on(self, plain: socket.socket) -> bool:
        """Forward what came from either side; return whether there may be more."""
        ends: dict[socket.socket, socket.socket] = {self.request: plain, plain: self.request}
        waiting = [self.request] if self.request.pending() else []
        ready = waiting or select.select(list(ends), [], [], IDLE_SECONDS)[0]
        for source in ready:
            data = source.recv(PIECE)
            if not data:
                return False
            ends[source].sendall(data)
        return bool(ready)


@contextmanager
def tls_in_front_of(url: str, certificate: Path) -> Iterator[str]:
    """Forward to a plain URL while the block runs; yield the host and port that speak TLS.

    ``certificate`` is a PEM file with the certificate and its key.
    """
    parts = urlsplit(url)
    with _Proxy((str(parts.hostname), parts.port or 80), certificate) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{proxy.server_address[1]}"
        finally:
            proxy.shutdown()
            thread.join()
