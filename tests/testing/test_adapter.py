"""The adapter: does what a socket would do, without one."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import requests

from django_zcrm.testing import ZCRMEmulator, emulate


@pytest.fixture
def zoho() -> Iterator[ZCRMEmulator]:
    with emulate() as zcrm_emulator:
        yield zcrm_emulator


@pytest.fixture
def http(zoho: ZCRMEmulator) -> requests.Session:
    session = zoho.session()
    session.headers["Authorization"] = f"Zoho-oauthtoken {zoho.access_token()}"
    return session


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":[{"Last_Name":"Wong"}]}',
        '{"data":[{"Last_Name":"Wong"}]}',
        BytesIO(b'{"data":[{"Last_Name":"Wong"}]}'),
        (part for part in (b'{"data":', b'[{"Last_Name":"Wong"}]}')),
    ],
    ids=["bytes", "text", "file", "chunks"],
)
def test_body_of_each_kind_is_sent(zoho: ZCRMEmulator, http: requests.Session, body: Any) -> None:
    answer = http.post(f"{zoho.url}/crm/v8/Leads", data=body)

    assert (answer.status_code, answer.reason) == (201, "Created")
    assert answer.json()["data"][0]["code"] == "SUCCESS"
    assert answer.headers["content-type"] == "application/json;charset=utf-8"


def test_queries_paths_and_uploads_reach_the_emulator(
    zoho: ZCRMEmulator, http: requests.Session
) -> None:
    lead = zoho.create("Leads", Last_Name="Ünal + Co")
    answer = http.get(f"{zoho.url}/crm/v8/Leads/search", params={"word": "Ünal + Co"[:4]})
    assert answer.json()["data"][0]["Last_Name"] == "Ünal + Co"

    files = {"file": ("größe.txt", b"content")}
    http.post(f"{zoho.url}/crm/v8/Leads/{lead['id']}/Attachments", files=files)
    [request] = [request for request in zoho.requests if request.files]
    assert (request.files[0]["filename"], request.files[0]["size"]) == ("größe.txt", 7)


def test_empty_and_streamed_responses_are_read(zoho: ZCRMEmulator, http: requests.Session) -> None:
    empty = http.get(f"{zoho.url}/crm/v8/Leads?fields=id")
    assert (empty.status_code, empty.content) == (204, b"")
    with http.get(f"{zoho.url}/crm/v8/org", stream=True) as answer:
        assert b"".join(answer.iter_content(10)).startswith(b'{"org"')


def test_dropped_connection_raises(zoho: ZCRMEmulator, http: requests.Session) -> None:
    zoho.fail_next("org.get", drop="before")
    with pytest.raises(requests.ConnectionError, match="Connection aborted"):
        http.get(f"{zoho.url}/crm/v8/org")
    assert zoho.requests[-1].status == 0


@pytest.mark.parametrize("timeout", [0.001, (5, 0.001)])
def test_late_response_raises_timeout(
    zoho: ZCRMEmulator, http: requests.Session, timeout: Any
) -> None:
    zoho.fail_next("org.get", delay_ms=20)
    with pytest.raises(requests.ReadTimeout):
        http.get(f"{zoho.url}/crm/v8/org", timeout=timeout)
