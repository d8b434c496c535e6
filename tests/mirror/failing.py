"""A database whose connection is lost at a query of one's choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import OperationalError, connection


class FailingQuery:
    """Lets one query fail as a connection does that is lost before the query, or after it."""

    def __init__(self, number: int, is_response_lost: bool) -> None:
        self.number = number
        self.is_response_lost = is_response_lost
        self.left = number
        self.sql = ""

    @contextmanager
    def survived(self) -> Iterator[None]:
        """Let the query fail in the block; what that raises is no matter."""
        with suppress(OperationalError), connection.execute_wrapper(self):
            yield

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        self.left -= 1
        if self.left:
            return execute(sql, params, many, context)
        if self.is_response_lost:
            execute(sql, params, many, context)
        self.sql = sql
        raise OperationalError("lost")


def failing_queries(is_response_lost: bool) -> Iterator[FailingQuery]:
    """Yield the failure of each query of a block in turn, and one more that comes too late."""
    query = FailingQuery(1, is_response_lost)
    yield query
    while query.sql:
        query = FailingQuery(query.number + 1, is_response_lost)
        yield query
