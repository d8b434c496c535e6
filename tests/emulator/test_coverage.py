"""How much of what Zoho publishes is emulated, and the report on it."""

from __future__ import annotations

from collections import Counter

import pytest

from django_zcrm.emulator import __main__
from django_zcrm.emulator.app import TABLES
from django_zcrm.emulator.core.published import load_published_operations, load_sdk_operations
from django_zcrm.emulator.coverage import (
    INERT,
    MISSING,
    STORED,
    coverage,
    report,
)

#: Operations of the CRM API missing from the published list, each with the reason to have it.
UNPUBLISHED = {
    ("GET", "/crm/{}/functions/{}/actions/execute"): "docs/functions/serverless-fn-oauth.html",
    ("POST", "/crm/{}/functions/{}/actions/execute"): "docs/functions/serverless-fn-oauth.html",
    ("GET", "/crm/{}/search"): "seen by users of Zoho: search in all modules by searchword",
    ("PUT", "/crm/{}/settings/global_picklists/{}"): "Zoho's SDK for v6",
    ("PUT", "/crm/{}/settings/custom_views"): "docs of v2 and v2.1: changing a view's order",
    ("PUT", "/crm/{}/settings/custom_views/{}"): "docs of v2 and v2.1: changing a view's order",
}


def test_at_least_400_of_the_published_operations_behave() -> None:
    kinds = Counter(operation.kind for operation in coverage())
    assert sum(kinds.values()) == 474 + 21
    assert sum(kinds.values()) - kinds[MISSING] >= 400


def test_operations_stored_without_effect_are_a_separate_class() -> None:
    stored = [operation.path for operation in coverage() if operation.kind == STORED]

    assert all(any(path.startswith(prefix) for path in stored) for prefix in INERT)
    assert not [path for path in stored if "scoring_rules" in path]
    assert f"{len(stored)} are stored without effect" in report()


def test_route_that_zoho_does_not_publish_has_a_reason() -> None:
    published = {
        (route.method, route.shape)
        for route in (*load_published_operations(), *load_sdk_operations())
    }
    served = {
        (route.method, route.shape)
        for table in TABLES
        for route in table.table
        if route.is_versioned
    }
    assert served - published == set(UNPUBLISHED)


def test_coverage_command_prints_numbers_and_missing_operations(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run_coverage(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["zcrm-emulator", "coverage", *arguments])
        __main__.run()
        return capsys.readouterr().out.strip()

    assert run_coverage().splitlines()[-1] == report().splitlines()[-1]
    assert "published operations behave" in run_coverage()
    missing = [operation for operation in coverage() if operation.kind == MISSING]
    assert len(run_coverage("--missing").splitlines()) == len(missing)
