from __future__ import annotations

from typing import Any

import pytest

from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.operations.versions import VERSIONS, number
from tests.cases import check_each
from tests.zoho.fakes import FakeTokens, FakeTransport, client, make_response


def test_versions_are_ordered() -> None:
    numbers = [number(version) for version in VERSIONS]
    assert numbers == sorted(numbers)
    assert (numbers[0], numbers[-1]) == (2.0, 8.0)


@check_each("version", ["", "8", "v", "v8/../v2", "V8", "v8 ", "v8\n", "v2.1.1"])
def test_number_with_invalid_version_raises(version: str) -> None:
    with pytest.raises(ConfigurationError, match="API") as caught:
        Session(FakeTokens(), FakeTransport(make_response()), version=version)
    assert caught.value.setting == "API_VERSION"


@check_each(
    ("version", "sent"),
    [
        ("v2", {"Accounts": "1", "Contacts": "2", "assign_to": "3"}),
        ("v2.1", {"Accounts": "1", "Contacts": "2", "assign_to": "3"}),
        ("v3", {"Accounts": {"id": "1"}, "Contacts": {"id": "2"}, "assign_to": {"id": "3"}}),
        ("v8", {"Accounts": {"id": "1"}, "Contacts": {"id": "2"}, "assign_to": {"id": "3"}}),
    ],
)
@check_each(
    "record",
    [
        {"Accounts": "1", "Contacts": {"id": "2"}, "assign_to": "3"},
        {"Accounts": {"id": "1"}, "Contacts": "2", "assign_to": {"id": "3"}},
    ],
)
def test_conversion_names_records_as_the_version_wants(
    version: str, sent: dict[str, Any], record: dict[str, Any]
) -> None:
    crm, transport = client(
        make_response({"data": [{"code": "SUCCESS", "status": "success"}]}), version=version
    )
    before = {name: dict(v) if isinstance(v, dict) else v for name, v in record.items()}
    crm.leads.convert("9", {**record, "Deals": {"Deal_Name": "D"}})
    assert transport.body == {"data": [{**sent, "Deals": {"Deal_Name": "D"}}]}
    crm.API.ACTIONS.convert(id="9", body={"data": [record]})
    # Under v2 the SDK's tree sends what it is given; under newer versions it adapts old calls.
    assert transport.body == {"data": [sent if number(version) >= 3 else record]}
    assert record == before


@pytest.mark.parametrize("body", [{"data": ["odd"]}, {"data": None}, {"other": 1}, [1], "{}"])
def test_a_conversion_of_another_shape_is_zohos_to_judge(body: Any) -> None:
    crm, transport = client(make_response({"data": []}))
    crm.API.ACTIONS.convert(id="9", body=body)
    assert transport.body == ({} if body == "{}" else body)


def test_ids_to_delete_go_into_the_query() -> None:
    crm, transport = client(make_response({"data": [{"code": "SUCCESS", "details": {"id": "1"}}]}))
    crm.records.delete("Leads", ["1", "2"], wf_trigger=False)
    assert transport.query == {"wf_trigger": "false", "ids": "1,2"}
    assert transport.last.body is None
    assert "Content-Type" not in transport.last.headers


@pytest.mark.parametrize("ids", [[], None, ()])
def test_deleting_nothing_is_refused(ids: Any) -> None:
    crm, transport = client(make_response({}))
    with pytest.raises(ConfigurationError, match="No ids"):
        crm.records.delete("Leads", ids)
    assert not transport.sent
