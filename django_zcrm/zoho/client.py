"""The client: every resource of the API as an attribute, loaded when it is first used."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .calls.session import Session
from .catalogue.loading import resource_class
from .catalogue.resource_table import Resources
from .errors import ConfigurationError
from .http.messages import Host
from .operations.raw_request import raw_request
from .operations.responses import RawResponse
from .operations.results import RecordDict
from .query.options import Options

if TYPE_CHECKING:
    from .aio import AsyncClient
    from .query.model import TypedRecord
    from .query.recordset import RecordSet
    from .sdk_tree import API

R = TypeVar("R", bound="TypedRecord")


class Client(Resources):
    """Zoho CRM through one connection.

    A client is immutable and thread-safe.
    """

    _session: Session

    def __init__(self, session: Session, options: Options | None = None) -> None:
        self.__dict__["_session"] = session
        self.__dict__["_options"] = options or Options()

    @property
    def session(self) -> Session:
        """The session that makes the calls."""
        return self._session

    @cached_property
    def API(self) -> API:
        """The hierarchy of Zoho's Node SDK, name by name."""
        from .sdk_tree import API  # only projects that migrate from the SDK need it

        return API(self.session)

    def request(
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
        stream: bool = False,
    ) -> RawResponse:
        """Send any request, with the same token, retries and errors as every other call.

        `path` begins with a slash and may contain `{version}`. `json` is the body; `data` and
        `files` are the fields and files of a form. Returns Zoho's unparsed response; with `stream`,
        its body is read on demand. Raises ConfigurationError for a malformed path or method.
        """
        return RawResponse(
            self.session.send(
                raw_request(
                    method,
                    path.replace("{version}", self.session.version),
                    params=params,
                    json=json,
                    data=data,
                    files=files,
                    headers=headers,
                    host=host,
                    stream=stream,
                )
            )
        )

    @overload
    def objects(self, model: str) -> RecordSet[RecordDict]: ...

    @overload
    def objects(self, model: type[R]) -> RecordSet[R]: ...

    def objects(self, model: str | type[Any]) -> RecordSet[Any]:
        """Return the records of a module as a record set, to be filtered, ordered and sliced.

        `model` is the API name of a module, whose rows are dicts, or a class of records
        (`django_zcrm.records`). The first request is sent when records are needed.
        """
        # Record sets take as long to load as all the rest of the client.
        from .query.model import Dicts
        from .query.recordset import RecordSet
        from .query.steps import RecordSource

        options: Options = self.__dict__["_options"]
        source = RecordSource(self.session, lambda: self.aio.session, options)
        record_class: Any = Dicts(model, options) if isinstance(model, str) else model
        return RecordSet(record_class, source)

    @cached_property
    def aio(self) -> AsyncClient:
        """The asynchronous client, as in `await crm.aio.records.get("Leads", id)`.

        Raises ConfigurationError when the extra [async] is not installed.
        """
        try:
            from .aio import async_client  # aiohttp is an extra, and slow to import
        except ModuleNotFoundError as error:
            if error.name != "aiohttp":
                raise
            raise ConfigurationError(
                "crm.aio needs aiohttp: pip install 'django-zcrm[async]'."
            ) from None
        return async_client(self.session, self.__dict__["_options"])

    if not TYPE_CHECKING:  # type checkers should see only the annotations

        def __getattr__(self, name: str) -> Any:
            # Only reached when the instance does not have it yet.
            resource = resource_class(name)
            return self.__dict__.setdefault(name, resource(self.session))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("A client does not change; make another one.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("A client does not change; make another one.")

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *Resources.__annotations__})

    def __repr__(self) -> str:
        return f"<Zoho CRM client, {self.session.version}>"
