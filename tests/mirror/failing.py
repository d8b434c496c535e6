"""A database whose connection is lost at a query of one's choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import OperationalError


class FailingQuery:
    """Lets one query fail as a connection does that is lost before the query, or after it."""

    def __init__(self, number: int, is_answer_lost: bool) -> None:
        self.left = number
        self.is_answer_lost = is_answer_lost
        self.sql = ""

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        self.left -= 1
        if self.left:
            return execute(sql, params, many, context)
        if self.is_answer_lost:
            execute(sql, params, many, context)
        self.sql = sql
        raise OperationalError("lost")
