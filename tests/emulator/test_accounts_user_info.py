"""The accounts server's data about a user and about itself."""

from __future__ import annotations

from .caller import Caller, make_caller


def test_user_info_in_pascal_case() -> None:
    info = make_caller().get("/oauth/user/info")
    assert info.json == {
        "First_Name": "Mara",
        "Last_Name": "Lindqvist",
        "Display_Name": "Mara Lindqvist",
        "Email": "mara.lindqvist@brightwater.example",
        "ZUID": 700000001,
    }


def test_user_info_needs_a_token_and_its_scope() -> None:
    caller = Caller()
    assert caller.get("/oauth/user/info").status_code == 401
    caller.connect(scope="ZohoCRM.users.READ")
    assert caller.get("/oauth/user/info").json["code"] == "OAUTH_SCOPE_MISMATCH"


def test_discovery_names_existing_endpoints() -> None:
    caller = Caller()
    metadata = caller.get("/.well-known/openid-configuration").json
    for name in (
        "authorization_endpoint",
        "token_endpoint",
        "revocation_endpoint",
        "userinfo_endpoint",
        "dc_info",
    ):
        path = metadata[name].removeprefix("http://localhost")
        assert caller.get(path).status_code != 404
    assert caller.get("/oauth/serverinfo").json["locations"] == {"us": "http://localhost"}
