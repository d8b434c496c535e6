"""Updating and deleting: named rows, and all records that match."""

from __future__ import annotations

from typing import Any

import pytest

from django_zcrm import records
from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.errors import ConfigurationError, Invalid, NotSupported
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import Count, RecordSet
from tests.wire.writes.driver import both, names, rows, take_requests

Leads = RecordSet[RecordDict]
FIELDS = "GET /crm/v8/settings/fields"
COQL = "POST /crm/v8/coql"
UPDATE = "PUT /crm/v8/Leads"
DELETE = "DELETE /crm/v8/Leads"


@pytest.fixture
def ids(leads: Leads, zcrm: ZCRMEmulator) -> list[str]:
    """Return the ids of 250 leads, every other of Acme."""
    records = rows(250)
    for row in records[::2]:
        row["Company"] = "Acme"
    ids = leads.bulk_create(records).ids
    zcrm.forget_requests()
    return ids


@both
def test_the_named_fields_of_rows_are_written(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    records = [
        {"id": record_id, "Company": f"C{record_id}", "Last_Name": "not written"}
        for record_id in ids
    ]
    records[0]["Company"] = None  # type: ignore[assignment]
    result = write(leads, "bulk_update", records, ["Company"])
    assert take_requests(zcrm) == [UPDATE] * 3
    assert (len(result.accepted), result.ids) == (250, ids)
    stored = zcrm.records("Leads")
    assert [lead["Company"] for lead in stored] == [
        None,
        *(f"C{record_id}" for record_id in ids[1:]),
    ]
    assert "not written" not in names(zcrm)


@both
def test_rows_without_an_id_or_a_field_are_not_sent(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    records = [{"Company": "Acme"}, {"id": ids[0]}, {"id": ids[1], "Company": "Acme"}]
    result = write(leads, "bulk_update", records, ["Company"])
    assert [outcome.code for outcome in result] == ["NOT_SENT", "NOT_SENT", "SUCCESS"]
    assert [str(outcome.error) for outcome in result.failed] == [
        "A row needs an id to be updated.",
        "A row lacks Company.",
    ]
    records[1]["Company"] = "Acme"
    assert len(write(result, "retry_failed").accepted) == 2


@both
def test_update_with_lost_response_is_resent(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    zcrm.fail_next("records.update", drop="after")
    records = [{"id": record_id, "Company": "Acme"} for record_id in ids[:2]]
    assert len(write(leads, "bulk_update", records, ["Company"]).accepted) == 2
    assert take_requests(zcrm) == [UPDATE] * 2


def test_the_fields_of_an_update_are_a_list_without_the_id(leads: Leads) -> None:
    with pytest.raises(ValueError, match="Field names must be given"):
        leads.bulk_update([], [])
    with pytest.raises(ValueError, match="with the id"):
        leads.bulk_update([], ["id"])
    with pytest.raises(ConfigurationError, match=r"\['Company'\]"):
        leads.bulk_update([], "Company")


@both
def test_all_that_match_are_updated(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    acme = leads.filter(Company="Acme").order_by("-Last_Name")
    assert len(acme) == 125
    zcrm.forget_requests()
    result = write(acme, "update", Company="Ajax", City=None)
    assert take_requests(zcrm) == [COQL, UPDATE, UPDATE]
    assert len(result.accepted) == 125
    assert result[0].input == {"id": ids[0], "Company": "Ajax", "City": None}
    assert [lead["id"] for lead in zcrm.records("Leads") if lead["Company"] == "Ajax"] == ids[::2]
    assert list(acme) == []  # what was fetched is forgotten, as in Django
    assert len(write(acme.all(), "update", Company="Ajax").accepted) == 0
    assert take_requests(zcrm) == [COQL, COQL]
    assert len(write(leads.none(), "update", Company="Ajax").accepted) == 0
    assert take_requests(zcrm) == []


@pytest.mark.slow
@both
def test_wrong_values_are_refused_before_anything_is_sent(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    with pytest.raises(ConfigurationError, match="is it Company"):
        write(leads, "update", Compny="Ajax")
    with pytest.raises(ConfigurationError, match=r"not Referred_By\.Last_Name"):
        write(leads, "update", Referred_By__Last_Name="Ajax")
    with pytest.raises(ConfigurationError, match=r"not Owner\.id"):
        write(leads, "update", Owner__id="1")
    with pytest.raises(ConfigurationError, match="not id"):
        write(leads, "update", id="1")
    with pytest.raises(ConfigurationError, match="needs fields"):
        write(leads, "update")
    with pytest.raises(NotSupported, match="does not compute values"):
        write(leads, "update", Company=Expression())
    with pytest.raises(TypeError, match="once a slice has been taken"):
        write(leads[:5], "update", Company="Ajax")
    groups = leads.values("Company").annotate(n=Count("id"))
    with pytest.raises(TypeError, match="groups"):
        write(groups, "update", Company="Ajax")
    assert set(take_requests(zcrm)) == {FIELDS}


class Expression:
    """What an F() of Django's has."""

    def resolve_expression(self) -> None:
        """Do nothing."""


@both
def test_all_that_match_are_deleted(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    acme = leads.filter(Company="Acme")
    result = write(acme, "delete")
    assert take_requests(zcrm) == [FIELDS, COQL, DELETE, DELETE]
    assert (len(result.accepted), [outcome.input for outcome in result]) == (125, ids[::2])
    assert len(names(zcrm)) == 125
    assert list(acme) == []
    with pytest.raises(TypeError, match="'limit' or 'offset'"):
        write(leads[:5], "delete")
    with pytest.raises(TypeError, match=r"after \.values"):
        write(leads.values("Company"), "delete")
    assert len(names(zcrm)) == 125


@both
def test_all_records_are_not_deleted_by_a_slip(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    class Lead(records.Record):
        class Zoho:
            module = "Leads"

    for whole in (leads, zcrm.client().objects(Lead)):
        with pytest.raises(AttributeError, match=r"objects\('Leads'\) has no delete.*all\(\)"):
            write(whole, "delete")
    assert take_requests(zcrm) == []
    assert len(write(leads.order_by("id"), "delete").accepted) == 250


@both
def test_delete_after_lost_response_counts_as_deleted(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    zcrm.fail_next("records.delete", drop="after", skip=1)
    result = write(leads.all(), "delete")
    assert take_requests(zcrm)[-4:] == [DELETE] * 4
    assert (len(result.accepted), names(zcrm)) == (250, [])
    assert {outcome.message for outcome in result[100:200]} == {
        "deleted by a request without response"
    }


@both
def test_retried_delete_of_missing_record_counts_as_deleted(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    zcrm.fail_next("records.delete", drop="after", times=5)
    result = write(leads.filter(id__in=ids[:50]), "delete")
    assert {outcome.code for outcome in result} == {"NO_RESPONSE"}
    again = write(result, "retry_failed")
    assert (len(again.accepted), len(names(zcrm))) == (50, 200)
    assert len(write(again, "retry_failed").accepted) == 50


@both
def test_change_of_missing_or_refused_records_reports_failures(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    zcrm.fail_next("records.update", bad_item=1, code="RECORD_LOCKED")
    result = write(leads.filter(id__in=ids[:3]), "update", Company="Ajax")
    assert [(outcome.index, outcome.code, outcome.input["id"]) for outcome in result.failed] == [
        (1, "RECORD_LOCKED", ids[1])
    ]
    zcrm.client().records.delete("Leads", ids[:1])
    gone = write(leads, "bulk_update", [{"id": ids[0], "Company": "Ajax"}], ["Company"])
    assert [outcome.code for outcome in gone] == ["INVALID_DATA"]
    assert len(write(result, "retry_failed").accepted) == 3


@both
def test_update_of_unknown_module_raises(write: Any, zcrm: ZCRMEmulator) -> None:
    with pytest.raises(Invalid, match="INVALID_MODULE"):
        write(zcrm.client().objects("Nothings"), "bulk_update", [{"id": "1", "A": 1}], ["A"])
