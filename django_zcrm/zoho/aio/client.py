"""The asynchronous client: the resources of the blocking one, over an asynchronous session."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from ..calls.session import Session
from ..catalogue.loading import resource_class
from ..catalogue.resource_table import Resources
from ..http.messages import Host
from ..http.transports.asynchronous import AiohttpTransport
from ..operations.raw_request import raw_request
from ..operations.responses import RawResponse
from ..operations.results import RecordDict
from ..query import Options, RecordSet
from ..query.model import Dicts, TypedRecord
from ..query.steps import RecordSource
from .session import AsyncSession

if TYPE_CHECKING:
    from .record_set import AsyncRecordSet
    from .resources import AsyncResources
else:
    AsyncRecordSet, AsyncResources = RecordSet, object

R = TypeVar("R", bound=TypedRecord)


class AsyncClient(AsyncResources):
    """Zoho CRM through one connection, asynchronously: `await crm.aio.records.get("Leads", id)`.

    It has the same resources and arguments as `Client`; every call returns a coroutine. Lists come
    as AsyncPage, files as AsyncDownload.
    """

    def __init__(self, session: AsyncSession, options: Options | None = None) -> None:
        self.session = session
        self._options = options or Options()

    @overload
    def objects(self, model: str) -> AsyncRecordSet[RecordDict]: ...

    @overload
    def objects(self, model: type[R]) -> AsyncRecordSet[R]: ...

    def objects(self, model: str | type[Any]) -> AsyncRecordSet[Any]:
        """Return the records of a module as a record set, for `async for` and `await`."""
        source = RecordSource(None, lambda: self.session, self._options)
        record_class: Any = Dicts(model, self._options) if isinstance(model, str) else model
        return cast("AsyncRecordSet[Any]", RecordSet(record_class, source))

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        host: Host = "api",
    ) -> RawResponse:
        """Send any request, with the same token, retries and errors as every other call.

        The arguments are those of `Client.request`; responses are not streamed.
        """
        request = raw_request(
            method,
            path.replace("{version}", self.session.version),
            params=params,
            json=json,
            data=data,
            files=files,
            headers=headers,
            host=host,
            stream=False,
        )
        return RawResponse(await self.session.send(request))

    if not TYPE_CHECKING:  # type checkers should see only what AsyncResources declares

        def __getattr__(self, name: str) -> Any:
            resource = resource_class(name)
            return self.__dict__.setdefault(name, resource(self.session))

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *Resources.__annotations__})

    def __repr__(self) -> str:
        return f"<Zoho CRM client for await, {self.session.version}>"


@cache
def _transport(user_agent: str) -> AiohttpTransport:
    """Return this process's transport for a user agent."""
    return AiohttpTransport(user_agent)


def async_client(session: Session, options: Options | None = None) -> AsyncClient:
    """Return the asynchronous client that shares a session's tokens, version and metadata."""
    transport = _transport(getattr(session.transport, "user_agent", "django-zcrm"))
    awaiting = AsyncSession(
        session.tokens,
        transport,
        session.planner,
        session.timeout,
        session.observer,
        session.limiter,
        session.caller,
    )
    return AsyncClient(awaiting, options)
