"""Assertions about requests, and how they explain themselves."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import ANY

import pytest

from django_zcrm.testing import ZCRMEmulator, emulate


@pytest.fixture
def zoho() -> Iterator[ZCRMEmulator]:
    with emulate() as emulator:
        client = emulator.client()
        client.records.create("Leads", [{"Last_Name": "Wong", "City": "Bonn"}])
        client.records.create("Leads", [{"First_Name": "Nobody"}])
        client.records.list("Leads", fields=["City"], per_page=5)
        yield emulator


def explanation(zoho: ZCRMEmulator, method: str, path: str, **expected: object) -> list[str]:
    with pytest.raises(AssertionError) as caught:
        zoho.assert_called(method, path, **expected)  # type: ignore[arg-type]
    return str(caught.value).splitlines()


def test_assert_called_returns_matching_request(zoho: ZCRMEmulator) -> None:
    body = {"data": [{"Last_Name": "Wong", "City": "Bonn"}]}
    request = zoho.assert_called("post", "/crm/*/Leads", json=body, times=1)
    assert str(request) == "POST /crm/v8/Leads -> 201"
    zoho.assert_called("POST", "/crm/v8/Leads", json={"data": [{"Last_Name": ANY, "City": "Bonn"}]})
    zoho.assert_called("POST", "/crm/v8/Leads", status=400)
    zoho.assert_called("GET", "/crm/v8/Leads", params={"per_page": "5"}, headers={"Accept": "*/*"})
    zoho.assert_called("POST", "/crm/v8/Leads", times=2)
    zoho.assert_not_called("POST", "/crm/v8/Leads", status=500)
    zoho.assert_not_called("DELETE", "*")
    with pytest.raises(ValueError, match="assert_not_called"):
        zoho.assert_called("DELETE", "*", times=0)


def test_explanation_without_matching_request_lists_requests(zoho: ZCRMEmulator) -> None:
    assert explanation(zoho, "PUT", "/crm/v8/Leads") == [
        "PUT /crm/v8/Leads was not called at all.",
        "Called:",
        "  POST /crm/v8/Leads -> 201",
        "  POST /crm/v8/Leads -> 400",
        "  GET /crm/v8/Leads?fields=City&per_page=5 -> 200",
    ]
    zoho.forget_requests()
    assert explanation(zoho, "PUT", "*")[1] == "Nothing was called."


def test_failure_shows_closest_request_and_difference(zoho: ZCRMEmulator) -> None:
    body = {"data": [{"Last_Name": "Wang", "City": "Bonn"}]}
    lines = explanation(zoho, "POST", "/crm/v8/Leads", json=body)
    assert lines[:2] == [
        "POST /crm/v8/Leads was not called as expected.",
        "The request was (the closest of 2 calls): POST /crm/v8/Leads -> 201",
    ]
    assert '  -      "Last_Name": "Wang"' in lines
    assert '  +      "Last_Name": "Wong"' in lines
    assert not any("City" in line for line in lines if line[2] in "+-")


def test_each_part_that_differs_is_shown(zoho: ZCRMEmulator) -> None:
    lines = explanation(
        zoho, "GET", "/crm/v8/Leads", params={"per_page": "6", "fields": "City"}, status=204
    )
    assert lines[1] == "The request was: GET /crm/v8/Leads?fields=City&per_page=5 -> 200"
    assert {'  -  "per_page": "6"', '  +  "per_page": "5"', "  -204", "  +200"} <= set(lines)


def test_assert_called_checks_the_count(zoho: ZCRMEmulator) -> None:
    first, *_ = explanation(zoho, "POST", "/crm/v8/Leads", times=3)
    assert first == "POST /crm/v8/Leads was called twice, not 3 times, as expected."
    first, *_ = explanation(zoho, "POST", "/crm/v8/Leads", times=1)
    assert first == "POST /crm/v8/Leads was called twice, not once, as expected."
    with pytest.raises(AssertionError, match="was called once, and should not have been"):
        zoho.assert_not_called("GET", "/crm/v8/Leads")


def test_things_that_are_no_json_are_shown_too(zoho: ZCRMEmulator) -> None:
    lines = explanation(zoho, "POST", "/crm/v8/Leads", json={"data": ANY, "trigger": []})
    assert any("<ANY>" in line for line in lines)


def test_no_secret_is_shown(zoho: ZCRMEmulator) -> None:
    token = zoho.access_token()
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    zoho.session().post(f"{zoho.url}/oauth/v2/token", data={"refresh_token": token})
    zoho.session().get(f"{zoho.url}/crm/v8/org", params={"token": token}, headers=headers)
    texts = [repr(request) + str(request.headers) + str(request.form) for request in zoho.requests]
    assert not any(token in text for text in texts)


def test_long_logs_are_cut(zoho: ZCRMEmulator) -> None:
    for _ in range(30):
        zoho.session().get(f"{zoho.url}/crm/v8/org")
    lines = explanation(zoho, "PUT", "*")
    assert lines[1] == "Called (13 earlier ones left out):"
    assert len(lines) == 22
