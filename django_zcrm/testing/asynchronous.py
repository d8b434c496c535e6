"""Lets `crm.aio` talk to the emulator in the same process, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from django_zcrm.zoho.http.messages import ZohoRequest, ZohoResponse
from django_zcrm.zoho.http.transports.blocking import RequestsTransport


class EmulatorTransport:
    """Sends by a blocking transport that finds the emulator, in a thread as a server would be."""

    def __init__(self, transport: RequestsTransport) -> None:
        self._transport = transport

    async def send(
        self, base_url: str, request: ZohoRequest, timeout: tuple[float, float]
    ) -> ZohoResponse:
        """Return the response. Raises the errors of the blocking transport."""
        response = await asyncio.to_thread(self._transport.send, base_url, request, timeout)
        if response.chunks is not None:
            content = await asyncio.to_thread(response.read)

            async def pieces() -> AsyncIterator[bytes]:
                yield content

            response.stream = pieces
        return response
