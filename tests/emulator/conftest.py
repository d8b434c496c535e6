"""Fixtures for the emulator's tests: a demo organisation, called in one version or another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .api import Api
from .receiver import Receiver, receiving


@pytest.fixture(params=["v2", "v8"])
def api(request: pytest.FixtureRequest) -> Api:
    """A fresh demo organisation, once in each of the two versions."""
    return Api(request.param)


@pytest.fixture
def v2() -> Api:
    """A fresh demo organisation, called in v2."""
    return Api("v2")


@pytest.fixture
def v8() -> Api:
    """A fresh demo organisation, called in v8."""
    return Api("v8")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A client's server that receives callbacks."""
    with receiving() as receiver:
        yield receiver
