"""A database in memory for the simulated site, restored to the same content for each history."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from functools import lru_cache, partial
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import OperationalError, connections, router, transaction
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.models import Model
from django.db.utils import load_backend

from django_zcrm.exceptions import ConfigurationError

from .scheduler import ProcessKilled, Scheduler

ENGINE = "django.db.backends.sqlite3"

_WITHOUT_FAILURE = ("SELECT", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")


class SimulatedDatabase:
    """Replaces a database of the project while the block of `installed()` runs.

    `models` are the simulated models. A table that SQLite cannot create has columns without types,
    if neither these models nor those of django_zcrm refer to it.

    All simulated processes use the same connection. So a transaction is one step for other
    workers, as SQLite lets one transaction write at a time.
    """

    def __init__(
        self, scheduler: Scheduler, alias: str, models: Iterable[type[Model]] = ()
    ) -> None:
        self.scheduler, self.alias, self.models = scheduler, alias, tuple(models)
        self.fail: Callable[[str], str] = lambda what: ""
        self._templates: dict[Hashable, list[tuple[str, str, list[Any]]]] = {}
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
            with patch.object(SQLiteCursorWrapper, "convert_query", _convert_once()):
                yield
        finally:
            connections[self.alias] = former
            if self.wrapper.connection is not None:
                self.wrapper.connection.close()

    def _create_tables(self) -> None:
        """Create the tables. Raises ConfigurationError if SQLite cannot create a needed one."""
        needed_models = find_needed_models(self.models)
        with self.wrapper.schema_editor() as editor:
            for model in apps.get_models():  # others are created with those that have the relation
                options = model._meta
                is_here = router.allow_migrate_model(self.alias, model)
                if not options.managed or options.proxy or options.swapped or not is_here:
                    continue
                try:
                    with transaction.atomic(using=self.alias):
                        editor.create_model(model)
                        while editor.deferred_sql:
                            editor.execute(editor.deferred_sql.pop(0), None)
                except Exception as error:
                    editor.deferred_sql.clear()
                    if model in needed_models:
                        raise ConfigurationError(
                            f"The simulation needs the table of {options.label}, which SQLite "
                            f"cannot create: {error}. Simulate models without such a column, "
                            "index or constraint."
                        ) from error
                    self._create_plain_tables(model)

    def _create_plain_tables(self, model: type[Model]) -> None:
        """Create the tables of a model without types and constraints, for cascading deletions."""
        fields: list[Any] = [*model._meta.local_many_to_many]
        throughs = [field.remote_field.through for field in fields]
        for each in (model, *(each for each in throughs if each._meta.auto_created)):
            columns = [f'"{field.column}"' for field in each._meta.concrete_fields if field.column]
            with self.wrapper.cursor() as cursor:
                cursor.execute(f'CREATE TABLE "{each._meta.db_table}" ({", ".join(columns)})')

    def save_template(self, key: Hashable) -> None:
        """Store the present content, to which `restore` returns."""
        with closing(sqlite3.connect(":memory:")) as copy:  # which converts no values
            self.wrapper.connection.backup(copy)
            master = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            # SQLite changes its table of sequences with the others.
            tables = sorted([name for (name,) in master], key="sqlite_sequence".__eq__)
            self._templates[key] = [_read_table(copy, f'"{name}"') for name in tables]

    def restore(self, key: Hashable) -> None:
        """Return to the content of `save_template`. Raises KeyError for an unknown key.

        Row by row, because SQLite would compile all statements again after `backup()`.
        """
        self.wrapper.run_on_commit = []
        database = self.wrapper.connection
        database.execute("BEGIN")
        for delete, insert, rows in self._templates[key]:
            database.execute(delete)
            database.executemany(insert, rows)
        database.execute("COMMIT")

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


def find_needed_models(models: Iterable[type[Model]]) -> set[type[Model]]:
    """Return models, those of django_zcrm and the users', and all to which they refer."""
    needed: set[type[Model]] = set()
    own = [model for model in apps.get_models() if model.__module__.startswith("django_zcrm.")]
    found = {*models, *own, get_user_model()}
    while found:
        needed |= found
        fields = [field for model in found for field in model._meta.concrete_fields]
        related = {field.related_model for field in fields if field.is_relation}
        found = {model for model in related if model is not None} - needed
    return needed


def _convert_once() -> Any:
    """Return the method that converts a statement of Django's, which remembers its results."""
    convert: Any = SQLiteCursorWrapper.convert_query
    remember = lru_cache(maxsize=1000)(partial(convert, None))

    def convert_query(cursor: Any, query: str, *, param_names: Any = None) -> Any:
        if param_names is not None:
            return convert(cursor, query, param_names=param_names)
        return remember(query)

    return convert_query


def _read_table(database: sqlite3.Connection, table: str) -> tuple[str, str, list[Any]]:
    """Return the statements that delete and insert the rows of a table, and the rows."""
    columns = [f'"{column[1]}"' for column in database.execute(f"PRAGMA table_info({table})")]
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    rows = database.execute(f"SELECT {names} FROM {table}").fetchall()  # noqa: S608
    return f"DELETE FROM {table}", f"INSERT INTO {table} ({names}) VALUES ({marks})", rows  # noqa: S608
