"""Lets `crm.aio` talk to the emulator in the same process, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from django_zcrm.zoho.http import Request, Response
from django_zcrm.zoho.transports.blocking import RequestsTransport


class EmulatorTransport:
    """Sends by a blocking transport that finds the emulator, in a thread as a server would be."""

    def __init__(self, transport: RequestsTransport) -> None:
        self._transport = transport

    async def send(self, base_url: str, request: Request, timeout: tuple[float, float]) -> Response:
        """Return the reply. Raises what the blocking transport does."""
        reply = await asyncio.to_thread(self._transport.send, base_url, request, timeout)
        if reply.chunks is not None:
            content = await asyncio.to_thread(reply.read)

            async def pieces() -> AsyncIterator[bytes]:
                yield content

            reply.stream = pieces
        return reply
