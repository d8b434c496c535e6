"""Sends with a session of requests, for hosts behind a proxy and for mounted adapters.

Only this module imports requests. Other calls use urllib3 directly, at a third of the cost.
"""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3 import BaseHTTPResponse, HTTPResponse, PoolManager, Retry
from urllib3.exceptions import HTTPError

from ...errors import TransportError
from .deadlines import with_deadlines
from .failures import cause_of, failure, transport_error, unsent
from .outgoing import POOL_SIZE, Body, certificates


class DeadlineAdapter(HTTPAdapter):
    """An adapter whose connections observe `replies_at_once`."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        _observe_deadlines(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the pools of connections through a proxy."""
        if proxy not in self.proxy_manager:
            _observe_deadlines(super().proxy_manager_for(proxy, **kwargs))
        return self.proxy_manager[proxy]


def _observe_deadlines(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = with_deadlines(manager.pool_classes_by_scheme)


class _Session(requests.Session):
    """A session that sends a single request and ignores redirects.

    To follow a redirect, requests would first read its whole body, of any size.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: there is nothing to follow."""


def open_session(base_url: str) -> requests.Session:
    """Return a session for one host.

    It keeps no state between calls. Cookies would connect calls of different tenants, and .netrc
    would replace Authorization.
    """
    session = _Session()
    # Proxies are read from the environment once: reading it for each call costs more than the rest.
    session.trust_env = False
    session.proxies.update(get_environ_proxies(base_url))
    session.verify = certificates()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.clear()
    adapter = DeadlineAdapter(
        pool_connections=4, pool_maxsize=POOL_SIZE, max_retries=Retry(0, read=False)
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class SessionSender:
    """Sends with a session."""

    def __init__(self, session: requests.Session) -> None:
        self.session = session

    def send(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: Body,
        timeout: tuple[float, float],
        operation: str,
    ) -> BaseHTTPResponse:
        """Send one request, and return the response before its body is read.

        Raises TransportError and its subclasses, with frames that contain the headers.
        """
        session, prepared = self.session, requests.PreparedRequest()
        all_headers = {**session.headers, **headers}
        try:
            prepared.prepare(method=method, url=url, headers=all_headers, data=body)
        except (requests.RequestException, ValueError) as error:
            raise unsent(error, operation) from None
        try:
            response = session.send(
                prepared,
                timeout=timeout,
                stream=True,
                allow_redirects=False,
                proxies=session.proxies,
                verify=session.verify,
            )
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise _failure(error, operation) from None
        # An adapter that replaces a server may return no raw response.
        if isinstance(response.raw, BaseHTTPResponse):
            return response.raw
        content = BytesIO(response.content)
        return HTTPResponse(content, response.headers, response.status_code, preload_content=False)

    def close(self) -> None:
        """Close its connections; later calls open new ones."""
        self.session.close()


def _failure(error: Exception, operation: str) -> TransportError:
    """Translate an error, by the exception of urllib3 within if that is more specific."""
    if isinstance(error, requests.ConnectTimeout):
        return transport_error("connect_timeout", operation)
    if isinstance(error, requests.Timeout):
        return transport_error("read_timeout", operation)
    if isinstance(error, requests.exceptions.ProxyError):
        return transport_error("proxy", operation)
    if isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        cause = cause_of(error)  # urllib3's exception
        cause = getattr(cause, "reason", cause)
        return failure(cause if isinstance(cause, HTTPError) else HTTPError(), operation)
    return failure(error, operation)
