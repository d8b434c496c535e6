"""The pytest plugin: the fixtures `zcrm_emulator` and `zcrm_live_emulator`.

pytest loads it in every run of every project that has django-zcrm, so it imports nothing until a
fixture is used.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from . import load

if TYPE_CHECKING:
    from .site import SiteEmulator

MARKER = (
    "zcrm_emulator(**options): the options of the test's emulator, such as data='demo', or "
    "sleep_on_retry=True"
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def zcrm_emulator(request: pytest.FixtureRequest) -> Iterator[SiteEmulator]:
    """A separate emulator for the test, in this process and without a socket.

    In a Django project, the settings point to it. Docs: howto/test-your-project.
    """
    with _fresh(request, live=False) as emulator:
        yield emulator


@pytest.fixture
def zcrm_live_emulator(request: pytest.FixtureRequest) -> Iterator[SiteEmulator]:
    """A Zoho of the test's own that is served on a port, for browsers and other processes."""
    with _fresh(request, live=True) as emulator:
        yield emulator


@contextmanager
def _fresh(request: pytest.FixtureRequest, *, live: bool) -> Iterator[Any]:
    marker = request.node.get_closest_marker("zcrm_emulator")
    options = dict(marker.kwargs) if marker else {}
    if not _in_django_project():
        standalone = _load("standalone")
        with (standalone.serve if live else standalone.emulate)(**options) as emulator:
            yield emulator
        return
    with (
        _load("site").emulate_site(live=live, **options) as emulator,
        _override(request, emulator.settings()),
    ):
        yield emulator


def _load(module: str) -> Any:
    try:
        return load(module)
    except ImportError as error:
        pytest.fail(str(error), pytrace=False)


def _in_django_project() -> bool:
    """Return whether Django is set up, with django_zcrm among its apps."""
    if "django" not in sys.modules:
        return False
    from django.apps import apps  # Django is optional here
    from django.conf import settings

    return settings.configured and apps.ready and apps.is_installed("django_zcrm")


def _override(request: pytest.FixtureRequest, zcrm: dict[str, Any]) -> AbstractContextManager[Any]:
    """Change settings.ZCRM for the test.

    Uses pytest-django's own fixture if installed: a test that also uses that fixture would
    otherwise undo the changes in the wrong order.
    """
    from django.test import override_settings  # Django is optional here

    if not request.config.pluginmanager.hasplugin("django"):
        return override_settings(ZCRM=zcrm)
    return _set(request.getfixturevalue("settings"), zcrm)


@contextmanager
def _set(settings: Any, zcrm: dict[str, Any]) -> Iterator[None]:
    settings.ZCRM = zcrm
    yield
