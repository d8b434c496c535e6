"""The caches of names, which may come from users."""

from __future__ import annotations

from datetime import UTC

import pytest

from django_zcrm.records import Record, Text
from django_zcrm.zoho.calls import lookups as metadata_lookups
from django_zcrm.zoho.calls.metadata import MAX_NAMES
from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.http.encoding import text
from django_zcrm.zoho.query.compile import fields, lookups
from django_zcrm.zoho.query.compile.limits import coql_limits
from django_zcrm.zoho.query.compile.query import Query, compile_query
from tests.zoho.fakes import client, make_response
from tests.zoho.query.modules import MODULES


class Lead(Record):
    company = Text("Company")

    class Zoho:
        module = "Leads"


def test_names_that_are_asked_for_cost_a_bounded_amount_of_memory() -> None:
    leads = MODULES["Leads"]
    for number in range(3 * MAX_NAMES):
        fields.find(MODULES.__getitem__, "Leads", f"Company__lookup{number}")
        assert leads.split(f"Unknown{number}") is None
        Lead._meta.zoho_name(f"Company__lookup{number}")
        assert lookups._split(f"lookup{number}") == ()
    assert len(leads.resolved_names) <= MAX_NAMES
    assert len(leads._split) <= MAX_NAMES
    assert len(Lead._meta._zoho_names) <= MAX_NAMES
    assert lookups._split.cache_info().currsize <= MAX_NAMES + 24


def test_default_field_names_are_encoded_once_per_module(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = make_response({"fields": [{"api_name": "Company"}, {"api_name": "Email"}]})
    crm, transport = client(fields, *[make_response({"data": []}) for _ in range(3)])
    encoded: list[object] = []

    def encode(names: object) -> str:
        encoded.append(names)
        return text(names)

    monkeypatch.setattr(metadata_lookups, "text", encode)
    for _ in range(3):
        crm.records.list("Leads")
    assert encoded == [("Company", "Email")]
    lists = transport.sent[1:]
    assert [dict(request.params)["fields"] for request in lists] == ["Company,Email"] * 3


def test_paths_of_default_fields_are_built_once_per_module() -> None:
    first, second = (
        compile_query(Query("Leads"), MODULES.__getitem__, coql_limits(8), UTC) for _ in range(2)
    )
    assert len(first.columns) > 10
    for one, other in zip(first.columns, second.columns, strict=True):
        assert one.path is other.path


def test_names_are_found_again_after_a_cache_was_full() -> None:
    leads = MODULES["Leads"]
    for number in range(MAX_NAMES + 1):
        leads.split(f"Unknown{number}")
    found = leads.split("Company__icontains")
    assert found is not None
    assert (found[0].api_name, found[1]) == ("Company", "icontains")
    assert leads.split("Company__icontains") is found
    with pytest.raises(ConfigurationError, match="Unknown7"):
        fields.find(MODULES.__getitem__, "Leads", "Unknown7")
