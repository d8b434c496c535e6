"""For all tests: no network except loopback, and a Chromium for those that need one."""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate
from hypothesis import given, settings
from hypothesis.strategies import none

from tests.order import slow_first

# No deadline: a machine may have more to do than tests.
settings.register_profile("tests", settings.default, deadline=None, max_examples=100)
settings.load_profile("tests")


class NetworkBlocked(Exception):
    """A test tried to leave this machine. No OSError, or code would take it for a network error."""


def is_local(host: object) -> bool:
    """Return whether the host of a socket address is loopback, or not a host at all."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


def pytest_xdist_auto_num_workers() -> int | None:
    """Start two workers for each core: many tests wait for other processes."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return (os.cpu_count() or 2) * 2


def pytest_sessionstart() -> None:
    # What a shell starts in the background ignores SIGINT, and so does what that starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Collect no garbage while modules are imported and tests are made, which all stay."""
    gc.disable()
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0" and is_whole(session.config):
        wait_for_bytecode()


def is_whole(config: pytest.Config) -> bool:
    """Whether all tests are selected: no files, no names, and not those that failed before."""
    chosen = config.option.keyword or config.getoption("lf", False)
    return config.args == config.getini("testpaths") and not chosen


def wait_for_bytecode() -> None:
    """Let the first worker compile all modules of a new checkout: each would do it for itself.

    Compiling takes three times as long as loading. The last file in the order of collection is
    compiled last.
    """
    if sys.dont_write_bytecode or sys.pycache_prefix:  # none is written, or not there
        return
    last = max((Path(__file__).parent / "zoho").glob("test_*.py"))
    compiled = f"__pycache__/{last.stem}.{sys.implementation.cache_tag}-pytest-*.pyc"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if any(last.parent.glob(compiled)):
            return
        time.sleep(0.1)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what lives until the end, modules and all tests.

    Its full rounds would take half a second each, and there would be many.
    """
    # Hypothesis looks for the owner of its random generator, and the collector does not find frozen
    # owners. So the generator is created before.
    given(none())(lambda _: None)()
    gc.enable()
    gc.freeze()
    gc.set_threshold(700, 10, 100)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests that use Redis or RabbitMQ, by a fixture or as one of several parameters."""
    params = getattr(getattr(item, "callspec", None), "params", {}).values()
    used = {*getattr(item, "fixturenames", []), *(each for each in params if isinstance(each, str))}
    if used & {"redis", "redis_server", "rabbitmq"}:
        item.add_marker("service")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with slow tests, so that no worker has a long test left at the end."""
    items[:] = slow_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """Refuse to resolve or connect to any host but loopback; Unix sockets are local anyway."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    getaddrinfo = socket.getaddrinfo

    def refuse_foreign(host: object) -> None:
        if not is_local(host):
            raise NetworkBlocked(f"tests may not talk to {host!r}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            refuse_foreign(address[0])
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if self.family != socket.AF_UNIX:
            refuse_foreign(address[0])
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        refuse_foreign(host)
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium. In CI a missing one is a failure, not a skip."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    if os.environ.get("CI"):
        pytest.fail("CI needs a Chromium for the browser journeys")
    pytest.skip("no Chromium on this machine")


def keep_permissions() -> None:
    """Let a flush write the permissions and content types that there were.

    Django queries those of each model instead, which takes longer than most tests.
    """
    # Models cannot be imported before Django is set up, which it is after this file is.
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.management import create_contenttypes
    from django.contrib.contenttypes.models import ContentType

    content_types, permissions = list(ContentType.objects.all()), list(Permission.objects.all())

    def write_again(app_config: AppConfig, **options: Any) -> None:
        if app_config.label == "auth" and not ContentType.objects.exists():
            ContentType.objects.bulk_create(content_types)
            Permission.objects.bulk_create(permissions)

    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(
        create_permissions, dispatch_uid="django.contrib.auth.management.create_permissions"
    )
    post_migrate.connect(write_again, weak=False)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Keep the permissions on SQLite; on PostgreSQL, end all other connections before the drop.

    PostgreSQL does not drop a database that has connections, and asgiref's thread for sync code, as
    old as the process, keeps one.
    """
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":  # others number rows that are written with their ids
            keep_permissions()
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
