"""Fixtures for bulk jobs: a demo organisation whose caller may run them."""

from __future__ import annotations

import pytest

from .jobs import BulkApi


@pytest.fixture(params=["v2", "v8"])
def api(request: pytest.FixtureRequest) -> BulkApi:
    """A fresh demo organisation, once in each of the two versions."""
    return BulkApi(request.param)


@pytest.fixture
def v8() -> BulkApi:
    """A fresh demo organisation, called in v8."""
    return BulkApi("v8")
