from __future__ import annotations

import logging
from typing import Any

import pytest

from django_zcrm.zoho.calls.metadata import MetadataCache
from django_zcrm.zoho.errors import Forbidden, Invalid, NotFound, UnreadableResponse
from django_zcrm.zoho.http.messages import ZohoRequest, ZohoResponse
from tests.zoho.fakes import client, make_response, refusal


def fields_reply(count: int = 60) -> ZohoResponse:
    fields = [{"api_name": f"Field_{n}", "data_type": "text"} for n in range(count)]
    fields[1]["data_type"] = "subform"
    fields[2]["data_type"] = "multiselectlookup"
    return make_response({"fields": fields})


def by_path(request: ZohoRequest) -> ZohoResponse:
    if request.path.endswith("/settings/fields"):
        return fields_reply()
    return make_response({"data": [{"id": "1"}], "info": {"more_records": False}})


def paths(transport: Any) -> list[str]:
    return [request.path for request in transport.sent]


def test_fields_left_out_come_from_the_metadata_once() -> None:
    crm, transport = client(by_path)
    for _ in range(3):
        crm.records.list("Leads")
    assert paths(transport) == ["/crm/v8/settings/fields", *["/crm/v8/Leads"] * 3]
    assert dict(transport.sent[0].params) == {"module": "Leads"}
    names = transport.query["fields"].split(",")
    assert len(names) == 50
    assert names[:3] == ["Field_0", "Field_3", "Field_4"]
    crm.records.list("Contacts")
    assert paths(transport)[4:] == ["/crm/v8/settings/fields", "/crm/v8/Contacts"]


def test_cached_fields_expire() -> None:
    now = [0.0]
    crm, transport = client(by_path, metadata=MetadataCache(life=600, clock=lambda: now[0]))
    for moment in (0.0, 599.0, 601.0):
        now[0] = moment
        crm.records.list("Leads")
    assert paths(transport).count("/crm/v8/settings/fields") == 2
    crm.session.metadata.clear()
    crm.records.list("Leads")
    assert paths(transport).count("/crm/v8/settings/fields") == 3


def test_passed_fields_are_sent_without_metadata() -> None:
    crm, transport = client(by_path)
    crm.records.list("Leads", fields=["A", "B"])
    crm.attachments.list("Leads", "1")
    assert paths(transport) == ["/crm/v8/Leads", "/crm/v8/Leads/1/Attachments"]
    assert "File_Name" in transport.query["fields"]


@pytest.mark.parametrize("version", ["v2", "v2.1"])
def test_old_versions_need_no_fields(version: str) -> None:
    crm, transport = client(by_path, version=version)
    crm.records.list("Leads")
    crm.attachments.list("Leads", "1")
    assert all("fields" not in dict(request.params) for request in transport.sent)
    assert len(transport.sent) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(refusal("OAUTH_SCOPE_MISMATCH", 401), Forbidden), (refusal("INVALID_MODULE"), Invalid)],
)
def test_refused_metadata_raises_with_advice(answer: ZohoResponse, kind: type[Exception]) -> None:
    crm, _ = client(answer)
    with pytest.raises(kind) as caught:
        crm.records.list("Leads")
    (note,) = caught.value.__notes__
    assert "name the fields" in note
    assert "ZohoCRM.settings.fields.READ" in note


def test_a_module_without_fields_still_lists_ids() -> None:
    crm, transport = client(
        lambda request: (
            make_response(None, 204) if "fields" in request.path else make_response({"data": []})
        )
    )
    crm.records.list("Odd")
    assert transport.query["fields"] == "id"


def test_organisation_id_is_fetched_once() -> None:
    crm, transport = client(make_response({"org": [{"id": "1", "zgid": "77"}]}))
    assert crm.session.organisation_id() == crm.session.organisation_id() == "77"
    assert paths(transport) == ["/crm/v8/org"]


@pytest.mark.parametrize("answer", [{}, {"org": []}, {"org": [{"id": "1"}]}, {"org": {}}, [7]])
def test_response_without_an_organisation_raises_unreadable(answer: Any) -> None:
    crm, _ = client(make_response(answer))
    with pytest.raises(UnreadableResponse, match=r"zgid.*/org"):
        crm.bulk_write.upload(("a.zip", b"zip"))


@pytest.mark.parametrize("answer", [{}, {"fields": {}}, {"fields": [None, {"id": "1"}]}, [7]])
def test_metadata_of_an_odd_shape_still_lists_ids(answer: Any) -> None:
    crm, transport = client(make_response(answer), make_response({"data": []}))
    crm.records.list("Odd")
    assert transport.query["fields"] == "id"


def test_an_error_names_its_operation_and_not_its_arguments() -> None:
    crm, _ = client(refusal("INVALID_DATA", 404, id="CANARY"))
    with pytest.raises(NotFound) as caught:
        crm.records.get("CANARY", "CANARY", cvid="CANARY")
    assert caught.value.operation == "GET /crm/{version}/{module}/{id}"
    assert "CANARY" not in str(caught.value) + repr(caught.value)


def test_the_log_names_operations_only(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    crm, _ = client(make_response({"data": [{"Email": "CANARY"}]}))
    crm.records.search("CANARY", email="CANARY")
    (record,) = caplog.records
    assert record.name == "django_zcrm"
    assert record.getMessage().startswith("GET /crm/{version}/{module}/search: HTTP 200 in ")
    assert "CANARY" not in caplog.text


def test_every_call_has_its_timeouts() -> None:
    crm, transport = client(make_response({}), timeout=(1.0, 2.0))
    crm.request("GET", "/x")
    assert transport.timeouts == [(1.0, 2.0)]
