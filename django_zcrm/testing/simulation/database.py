"""A database in memory for the simulated site, restored to the same content for each history."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from django.apps import apps
from django.db import OperationalError, connections, router
from django.db.utils import load_backend

from .scheduler import ProcessKilled, Scheduler

ENGINE = "django.db.backends.sqlite3"

_WITHOUT_FAILURE = ("SELECT", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")


class SimulatedDatabase:
    """Replaces a database of the project while the block of `installed()` runs.

    All simulated processes use the same connection. So a transaction is one step for other
    workers, as SQLite lets one transaction write at a time.
    """

    def __init__(self, scheduler: Scheduler, alias: str) -> None:
        self.scheduler, self.alias = scheduler, alias
        self.fail: Callable[[str], str] = lambda what: ""
        self.note: Callable[[str], None] = lambda line: None
        self._templates: dict[Hashable, sqlite3.Connection] = {}
        config = {**deepcopy(connections.settings[alias]), "ENGINE": ENGINE, "NAME": ":memory:"}
        config.update(
            OPTIONS={"cached_statements": 1000},
            ATOMIC_REQUESTS=False,
            AUTOCOMMIT=True,
            CONN_MAX_AGE=0,
        )
        self.wrapper: Any = load_backend(ENGINE).DatabaseWrapper(config, alias)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Use this database in the block."""
        former = connections[self.alias]
        connections[self.alias] = self.wrapper
        self.scheduler.can_switch = lambda: not self.wrapper.in_atomic_block
        try:
            self._create_tables()
            self.wrapper.execute_wrappers.append(self._execute)
            self._commit = self.wrapper._commit
            self.wrapper._commit = self._commit_or_fail
            yield
        finally:
            connections[self.alias] = former
            if self.wrapper.connection is not None:
                self.wrapper.connection.close()
            for template in self._templates.values():
                template.close()

    def _create_tables(self) -> None:
        with self.wrapper.schema_editor() as editor:
            for model in apps.get_models(include_auto_created=True):
                options = model._meta
                is_here = router.allow_migrate_model(self.alias, model)
                if options.managed and not options.proxy and not options.swapped and is_here:
                    if options.auto_created:
                        continue  # created with the model that has the relation
                    editor.create_model(model)

    def save_template(self, key: Hashable) -> None:
        """Store the present content, to which `restore` returns."""
        self._templates[key] = sqlite3.connect(":memory:", check_same_thread=False)
        self.wrapper.connection.backup(self._templates[key])

    def restore(self, key: Hashable) -> None:
        """Return to the content of `save_template`. Raises KeyError for an unknown key."""
        self.wrapper.run_on_commit = []
        self._templates[key].backup(self.wrapper.connection)

    @property
    def changes(self) -> int:
        """How many rows were written so far."""
        return int(self.wrapper.connection.total_changes)

    def _execute(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.scheduler.step()
        if self.scheduler.current is None:
            return execute(sql, params, many, context)
        failure = "" if sql.startswith(_WITHOUT_FAILURE) else self.fail("statement")
        if failure == "before":
            raise OperationalError("the connection was lost before the statement")
        result = execute(sql, params, many, context)
        if failure == "after" and not self.wrapper.in_atomic_block:
            raise OperationalError("the connection was lost after the statement")
        return result

    def _commit_or_fail(self) -> None:
        task = self.scheduler.current
        if task is None:
            self._commit()
            return
        if task.is_dead:
            raise ProcessKilled
        failure = self.fail("commit")
        if failure == "before":
            self.wrapper._rollback()
            raise OperationalError("the connection was lost before the commit")
        self._commit()
        try:
            self.scheduler.commit()
        except ProcessKilled:
            self.wrapper.run_on_commit = []  # which the process had in its memory
            raise
        if failure == "after":
            raise OperationalError("the connection was lost after the commit")
