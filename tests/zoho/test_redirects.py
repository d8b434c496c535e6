from __future__ import annotations

import pytest

from django_zcrm.zoho.errors import (
    UnreadableResponse,
    ZohoError,
)
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from tests.zoho.live import client_of
from tests.zoho.server import Reply, Server, as_json, serving


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_within_the_host_is_followed_for_get(
    server: Server, transport: RequestsTransport, status: int
) -> None:
    server.script(Reply(status, headers={"Location": "/y?a=%2B"}), as_json({"ok": True}))
    crm = client_of(server, transport)
    assert crm.request("GET", "/x")["ok"]
    assert server.last.target == "/y?a=%2B"
    assert server.last.header("Authorization") == "Zoho-oauthtoken token-1"
    assert server.connections == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_refused_and_gets_no_token(
    server: Server, transport: RequestsTransport, status: int
) -> None:
    with serving() as other:
        server.script(Reply(status, headers={"Location": f"{other.url}/x"}))
        with pytest.raises(UnreadableResponse, match="not followed") as caught:
            client_of(server, transport, retries=2).request("GET", "/x")
        assert caught.value.status == status
        assert other.got == []
        assert other.connections == 0
    assert caught.value.operation == "GET /x"
    assert other.url not in str(caught.value)


@pytest.mark.parametrize(
    "location",
    [
        "//evil.test/x",
        "https://127.0.0.1/x",
        "http://user@127.0.0.1/x",
        "http://127.0.0.1.evil.test/",
        "ftp://127.0.0.1/x",
        "javascript:alert(1)",
        "http://[broken",
        "",
    ],
)
def test_redirects_that_are_not_followed(
    server: Server, transport: RequestsTransport, location: str
) -> None:
    server.script(Reply(302, headers={"Location": location} if location else {}))
    with pytest.raises(ZohoError):
        client_of(server, transport).request("GET", "/x")
    assert len(server.got) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_is_not_redirected(
    server: Server, transport: RequestsTransport, method: str
) -> None:
    server.script(Reply(307, headers={"Location": "/y"}))
    with pytest.raises(UnreadableResponse, match="not followed"):
        client_of(server, transport).request(method, "/x", json={})
    assert len(server.got) == 1


def test_a_loop_of_redirects_ends(server: Server, transport: RequestsTransport) -> None:
    server.script(Reply(302, headers={"Location": "/x"}))
    with pytest.raises(UnreadableResponse, match="loop"):
        client_of(server, transport, retries=2).users.list()
    assert len(server.got) == 4
