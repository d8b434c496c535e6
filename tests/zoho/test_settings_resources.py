"""Replies of settings whose format differs from that of records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from django_zcrm.zoho.errors import ConfigurationError, Invalid, NotFound
from tests.zoho.fakes import client, make_response

DONE = {"code": "SUCCESS", "message": "done", "status": "success", "details": {"id": "7"}}
REFUSED = {"code": "INVALID_DATA", "message": "no", "status": "error", "details": {"id": "8"}}


def test_outcomes_in_lists_of_one_are_outcomes() -> None:
    crm, transport = client(make_response({"users": [[DONE], [REFUSED]]}))
    result = crm.territory_users.associate("1", [{"id": "7"}, {"id": "8"}])
    assert result.ids == ["7"]
    assert isinstance(result.failed[0].error, Invalid)
    assert transport.body == {"users": [{"id": "7"}, {"id": "8"}]}


def test_the_only_outcome_may_be_in_a_list_of_one() -> None:
    crm, _ = client(make_response({"users": [[DONE]]}))
    assert crm.territory_users.associate_one("1", "7").id == "7"


@pytest.mark.parametrize("wrapped", [REFUSED, [REFUSED], [[REFUSED]]])
@pytest.mark.parametrize("status", [200, 400])
def test_a_refusal_is_raised_however_it_is_wrapped(wrapped: object, status: int) -> None:
    crm, transport = client(make_response({"business_hours": wrapped}, status))
    with pytest.raises(Invalid) as caught:
        crm.business_hours.update({"type": "custom"})
    assert caught.value.code == "INVALID_DATA"
    assert transport.body == {"business_hours": {"type": "custom"}}


def test_an_answer_without_its_envelope_is_read() -> None:
    crm, transport = client(make_response(DONE))
    assert crm.profiles.delete_one("1", "2").code == "SUCCESS"
    assert transport.query == {"transfer_to_id": "2", "transfer_to": "2"}


def test_settings_that_are_not_there() -> None:
    crm, _ = client(make_response(None, 204))
    with pytest.raises(NotFound):
        crm.fiscal_year.get()
    assert crm.currencies.list() == []


def test_words_that_python_keeps_for_itself_and_days() -> None:
    crm, transport = client(make_response(None, 204))
    crm.webhooks.failures(from_=date(2025, 1, 1), to=date(2025, 1, 23))
    assert transport.query == {"from": "2025-01-01", "to": "2025-01-23"}
    crm.users.list(if_modified_since=datetime(2025, 1, 1, tzinfo=UTC))
    assert transport.last.headers["If-Modified-Since"] == "2025-01-01T00:00:00+00:00"


def test_conditions_go_out_as_json() -> None:
    crm, transport = client(make_response({"territories": []}))
    crm.territories.list(filters={"field": {"api_name": "name"}, "value": "é"}, ids=["1", "2"])
    assert transport.query == {"filters": '{"field":{"api_name":"name"},"value":"é"}', "ids": "1,2"}


def test_keys_outside_an_envelope() -> None:
    crm, transport = client(make_response({"recycle_bin": [DONE]}), make_response({"tags": [DONE]}))
    assert crm.recycle_bin.restore(ids=["7"]).ids == ["7"]
    assert transport.body == {"ids": ["7"]}
    crm.tags.merge("1", "2")
    assert transport.body == {"tags": [{"conflict_id": "2"}]}


@pytest.mark.parametrize(("version", "query"), [("v7", {}), ("v8", {"id": "1"})])
def test_a_tag_is_named_in_the_query_too_by_the_newest_version(
    version: str, query: dict[str, str]
) -> None:
    crm, transport = client(make_response({"tags": [DONE]}), version=version)
    crm.tags.update_one("1", {"name": "hot"}, "Leads")
    assert transport.last.path == f"/crm/{version}/settings/tags/1"
    assert transport.query == {"module": "Leads", **query}


def test_records_leave_the_bin_for_good_by_their_ids() -> None:
    crm, transport = client(make_response({"recycle_bin": [DONE]}))
    assert crm.recycle_bin.delete(None, ids=["7", "8"]).ids == ["7"]
    assert transport.query == {"ids": "7,8"}


@pytest.mark.parametrize(
    "call",
    [
        lambda crm, nothing: crm.records.add_tags_one("Leads", "1", nothing),
        lambda crm, nothing: crm.records.remove_tags("Leads", ["1"], nothing),
        lambda crm, nothing: crm.records.add_tags("Leads", ["1"], "a name, no list"),
        lambda crm, nothing: crm.portal_invites.create("Contacts", nothing),
        lambda crm, nothing: crm.recycle_bin.delete(nothing, ids=[]),
        lambda crm, nothing: crm.files.upload(nothing or object()),
    ],
)
def test_nothing_where_something_is_needed_is_refused(call: Callable[..., Any]) -> None:
    crm, transport = client(make_response({}))
    with pytest.raises(ConfigurationError):
        call(crm, None)
    assert transport.sent == []


def test_deleting_nothing_is_refused() -> None:
    crm, transport = client(make_response({}))
    with pytest.raises(ConfigurationError):
        crm.variables.delete([])
    assert transport.sent == []
