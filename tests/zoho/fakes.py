"""Stand-ins for what a session needs: a token source, and a transport without a network."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django_zcrm.zoho.auth.tokens import AccessToken
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.http.messages import Headers, ZohoRequest, ZohoResponse
from django_zcrm.zoho.secret import Secret

BASE = "https://zoho.test"


def make_response(value: Any = None, status: int = 200, **headers: str) -> ZohoResponse:
    """Make a response: a value as JSON, bytes as they are, an empty body for None."""
    content = b"" if value is None else value if isinstance(value, bytes) else _json(value)
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return ZohoResponse(status, Headers({"content-type": "application/json", **names}), content)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def refusal(code: str, status: int = 400, **details: Any) -> ZohoResponse:
    body = {"code": code, "message": "no", "details": details, "status": "error"}
    return make_response(body, status)


Answer = ZohoResponse | Exception | Callable[[ZohoRequest], ZohoResponse]


class FakeTransport:
    """Answers with the given responses in order, repeating the last; records the requests."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.sent: list[ZohoRequest] = []
        self.urls: list[str] = []
        self.timeouts: list[tuple[float, float]] = []

    def send(
        self, base_url: str, request: ZohoRequest, timeout: tuple[float, float]
    ) -> ZohoResponse:
        self.sent.append(request)
        self.urls.append(base_url)
        self.timeouts.append(timeout)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        response = answer if isinstance(answer, ZohoResponse) else answer(request)
        response.operation = request.operation
        return response

    @property
    def last(self) -> ZohoRequest:
        return self.sent[-1]

    @property
    def query(self) -> dict[str, str]:
        return dict(self.last.params)

    @property
    def body(self) -> Any:
        return None if self.last.body is None else json.loads(self.last.body)


class FakeTokens:
    """A token source that makes `token-1`, `token-2` and so on."""

    def __init__(self, api_url: str = BASE) -> None:
        self.api_url = api_url
        self.number = 1
        self.renewals = 0

    def current(self) -> AccessToken:
        return AccessToken(
            Secret(f"token-{self.number}"), self.api_url, self.api_url, accounts_url=self.api_url
        )

    def renew(self, refused: AccessToken) -> AccessToken:
        self.renewals += 1
        self.number += 1
        return self.current()


def session(transport: Any, version: str = "v8", **options: Any) -> Session:
    return Session(options.pop("tokens", FakeTokens()), transport, version=version, **options)


def client(*answers: Answer, version: str = "v8", **options: Any) -> tuple[Client, FakeTransport]:
    """Return a client and the fake transport that it sends with."""
    transport = FakeTransport(*answers)
    return Client(session(transport, version, **options)), transport


def outcome(number: int, code: str = "SUCCESS") -> dict[str, Any]:
    """Return the part of a response about one item: its number as its id, or a refusal."""
    status = "success" if code == "SUCCESS" else "error"
    details = {"id": str(number)} if code == "SUCCESS" else {"api_name": "Email"}
    return {"code": code, "message": "m", "details": details, "status": status}
