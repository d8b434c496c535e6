"""Stands in for the transport where the host matters: the emulator has only one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django_zcrm.zoho.http import Request, Response


@dataclass
class FakeZoho:
    """Answers token calls with `answer` and the rest with 204; records what was sent where."""

    answer: dict[str, Any] = field(default_factory=dict)
    sent: list[tuple[str, Request]] = field(default_factory=list)

    def send(self, base_url: str, request: Request, timeout: tuple[float, float]) -> Response:
        """Record and answer a request."""
        self.sent.append((base_url, request))
        response = Response(status=204, operation=request.operation)
        if request.path == "/oauth/v2/token":
            body = {"access_token": "1000.a", "refresh_token": "1000.r", **self.answer}
            response.status, response.content = 200, json.dumps(body).encode()
        return response

    @property
    def hosts(self) -> set[str]:
        """The base URLs that were called."""
        return {base_url for base_url, _ in self.sent}

    def form(self) -> dict[str, str]:
        """The form of the token call."""
        return dict(self.sent[0][1].form)
