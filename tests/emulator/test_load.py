"""Eight clients at once over a socket: no error, and every write is there afterwards."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from benchmarks.emulator_load import Caller, Worker, access_token, load, missing
from django_zcrm.emulator import Emulator


@pytest.mark.slow
def test_no_error_and_no_lost_write() -> None:
    """The full version, with 8 x 1,000 calls, is `python -m benchmarks.emulator_load`."""
    with Emulator(data="empty").serve() as running:
        figures = load(running.url, threads=8, calls=60)
    print(f"{figures.rate:.0f} calls per second")
    assert (figures.errors, figures.lost) == ([], [])
    assert figures.calls == 480
    assert figures.written > 100


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (lambda worker, lead: worker.cities.update({"1": "new"}), "1 is not there"),
        (lambda worker, lead: worker.cities.update({lead: "other"}), "is not there as it was"),
        (lambda worker, lead: worker.deleted.add(lead), "is not among the deleted"),
        (lambda worker, lead: worker.cities.pop(lead), "was written by nobody"),
    ],
)
def test_lost_write_is_detected(tamper: Any, expected: str) -> None:
    with (
        Emulator(data="empty").serve() as running,
        closing(Caller(running.url, access_token(running.url))) as caller,
    ):
        worker = Worker(1, caller)
        worker.work(5)
        assert list(missing(caller, [worker])) == []
        tamper(worker, next(iter(worker.cities)))
        (error,) = missing(caller, [worker])
    assert expected in error
