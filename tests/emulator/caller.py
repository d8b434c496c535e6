"""A client of the emulator for its own tests: in-process, over WSGI, with an access token."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.test import Client

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.state.grants import CLIENT_ID, CLIENT_SECRET

ALL_SCOPES = (
    "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.ALL,ZohoCRM.org.ALL,"
    "ZohoCRM.coql.READ,ZohoCRM.bulk.ALL,ZohoCRM.notifications.ALL,ZohoCRM.files.CREATE,"
    "ZohoCRM.files.READ,ZohoCRM.functions.execute.READ,ZohoCRM.functions.execute.CREATE,"
    "ZohoSearch.securesearch.READ,AaaServer.profile.READ"
)
Response = Any
"""A werkzeug TestResponse; not typed as one, since its ``json`` is typed as optional."""
CALLBACK = "http://127.0.0.1:8000/zcrm/oauth/callback/"


class Caller:
    """Talks to one emulator as one client; ``token`` is sent with API calls."""

    def __init__(self, emulator: Emulator | None = None, **options: Any) -> None:
        self.emulator = emulator or Emulator(**{"data": "empty", **options})
        self.http: Any = Client(self.emulator)
        self.token: str | None = None

    def request(self, method: str, path: str, **kwargs: Any) -> Response:
        """Send a request, with the access token if there is one."""
        headers = dict(kwargs.pop("headers", {}))
        if self.token is not None:
            headers.setdefault("Authorization", f"Zoho-oauthtoken {self.token}")
        return self.http.open(path, method=method, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> Response:
        """Send a GET."""
        return self.request("GET", path, **kwargs)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> Response:
        """Send a POST, with a JSON body if ``json`` is given."""
        return self.request("POST", path, json=json, **kwargs)

    def grant_code(self, scope: str = ALL_SCOPES, **more: Any) -> str:
        """Return a self-client grant code."""
        answer = self.post("/emulator/grant-codes", {"scope": scope, **more})
        assert answer.status_code == 200, answer.text
        code: str = answer.json["code"]
        return code

    def exchange(self, code: str, **more: str) -> dict[str, Any]:
        """Return the token endpoint's answer to a code."""
        return self.ask_token(grant_type="authorization_code", code=code, **more)

    def refresh(self, refresh_token: str, **more: str) -> dict[str, Any]:
        """Return the token endpoint's answer to a refresh token."""
        return self.ask_token(grant_type="refresh_token", refresh_token=refresh_token, **more)

    def ask_token(self, **form: str) -> dict[str, Any]:
        """Return the token endpoint's answer to a form, sent with the built-in client's id."""
        form = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **form}
        answer = self.http.post("/oauth/v2/token", data=form)
        body: dict[str, Any] = answer.json
        return body

    def connect(self, scope: str = ALL_SCOPES, **more: Any) -> dict[str, Any]:
        """Get tokens and use the access token from now on."""
        tokens = self.exchange(self.grant_code(scope, **more))
        self.token = tokens["access_token"]
        return tokens

    def consent(self, **changes: str) -> Response:
        """Return what the browser gets when the first user accepts on the consent page."""
        org = self.emulator.zoho.organisation
        email = next(iter(org.users.values())).email
        return self.http.post(
            "/oauth/v2/auth",
            data={
                **authorisation(**changes),
                "account": f"{org.id}:{email}",
                "decision": "accept",
                **{
                    name: value
                    for name, value in changes.items()
                    if name in ("account", "decision")
                },
            },
        )


def make_caller(**options: Any) -> Caller:
    """A caller of a new emulator that has an access token for everything."""
    caller = Caller(**options)
    caller.connect()
    return caller


def authorisation(**changes: str) -> dict[str, str]:
    """The parameters of an authorisation request; an empty change removes one."""
    query = {
        "client_id": CLIENT_ID,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "ZohoCRM.modules.ALL",
        "access_type": "offline",
        "state": "a b&c/=ü",
        **changes,
    }
    return {name: value for name, value in query.items() if value}


def callback_of(answer: Response) -> dict[str, str]:
    """The parameters with which the browser is sent back."""
    assert answer.status_code == 302, answer.text
    target = urlsplit(answer.headers["Location"])
    assert answer.headers["Location"].startswith(CALLBACK)
    return {name: values[0] for name, values in parse_qs(target.query).items()}
