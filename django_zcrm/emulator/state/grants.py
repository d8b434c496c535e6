"""The grants of users to clients: codes, refresh tokens, access tokens and their limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from hmac import compare_digest

from .clock import Clock
from .ids import Ids

CLIENT_ID = "1000.EMULATORCLIENT"
CLIENT_SECRET = "emulator-secret"  # noqa: S105 - public: it is how one gets into the emulator

CODE_LIFE = 120.0
"""Seconds. Zoho's pages say 1, 2 and 3 minutes; Accounts and v3-v5 say two."""
ACCESS_TOKEN_LIFE = 3600.0
MAX_ACCESS_TOKENS = 15
"""Per refresh token (Zoho docs v8 token-validity)."""
MAX_REFRESH_TOKENS = 20
"""Per user and client (Zoho docs v8 token-validity)."""
THROTTLE_WINDOW = 600.0
MAX_IN_WINDOW = 10
"""Codes per client, and access tokens per refresh token, in ten minutes (Kaizen #43)."""
MAX_TOKENS = 10_000
"""Dead access tokens are dropped once there are this many tokens."""


class OAuthError(Exception):
    """An error response of the accounts server; ``code`` is its code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Throttled(Exception):
    """Too many tokens in the window."""


@dataclass
class RegisteredClient:
    """A registered client. Without ``redirect_uris`` any loopback URI is accepted.

    ``secrets`` are the secrets of data centres that have a different one; ``data_centers`` are
    those where the client is enabled, None for all.
    """

    id: str
    secret: str
    name: str
    redirect_uris: tuple[str, ...] = ()
    secrets: dict[str, str] = field(default_factory=dict)
    data_centers: tuple[str, ...] | None = None

    def is_enabled_in(self, data_center: str) -> bool:
        """Return whether this client is enabled in a data centre; always true for ""."""
        return not data_center or self.data_centers is None or data_center in self.data_centers


@dataclass(frozen=True)
class Consent:
    """A user's consent: these scopes for this client in this organisation.

    Valid only in the organisation's data centre.
    """

    client_id: str
    email: str
    org_id: str
    scopes: tuple[str, ...]
    data_center: str = ""

    @property
    def parties(self) -> tuple[str, str, str]:
        """The user and the client; the number of refresh tokens is limited for each such pair."""
        return self.client_id, self.email, self.data_center

    def is_valid_in(self, data_center: str) -> bool:
        """Return whether this was granted in a data centre; always true for ""."""
        return data_center in ("", self.data_center)


@dataclass
class Code:
    """A grant code. ``redirect_uri`` is None for self-client codes, which fit any."""

    code: str
    consent: Consent
    redirect_uri: str | None
    gives_refresh_token: bool
    expires_at: float


@dataclass
class RefreshToken:
    """A refresh token and the live access tokens made from it, oldest first."""

    token: str
    consent: Consent
    access_tokens: list[str] = field(default_factory=list)
    minted_at: list[float] = field(default_factory=list)


@dataclass
class AccessToken:
    """An access token with its consent and its end (epoch seconds)."""

    token: str
    consent: Consent
    expires_at: float
    evicted: bool = False

    @property
    def scopes(self) -> tuple[str, ...]:
        return self.consent.scopes


@dataclass(frozen=True)
class Tokens:
    """The result of an exchange or a refresh."""

    access: AccessToken
    refresh: RefreshToken | None


class GrantStore:
    """All grants. ``throttle_codes`` and ``throttle_refreshes`` enable the two rate limits."""

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        *,
        throttle_codes: bool = False,
        throttle_refreshes: bool = False,
    ) -> None:
        self._clock = clock
        self._ids = ids
        self.throttle_codes = throttle_codes
        self.throttle_refreshes = throttle_refreshes
        self.clients: dict[str, RegisteredClient] = {}
        self.codes: dict[str, Code] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.access_tokens: dict[str, AccessToken] = {}
        self.code_times: dict[str, list[float]] = {}

    def client(
        self, client_id: str, secret: str | None = None, *, data_center: str = ""
    ) -> RegisteredClient:
        """Return the client with this id; the secret, if given, must match. Raises OAuthError."""
        client = self.clients.get(client_id)
        if client is None or not client.is_enabled_in(data_center):
            raise OAuthError("invalid_client")
        expected = client.secrets.get(data_center, client.secret)
        if secret is not None and not compare_digest(expected.encode(), secret.encode()):
            raise OAuthError("invalid_client_secret")
        return client

    def grant_code(
        self,
        consent: Consent,
        *,
        redirect_uri: str | None,
        offline: bool,
        force_consent: bool = False,
        life: float = CODE_LIFE,
    ) -> Code:
        """Issue a code. Raises Throttled when that limit is enabled.

        A refresh token is issued for the first offline consent of a user to a client, with
        ``prompt=consent``, and always for self-client codes.
        """
        now = self._clock.time()
        if self.throttle_codes:
            self._count(self.code_times.setdefault(consent.client_id, []), now)
        first = not any(
            refresh.consent.parties == consent.parties for refresh in self.refresh_tokens.values()
        )
        gives_refresh = redirect_uri is None or (offline and (first or force_consent))
        code = Code(self._ids.token(), consent, redirect_uri, gives_refresh, now + life)
        self.codes = {key: old for key, old in self.codes.items() if old.expires_at > now}
        self.codes[code.code] = code
        return code

    def exchange(
        self, client: RegisteredClient, code: str, redirect_uri: str, *, data_center: str = ""
    ) -> Tokens:
        """Exchange a code, which can be used only once, for tokens. Raises OAuthError."""
        grant = self.codes.get(code)
        if (
            grant is None
            or grant.expires_at <= self._clock.time()
            or grant.consent.client_id != client.id
            or not grant.consent.is_valid_in(data_center)
        ):
            raise OAuthError("invalid_code")
        if grant.redirect_uri is not None and grant.redirect_uri != redirect_uri:
            raise OAuthError("invalid_redirect_uri")
        del self.codes[code]
        if not grant.gives_refresh_token:
            return Tokens(self._issue_access_token(grant.consent), None)
        refresh = self._issue_refresh_token(grant.consent)
        return Tokens(self._issue_access_token(grant.consent, refresh), refresh)

    def refresh(self, client: RegisteredClient, token: str, *, data_center: str = "") -> Tokens:
        """Issue a new access token. Raises OAuthError, or Throttled when that limit is enabled."""
        refresh = self.refresh_tokens.get(token)
        if (
            refresh is None
            or refresh.consent.client_id != client.id
            or not refresh.consent.is_valid_in(data_center)
        ):
            raise OAuthError("invalid_code")
        if self.throttle_refreshes:
            self._count(refresh.minted_at, self._clock.time())
        return Tokens(self._issue_access_token(refresh.consent, refresh), None)

    def revoke(self, token: str) -> None:
        """Revoke a refresh token with its access tokens, or one access token. Raises OAuthError."""
        if token in self.refresh_tokens:
            refresh = self.refresh_tokens.pop(token)
            for access in refresh.access_tokens:
                self.access_tokens.pop(access, None)
        elif token in self.access_tokens:
            self._remove_access_token(token)
        else:
            raise OAuthError("invalid_token")

    def withdraw(self, email: str | None) -> int:
        """Revoke all grants of a user (None: of everyone); return how many refresh tokens."""
        tokens = [
            token
            for token, refresh in self.refresh_tokens.items()
            if email in (None, refresh.consent.email)
        ]
        for token in tokens:
            self.revoke(token)
        # Those of online access have no refresh token.
        self.access_tokens = {
            token: access
            for token, access in self.access_tokens.items()
            if access.evicted or email not in (None, access.consent.email)
        }
        return len(tokens)

    def expire(self, token: str) -> None:
        """Let an access token expire now; unknown ones are ignored."""
        access = self.access_tokens.get(token)
        if access is not None:
            access.expires_at = self._clock.time()

    def is_live(self, access: AccessToken, data_center: str) -> bool:
        """Return whether an access token is still valid, and valid in a data centre."""
        return (
            not access.evicted
            and access.expires_at > self._clock.time()
            and access.consent.is_valid_in(data_center)
        )

    def _issue_access_token(
        self, consent: Consent, refresh: RefreshToken | None = None
    ) -> AccessToken:
        now = self._clock.time()
        if len(self.access_tokens) >= MAX_TOKENS:
            self.access_tokens = {
                key: old for key, old in self.access_tokens.items() if old.expires_at > now
            }
        access = AccessToken(self._ids.token(), consent, now + ACCESS_TOKEN_LIFE)
        self.access_tokens[access.token] = access
        if refresh is not None:
            live_tokens = (self.access_tokens.get(token) for token in refresh.access_tokens)
            live = [old for old in live_tokens if old is not None and old.expires_at > now]
            while len(live) >= MAX_ACCESS_TOKENS:
                live.pop(0).evicted = True
            refresh.access_tokens = [*(old.token for old in live), access.token]
        return access

    def _issue_refresh_token(self, consent: Consent) -> RefreshToken:
        refresh = RefreshToken(self._ids.token(), consent)
        others = [
            old for old in self.refresh_tokens.values() if old.consent.parties == consent.parties
        ]
        for oldest in others[: max(0, len(others) - MAX_REFRESH_TOKENS + 1)]:
            self.revoke(oldest.token)
        self.refresh_tokens[refresh.token] = refresh
        return refresh

    def _remove_access_token(self, token: str) -> None:
        del self.access_tokens[token]
        for refresh in self.refresh_tokens.values():
            if token in refresh.access_tokens:
                refresh.access_tokens.remove(token)

    @staticmethod
    def _count(times: list[float], now: float) -> None:
        """Count one in a ten-minute window that starts with its first (Kaizen #43)."""
        if times and now - times[0] >= THROTTLE_WINDOW:
            times.clear()
        if len(times) >= MAX_IN_WINDOW:
            raise Throttled
        times.append(now)
