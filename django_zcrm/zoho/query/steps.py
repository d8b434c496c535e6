"""The steps of reading and writing records, and how they are done: blocking, or awaited.

A plan is a generator, as those of a call are (`..plans`), one level above: its steps are whole
calls. It yields steps, is sent their outcomes, and returns its result; records come out on the way
as `Rows`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeVar

from ..errors import ConfigurationError, Forbidden
from ..metadata import ModuleFields
from ..operation import Operation
from ..pauses import apause, pause
from .options import Options

if TYPE_CHECKING:
    from ..plans import Planner
    from ..session import Session

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Perform:
    """Perform an operation; the outcome is its result."""

    operation: Operation
    given: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadFields:
    """Find out which fields a module has; the outcome is a ModuleFields."""

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
    """Write what is downloaded into an open file."""

    download: Any
    file: IO[bytes]


@dataclass(frozen=True, slots=True)
class CallFunction:
    """Call a function that reads files, in a thread when awaited; the outcome is its result."""

    function: Callable[[], Any]


Step = Perform | ReadFields | Rows | Wait | Save | CallFunction
Plan = Generator[Step, Any, T]


def collected(plan: Plan[None], take: Callable[[Sequence[Any]], None]) -> Plan[None]:
    """Run a plan as part of another one; `take` gets its rows."""
    try:
        step = next(plan)
        while True:
            if isinstance(step, Rows):
                take(step.rows)
                step = next(plan)
                continue
            try:
                done = yield step
            except Exception as error:
                step = plan.throw(error)
            else:
                step = plan.send(done)
    except StopIteration:
        return
    finally:
        plan.close()


def _name_scopes(step: Step, error: Exception) -> None:
    """Name the scopes of a call in its Forbidden error, as record sets choose the call."""
    if not isinstance(step, Perform) or not isinstance(error, Forbidden):
        return
    if error.code == "OAUTH_SCOPE_MISMATCH" and step.operation.scopes:
        scopes = [scope.replace(".{module}", "") for scope in step.operation.scopes]
        error.say(f"{error.message}; this call takes {' and '.join(scopes)}")


@dataclass(frozen=True)
class _Result:
    value: Any


class AsyncPerforms(Protocol):
    """A session whose calls are awaited, as far as record sets need it."""

    @property
    def planner(self) -> Planner:
        """The planner of its calls."""
        ...

    async def call(self, operation: Operation, given: dict[str, Any]) -> Any:
        """Perform an operation and return its result."""
        ...

    async def module_fields(self, module: str) -> ModuleFields:
        """Return a module's fields; cached."""
        ...


class RecordSource:
    """The sessions by which record sets read; that of an asynchronous client has no `session`."""

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

    def _blocking_session(self) -> Session:
        if self._session is None:
            raise ConfigurationError(
                "This record set is asynchronous: use `async for`, or methods such as aget()."
            )
        return self._session

    async def _async_session(self) -> AsyncPerforms:
        return self._open_async()

    def kept_fields(self, module: str) -> ModuleFields | None:
        """Return a module's fields if they are known already."""
        return self._planner.lookups.kept_fields(module)

    def run(self, plan: Plan[T], awaited: str = "") -> T:
        """Run a plan without rows, and return its result.

        `awaited` is what can be awaited instead, for the error where nothing may block.
        """
        for item in self._blocking(plan, awaited):
            if isinstance(item, _Result):
                result: T = item.value
                return result
        raise AssertionError("a plan ends with a result")

    def stream(self, plan: Plan[None], awaited: str = "") -> Iterator[Sequence[Any]]:
        """Run a plan, yielding its rows as they come; `awaited` as in `run`."""
        for item in self._blocking(plan, awaited):
            if not isinstance(item, _Result):
                yield item

    async def arun(self, plan: Plan[T]) -> T:
        """Async version of `run`."""
        async for item in self._awaiting(plan):
            if isinstance(item, _Result):
                result: T = item.value
                return result
        raise AssertionError("a plan ends with a result")

    async def astream(self, plan: Plan[None]) -> AsyncIterator[Sequence[Any]]:
        """Async version of `stream`."""
        async for item in self._awaiting(plan):
            if not isinstance(item, _Result):
                yield item

    def _blocking(self, plan: Plan[Any], awaited: str) -> Iterator[Sequence[Any] | _Result]:
        self.options.check_may_block(awaited)
        session = self._blocking_session()
        try:
            step = next(plan)
            while True:
                done: Any = None
                try:
                    match step:
                        case Perform(operation, given):
                            done = session.call(operation, given)
                        case ReadFields(module):
                            done = session.module_fields(module)
                        case Wait(seconds):
                            pause(seconds)
                        case Save(download, file):
                            download.save(file)
                        case CallFunction(function):
                            done = function()
                        case Rows(rows):
                            yield rows
                except Exception as error:
                    _name_scopes(step, error)
                    step = plan.throw(error)
                else:
                    step = plan.send(done)
        except StopIteration as finished:
            yield _Result(finished.value)
        finally:
            plan.close()

    async def _awaiting(self, plan: Plan[Any]) -> AsyncIterator[Sequence[Any] | _Result]:
        session = await self._async_session()
        try:
            step = next(plan)
            while True:
                done: Any = None
                try:
                    match step:
                        case Perform(operation, given):
                            done = await session.call(operation, given)
                        case ReadFields(module):
                            done = await session.module_fields(module)
                        case Wait(seconds):
                            await apause(seconds)
                        case Save(download, file):
                            async for piece in download:
                                await asyncio.to_thread(file.write, piece)
                        case CallFunction(function):
                            done = await asyncio.to_thread(function)
                        case Rows(rows):
                            yield rows
                except Exception as error:
                    _name_scopes(step, error)
                    step = plan.throw(error)
                else:
                    step = plan.send(done)
        except StopIteration as finished:
            yield _Result(finished.value)
        finally:
            plan.close()
