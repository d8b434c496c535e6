"""Whatever a value holds, and however Zoho reads quotes: it stays a value, or is not sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from django_zcrm.testing.standalone import emulated
from django_zcrm.zoho.errors import ConfigurationError, NotSupported
from tests.zoho.query.test_coql import HOSTILE

LOOKUPS = ("exact", "in", "contains", "startswith", "endswith")


@pytest.mark.parametrize("quotes", ["both", "backslash", "doubled"])
def test_values_do_not_leave_their_quotes(quotes: str) -> None:
    with emulated(data="empty", coql_quotes=quotes) as zcrm:
        zcrm.create("Leads", 3, Company=lambda number: f"Company {number}")
        leads = zcrm.client().objects("Leads").only("Company")
        refused = asked = 0

        @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
        @given(HOSTILE)
        def check(value: str) -> None:
            nonlocal refused, asked
            for lookup in LOOKUPS:
                given_value: Any = [value] if lookup == "in" else value
                found = leads.filter(**{f"Company__{lookup}": given_value}, Last_Name="nobody")
                try:
                    assert list(found) == []
                    asked += 1
                except (NotSupported, ConfigurationError):
                    refused += 1

        check()
        assert asked > 300
        assert refused > 0


@pytest.mark.parametrize("quotes", ["both", "backslash", "doubled"])
@pytest.mark.parametrize("value", ["O'Neil's", 'the "best"', "a;b,(c)", "größe", "a--b", "100"])
def test_values_mean_themselves(quotes: str, value: str) -> None:
    with emulated(data="empty", coql_quotes=quotes) as zcrm:
        zcrm.create("Leads", Company=value)
        zcrm.create("Leads", Company="other")
        leads = zcrm.client().objects("Leads")
        assert leads.get(Company=value)["Company"] == value
        assert leads.filter(Company__in=[value, "x"]).count() == 1
        assert leads.filter(Company__icontains=value[1:]).count() == 1
        assert leads.exclude(Company=value).get()["Company"] == "other"
