"""Updating and deleting: named rows, and all records that match."""

from __future__ import annotations

from typing import Any

import pytest

from django_zcrm import records
from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.errors import ConfigurationError, Invalid, NotSupported
from django_zcrm.zoho.query import Count, RecordSet
from django_zcrm.zoho.results import Record
from tests.wire.writes.driver import asked, both, names, rows

Leads = RecordSet[Record]
FIELDS = "GET /crm/v8/settings/fields"
COQL = "POST /crm/v8/coql"
UPDATE = "PUT /crm/v8/Leads"
DELETE = "DELETE /crm/v8/Leads"


@pytest.fixture
def ids(leads: Leads, zcrm: ZCRMEmulator) -> list[str]:
    """Return the ids of 250 leads, every other of Acme."""
    given = rows(250)
    for row in given[::2]:
        row["Company"] = "Acme"
    ids = leads.bulk_create(given).ids
    zcrm.forget_requests()
    return ids


@both
def test_the_named_fields_of_rows_are_written(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    given = [
        {"id": record_id, "Company": f"C{record_id}", "Last_Name": "not written"}
        for record_id in ids
    ]
    given[0]["Company"] = None  # type: ignore[assignment]
    result = write(leads, "bulk_update", given, ["Company"])
    assert asked(zcrm) == [UPDATE] * 3
    assert (int(result), result.ids) == (250, ids)
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
    given = [{"Company": "Acme"}, {"id": ids[0]}, {"id": ids[1], "Company": "Acme"}]
    result = write(leads, "bulk_update", given, ["Company"])
    assert [outcome.code for outcome in result] == ["NOT_SENT", "NOT_SENT", "SUCCESS"]
    assert [str(outcome.error) for outcome in result.failed] == [
        "A row needs an id to be updated.",
        "A row lacks Company.",
    ]
    given[1]["Company"] = "Acme"
    assert int(write(result, "retry_failed")) == 2


@both
def test_an_update_whose_reply_is_lost_is_sent_again(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    zcrm.fail_next("records.update", drop="after")
    given = [{"id": record_id, "Company": "Acme"} for record_id in ids[:2]]
    assert int(write(leads, "bulk_update", given, ["Company"])) == 2
    assert asked(zcrm) == [UPDATE] * 2


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
    assert asked(zcrm) == [COQL, UPDATE, UPDATE]
    assert int(result) == 125
    assert result[0].input == {"id": ids[0], "Company": "Ajax", "City": None}
    assert [lead["id"] for lead in zcrm.records("Leads") if lead["Company"] == "Ajax"] == ids[::2]
    assert list(acme) == []  # what was fetched is forgotten, as in Django
    assert int(write(acme.all(), "update", Company="Ajax")) == 0
    assert asked(zcrm) == [COQL, COQL]
    assert int(write(leads.none(), "update", Company="Ajax")) == 0
    assert asked(zcrm) == []


@pytest.mark.slow
@both
def test_wrong_values_are_refused_before_anything_is_sent(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    with pytest.raises(ConfigurationError, match="is it Company"):
        write(leads, "update", Compny="Ajax")
    with pytest.raises(ConfigurationError, match=r"not Referred_By\.Last_Name"):
        write(leads, "update", Referred_By__Last_Name="Ajax")
    with pytest.raises(ConfigurationError, match="not id"):
        write(leads, "update", id="1")
    with pytest.raises(ConfigurationError, match="needs fields"):
        write(leads, "update")
    with pytest.raises(NotSupported, match="computes no values"):
        write(leads, "update", Company=Expression())
    with pytest.raises(TypeError, match="once a slice has been taken"):
        write(leads[:5], "update", Company="Ajax")
    groups = leads.values("Company").annotate(n=Count("id"))
    with pytest.raises(TypeError, match="groups"):
        write(groups, "update", Company="Ajax")
    assert set(asked(zcrm)) == {FIELDS}


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
    assert asked(zcrm) == [FIELDS, COQL, DELETE, DELETE]
    assert (int(result), [outcome.input for outcome in result]) == (125, ids[::2])
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
        class Meta:
            module = "Leads"

    for whole in (leads, zcrm.client().objects(Lead)):
        with pytest.raises(AttributeError, match=r"objects\('Leads'\) deletes nothing.*all\(\)"):
            write(whole, "delete")
    assert asked(zcrm) == []
    assert int(write(leads.order_by("id"), "delete")) == 250


@both
def test_what_a_lost_request_deleted_counts_as_deleted(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    zcrm.fail_next("records.delete", drop="after", skip=1)
    result = write(leads.all(), "delete")
    assert asked(zcrm)[-4:] == [DELETE] * 4
    assert (int(result), names(zcrm)) == (250, [])
    assert {outcome.message for outcome in result[100:200]} == {
        "deleted by a request without reply"
    }


@both
def test_what_was_deleted_without_reply_counts_as_deleted_when_it_is_tried_again(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    zcrm.fail_next("records.delete", drop="after", times=5)
    result = write(leads.filter(id__in=ids[:50]), "delete")
    assert {outcome.code for outcome in result} == {"NO_REPLY"}
    again = write(result, "retry_failed")
    assert (int(again), len(names(zcrm))) == (50, 200)
    assert int(write(again, "retry_failed")) == 50


@both
def test_records_that_are_gone_or_refuse_are_told(
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
    assert int(write(result, "retry_failed")) == 3


@both
def test_a_module_that_is_not_there_is_raised(write: Any, zcrm: ZCRMEmulator) -> None:
    with pytest.raises(Invalid, match="INVALID_MODULE"):
        write(zcrm.client().objects("Nothings"), "bulk_update", [{"id": "1", "A": 1}], ["A"])
