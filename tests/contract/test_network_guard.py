"""Tests cannot reach other machines, but can talk to servers on this one."""

from __future__ import annotations

import socket

import pytest
import requests

from tests.conftest import NetworkBlocked


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.com", 443)])
def test_foreign_hosts_are_refused(address: tuple[str, int]) -> None:
    with pytest.raises(NetworkBlocked, match=address[0]):
        socket.create_connection(address, timeout=1)


def test_socket_opened_directly_is_refused() -> None:
    with socket.socket() as mine, pytest.raises(NetworkBlocked):
        mine.connect(("192.0.2.1", 80))


def test_http_clients_do_not_take_the_refusal_for_a_bad_line() -> None:
    with pytest.raises(NetworkBlocked):
        requests.get("https://accounts.zoho.com/", timeout=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_allowed(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()
