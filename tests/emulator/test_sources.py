"""Who may use the emulator's own paths: programs, its own pages, and no site in a browser."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from django_zcrm.emulator import Emulator
from tests.cases import check_each

from .caller import ALL_SCOPES, Caller, authorisation

CONTROL = (
    ("GET", "/emulator/health"),
    ("GET", "/emulator/requests?secrets=1"),
    ("POST", "/emulator/grant-codes"),
    ("POST", "/emulator/faults"),
    ("POST", "/emulator/reset"),
    ("DELETE", "/emulator/requests"),
)


def status(caller: Caller, method: str, path: str, **headers: str) -> int:
    """The status of a request whose body a form of any site could send, too."""
    body = f'{{"scope": "{ALL_SCOPES}"}}' if path.endswith("codes") else "[]"
    data: Any = {"data": body, "content_type": "text/plain"} if method == "POST" else {}
    # Not a test client: older ones raise for a host that is no address.
    request = EnvironBuilder(
        path, method=method, headers=list(headers.items()), **data
    ).get_environ()
    return int(run_wsgi_app(caller.http.application, request)[1].partition(" ")[0])


@check_each(
    "host",
    [
        "127.0.0.1:8900",
        "127.8.9.1",
        "[::1]:8900",
        "localhost:8900",
        "LOCALHOST",
        "zcrm-emulator.localhost",
        "192.168.1.5:8900",
        "emulator:8900",
        "www.zohoapis.com",
    ],
)
@check_each(("method", "path"), CONTROL)
def test_control_api_is_open_to_programs(method: str, path: str, host: str) -> None:
    assert status(Caller(), method, path, Host=host) == 200


@check_each(
    "host",
    [
        "evil.example",
        "evil.example:8900",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "notlocalhost.example",
        "x@127.0.0.1",
        "127.0.0.1, evil.example",
        "[::1",
        "[:::]",
        "a b",
    ],
)
@check_each(("method", "path"), [*CONTROL, ("GET", "/")])
def test_control_api_at_a_rebound_name_is_forbidden(method: str, path: str, host: str) -> None:
    caller = Caller()
    assert status(caller, method, path, Host=host) == 403
    assert caller.emulator.zoho.grants.codes == {}


@check_each(
    "origin",
    [
        "https://evil.example",
        "http://evil.example:8900",
        "http://127.0.0.1:8000",
        "http://127.0.0.1",
        "http://localhost:8900",
        "http://127.0.0.1:8900.evil.example",
        "http://evil.example/127.0.0.1:8900",
        "null",
        "",
    ],
)
@check_each(("method", "path"), CONTROL)
def test_control_api_from_another_origin_is_forbidden(method: str, path: str, origin: str) -> None:
    caller = Caller()
    assert status(caller, method, path, Host="127.0.0.1:8900", Origin=origin) == 403
    assert caller.emulator.zoho.grants.codes == {}


@check_each(("method", "path"), CONTROL)
def test_control_api_from_its_own_page_is_open(method: str, path: str) -> None:
    headers = {"Host": "127.0.0.1:8900", "Origin": "http://127.0.0.1:8900"}
    assert status(Caller(), method, path, **headers) == 200


@check_each(("method", "path"), CONTROL)
@check_each(
    "options",
    [{"allowed_hosts": ("Zoho.Dev.Example",)}, {"base_url": "https://zoho.dev.example:8443/x"}],
)
def test_control_api_at_an_allowed_host_is_open(
    options: dict[str, Any], method: str, path: str
) -> None:
    caller = Caller(**options)
    assert status(caller, method, path, Host="zoho.dev.example:8443") == 200
    # Behind a proxy that sets Host to the emulator's own address.
    origin = "https://zoho.dev.example"
    assert status(caller, method, path, Host="127.0.0.1:8900", Origin=origin) == 200
    assert status(caller, method, path, Host="evil.example") == 403


def test_forbidden_response_names_the_option() -> None:
    answer = Caller().http.get("/emulator/health", headers={"Host": "zoho.corp.example"})
    assert answer.json["code"] == "FORBIDDEN"
    assert "--allowed-host" in answer.json["message"]


def test_consent_page_at_an_invalid_host_is_no_500() -> None:
    path = f"/oauth/v2/auth?{urlencode(authorisation())}"
    assert status(Caller(), "GET", path, Host="[:::]") == 200


def test_zohos_own_paths_stay_open_to_any_host() -> None:
    caller = Caller()
    caller.connect()
    headers = {"Host": "zoho.corp.example", "Origin": "https://app.example"}
    assert caller.get("/crm/v8/org", headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", ""])  # noqa: S104 - that is what is tested
def test_listening_to_other_machines_logs_a_warning(
    host: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Emulator(data="empty").serve(host):
        pass
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("http://0.0.0.0:")
    assert "password" in record.getMessage()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.5"])
def test_listening_to_this_machine_logs_no_warning(
    host: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Emulator(data="empty").serve(host):
        pass
    assert caplog.records == []
