"""The fiscal year."""

from __future__ import annotations

from .api import Api


def test_custom_fiscal_year_without_structure_is_refused(v8: Api) -> None:
    answer = v8.put("settings/fiscal_year", {"fiscal_year": {"calendar_type": "custom"}})
    assert answer.json["fiscal_year"]["code"] == "DEPENDENT_FIELD_MISSING"
