"""How much of what Zoho publishes is emulated, and the report on it."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from django_zcrm.emulator.coverage import (
    INERT,
    MISSING,
    STORED,
    UNPUBLISHED,
    coverage,
    report,
    unpublished,
)


def test_at_least_400_of_the_published_operations_behave() -> None:
    kinds = Counter(operation.kind for operation in coverage())
    assert sum(kinds.values()) == 474 + 21
    assert sum(kinds.values()) - kinds[MISSING] >= 400


def test_what_is_stored_without_effect_is_a_class_of_its_own() -> None:
    stored = [operation.path for operation in coverage() if operation.kind == STORED]

    assert all(any(path.startswith(prefix) for path in stored) for prefix in INERT)
    assert not [path for path in stored if "scoring_rules" in path]
    assert f"{len(stored)} are stored without effect" in report()


def test_a_route_that_zoho_does_not_publish_has_a_reason() -> None:
    assert set(unpublished()) == set(UNPUBLISHED)


@pytest.mark.slow
def test_the_command_tells_the_numbers_and_what_is_missing() -> None:
    def told(*arguments: str) -> str:
        command = [sys.executable, "-m", "django_zcrm.emulator", "coverage", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
        return done.stdout.strip()

    assert told().splitlines()[-1] == report().splitlines()[-1]
    assert "published operations behave" in told()
    missing = [operation for operation in coverage() if operation.kind == MISSING]
    assert len(told("--missing").splitlines()) == len(missing)
