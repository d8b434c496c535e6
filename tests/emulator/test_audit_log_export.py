"""Exports of the audit log."""

from __future__ import annotations

from typing import Any

from .api import Api


def test_audit_log_export_without_criteria_is_refused(v8: Api) -> None:
    refused: tuple[Any, ...] = ("x", {}, {"group": []})
    for criteria in refused:
        body = {"audit_log_export": [{"criteria": criteria}]}
        answer = v8.post("settings/audit_log_export", body)
        assert answer.status_code == 400
