"""The steps of plans that read and write records, and their blocking and async execution.

A plan is a generator, like the plans of a call but one level above: its steps are whole calls. It
yields steps, receives their outcomes, and returns its result. It yields records as `Rows`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeVar

from ..calls.metadata import ModuleFields
from ..errors import ConfigurationError, UnknownField
from ..http.pauses import apause, pause
from ..operations.operation import Operation
from .options import Options

if TYPE_CHECKING:
    from ..calls.plans import Planner
    from ..calls.session import Session

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Perform:
    """Perform an operation; the outcome is its result."""

    operation: Operation
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadFields:
    """Look up the fields of a module; the outcome is a ModuleFields."""

    module: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Yield some rows; there is no outcome."""

    rows: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Save:
    """Write a download into an open file."""

    download: Any
    file: IO[bytes]


@dataclass(frozen=True, slots=True)
class CallFunction:
    """Call a function that reads files, in a thread when awaited; the outcome is its result."""

    function: Callable[[], Any]


coql_log: ContextVar[list[str] | None] = ContextVar("coql_log", default=None)
"""Where the COQL of record sets is written while a tool for developers watches; usually None."""


def _log_coql(arguments: Mapping[str, Any]) -> None:
    log = coql_log.get()
    if log is not None and "select_query" in arguments:
        log.append(str(arguments["select_query"]))


QueryStep = Perform | ReadFields | Rows | Wait | Save | CallFunction
QueryPlan = Generator[QueryStep, Any, T]


def collect(plan: QueryPlan[None], take: Callable[[Sequence[Any]], None]) -> QueryPlan[None]:
    """Run a plan as part of another one; `take` gets its rows."""
    try:
        step = next(plan)
        while True:
            if isinstance(step, Rows):
                take(step.rows)
                step = next(plan)
                continue
            try:
                outcome = yield step
            except Exception as error:
                step = plan.throw(error)
            else:
                step = plan.send(outcome)
    except StopIteration:
        return
    finally:
        plan.close()


@dataclass(frozen=True)
class _Result:
    value: Any


class AsyncPerforms(Protocol):
    """The part of an asynchronous session that record sets need."""

    @property
    def planner(self) -> Planner:
        """The planner of its calls."""
        ...

    @property
    def tokens(self) -> object:
        """The source of its tokens, which equals that of any session of the same connection."""
        ...

    async def call(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        """Perform an operation and return its result."""
        ...

    async def module_fields(self, module: str) -> ModuleFields:
        """Return a module's fields; cached."""
        ...


class RecordSource:
    """The sessions of record sets; the source of an asynchronous client has no `session`."""

    def __init__(
        self,
        session: Session | None,
        open_async: Callable[[], AsyncPerforms],
        options: Options,
    ) -> None:
        self._session = session
        self._open_async = open_async
        self.options = options

    @property
    def version(self) -> float:
        """The version of the API."""
        return self._planner.api

    @property
    def _planner(self) -> Planner:
        return (self._session or self._open_async()).planner

    @property
    def _tokens(self) -> object:
        return (self._session or self._open_async()).tokens

    def is_same_as(self, other: RecordSource) -> bool:
        """Return whether both read through the same connection."""
        return self is other or self._tokens == other._tokens

    def _blocking_session(self) -> Session:
        if self._session is None:
            raise ConfigurationError(
                "This record set is asynchronous: use `async for`, or methods such as aget()."
            )
        return self._session

    async def _async_session(self) -> AsyncPerforms:
        return self._open_async()

    def get_cached_fields(self, module: str) -> ModuleFields | None:
        """Return a module's fields if they are cached."""
        return self._planner.lookups.get_cached_fields(module)

    def run(self, plan: QueryPlan[T], awaited: str = "") -> T:
        """Run a plan without rows, and return its result.

        `awaited` names the awaitable alternative, for the error where blocking is not allowed.
        """
        for item in self._execute(plan, awaited):
            if isinstance(item, _Result):
                result: T = item.value
                return result
        raise AssertionError("a plan ends with a result")

    def stream(self, plan: QueryPlan[None], awaited: str = "") -> Iterator[Sequence[Any]]:
        """Run a plan, yielding its rows as they arrive; `awaited` as in `run`."""
        for item in self._execute(plan, awaited):
            if not isinstance(item, _Result):
                yield item

    async def arun(self, plan: QueryPlan[T]) -> T:
        """Async version of `run`."""
        async for item in self._execute_async(plan):
            if isinstance(item, _Result):
                result: T = item.value
                return result
        raise AssertionError("a plan ends with a result")

    async def astream(self, plan: QueryPlan[None]) -> AsyncIterator[Sequence[Any]]:
        """Async version of `stream`."""
        async for item in self._execute_async(plan):
            if not isinstance(item, _Result):
                yield item

    def _execute(self, plan: QueryPlan[Any], awaited: str) -> Iterator[Sequence[Any] | _Result]:
        self.options.check_may_block(awaited)
        session = self._blocking_session()
        try:
            step = next(plan)
            while True:
                outcome: Any = None
                try:
                    match step:
                        case Perform(operation, arguments):
                            _log_coql(arguments)
                            outcome = session.call(operation, arguments)
                        case ReadFields(module):
                            outcome = session.module_fields(module)
                        case Wait(seconds):
                            pause(seconds)
                        case Save(download, file):
                            download.save(file)
                        case CallFunction(function):
                            outcome = function()
                        case Rows(rows):
                            yield rows
                except Exception as error:
                    step = plan.throw(error)
                else:
                    step = plan.send(outcome)
        except StopIteration as finished:
            yield _Result(finished.value)
        except UnknownField as error:
            if isinstance(error, self.options.unknown_field):
                raise
            raise self.options.unknown_field(*error.args) from None
        finally:
            plan.close()

    async def _execute_async(self, plan: QueryPlan[Any]) -> AsyncIterator[Sequence[Any] | _Result]:
        session = await self._async_session()
        try:
            step = next(plan)
            while True:
                outcome: Any = None
                try:
                    match step:
                        case Perform(operation, arguments):
                            _log_coql(arguments)
                            outcome = await session.call(operation, arguments)
                        case ReadFields(module):
                            outcome = await session.module_fields(module)
                        case Wait(seconds):
                            await apause(seconds)
                        case Save(download, file):
                            async for piece in download:
                                await asyncio.to_thread(file.write, piece)
                        case CallFunction(function):
                            outcome = await asyncio.to_thread(function)
                        case Rows(rows):
                            yield rows
                except Exception as error:
                    step = plan.throw(error)
                else:
                    step = plan.send(outcome)
        except StopIteration as finished:
            yield _Result(finished.value)
        except UnknownField as error:
            if isinstance(error, self.options.unknown_field):
                raise
            raise self.options.unknown_field(*error.args) from None
        finally:
            plan.close()
