"""Lets httpx talk to the emulator in the same process, for `crm.aio`.

Needs the extra `[async]`.
"""

from __future__ import annotations

import asyncio

import httpx

from django_zcrm.emulator import Emulator

from .wsgi import ConnectionDropped, exchange


class EmulatorTransport(httpx.AsyncBaseTransport):
    """Sends requests to `emulator`, which answers in a thread as a server would."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request. Raises what a socket would, as the adapter for requests does."""
        body = await request.aread()
        try:
            answer = await asyncio.to_thread(
                exchange,
                self.emulator,
                request.method,
                str(request.url),
                request.headers.items(),
                body,
            )
        except ConnectionDropped:
            raise httpx.RemoteProtocolError("dropped by a fault", request=request) from None
        read_timeout = request.extensions.get("timeout", {}).get("read")
        if read_timeout is not None and answer.seconds > read_timeout:
            raise httpx.ReadTimeout("the emulator took too long", request=request)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=httpx.ByteStream(answer.body)
        )
