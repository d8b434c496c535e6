"""Each request is reported to the project by a signal, and to OpenTelemetry by a span."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from django_zcrm import zcrm
from django_zcrm.exceptions import Forbidden
from django_zcrm.models import Connection
from django_zcrm.monitoring import tracing
from django_zcrm.signals import request_finished
from django_zcrm.zoho.calls.observer import Attempt
from tests.app.zoho import Zoho, connect, expire

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempts() -> Iterator[list[dict[str, Any]]]:
    """What receivers of request_finished were sent."""
    received: list[dict[str, Any]] = []

    def receive(sender: Any, **options: Any) -> None:
        received.append({**options, "sender": sender})

    request_finished.connect(receive)
    yield received
    request_finished.disconnect(receive)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "tracer", provider.get_tracer("django_zcrm"))
    return exporter


def test_observer_gets_request_without_content(zoho: Zoho, attempts: list[dict[str, Any]]) -> None:
    connection = connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    crm.records.create("Leads", [{"Last_Name": "Canary", "Company": "Canary Ltd"}])
    (attempt,) = attempts
    assert attempt["sender"] is Connection
    assert attempt["connection"] == connection
    assert (attempt["operation"], attempt["status"], attempt["attempt"]) == (
        "POST /crm/{version}/{module}",
        201,
        1,
    )
    assert attempt["milliseconds"] > 0
    assert attempt["request_id"]
    assert attempt["error"] == ""
    assert "Canary" not in repr(attempts)


def test_observer_gets_each_attempt(zoho: Zoho, attempts: list[dict[str, Any]]) -> None:
    connect(zoho)
    zoho.fail_next("org.get", code="INTERNAL_ERROR", times=1)
    zcrm.for_identifier("sales@example.com").request("GET", "/crm/{version}/org")
    assert [(attempt["status"], attempt["attempt"]) for attempt in attempts] == [(500, 1), (200, 2)]
    assert len({attempt["request_id"] for attempt in attempts}) == 1


def test_a_receiver_that_fails_does_not_fail_the_call(zoho: Zoho, caplog: Any) -> None:
    def fail(**options: Any) -> None:
        raise ValueError("broken receiver")

    connect(zoho)
    request_finished.connect(fail)
    try:
        assert zcrm.for_identifier("sales@example.com").request("GET", "/crm/{version}/org")
    finally:
        request_finished.disconnect(fail)
    assert "broken receiver" in caplog.text


@pytest.mark.zcrm_emulator(data="demo")
def test_a_call_is_a_span(zoho: Zoho, spans: InMemorySpanExporter) -> None:
    connection = connect(zoho)
    zcrm.for_identifier("sales@example.com").records.list("Leads", fields=["Last_Name"])
    (span,) = spans.get_finished_spans()
    assert span.name == "GET /crm/{version}/{module}"
    assert span.kind is trace.SpanKind.CLIENT
    assert span.status.is_unset
    about = dict(span.attributes or {})
    assert about.pop("zcrm.request_id")
    assert about == {
        "url.template": "/crm/{version}/{module}",
        "zcrm.connection": connection.pk,
        "http.request.method": "GET",
        "http.request.resend_count": 0,
        "http.response.status_code": 200,
    }


def test_span_of_refused_call_has_error(zoho: Zoho, spans: InMemorySpanExporter) -> None:
    connect(zoho)
    zoho.fail_next("org.get", code="NO_PERMISSION")
    with pytest.raises(Forbidden):
        zcrm.for_identifier("sales@example.com").request("GET", "/crm/{version}/org")
    (span,) = spans.get_finished_spans()
    assert span.status.status_code is trace.StatusCode.ERROR
    assert (span.attributes or {})["http.response.status_code"] == 403
    assert [event.name for event in span.events] == ["attempt", "exception"]


def test_span_of_a_retried_call_describes_only_the_last_attempt(
    zoho: Zoho, spans: InMemorySpanExporter
) -> None:
    connect(zoho)
    zoho.fail_next("org.get", drop="before")
    zcrm.for_identifier("sales@example.com").request("GET", "/crm/{version}/org")
    (span,) = spans.get_finished_spans()
    about = dict(span.attributes or {})
    assert about["http.response.status_code"] == 200
    assert about["http.request.resend_count"] == 1
    assert "error.type" not in about
    failed, succeeded = (dict(event.attributes or {}) for event in span.events)
    assert failed["error.type"]
    assert "error.type" not in succeeded


def test_span_has_wait_for_slot_of_last_attempt(spans: InMemorySpanExporter) -> None:
    for waits in ([0.0, 12.34], [12.34, 0.0]):
        with tracing.span("GET /x", {}, template="/x"):
            for number, waited_ms in enumerate(waits, 1):
                attempt = Attempt("GET /x", "GET", "1", number, 200, 5.0, waited_ms=waited_ms)
                tracing.note_attempt(attempt)
    delayed, prompt = (dict(span.attributes or {}) for span in spans.get_finished_spans())
    assert delayed["zcrm.waited_ms"] == 12.3
    assert "zcrm.waited_ms" not in prompt


def test_a_call_that_renews_its_token_is_one_span(zoho: Zoho, spans: InMemorySpanExporter) -> None:
    expire(connect(zoho))
    zcrm.for_identifier("sales@example.com").request("GET", "/crm/{version}/org")
    (span,) = spans.get_finished_spans()
    text = span.to_json()
    assert "1000." not in text  # the prefix of all of Zoho's tokens


@pytest.mark.django_db(transaction=True)
def test_awaited_calls_have_spans_of_their_own(
    zoho: Zoho, spans: InMemorySpanExporter, attempts: list[dict[str, Any]]
) -> None:
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")

    async def call() -> None:
        paths = ["/crm/{version}/org", "/crm/{version}/users"]
        await asyncio.gather(*(crm.aio.request("GET", path) for path in paths))

    asyncio.run(call())
    named = {span.name: dict(span.attributes or {}) for span in spans.get_finished_spans()}
    assert set(named) == {"GET /crm/{version}/org", "GET /crm/{version}/users"}
    ids = {attempt["operation"]: attempt["request_id"] for attempt in attempts}
    assert named["GET /crm/{version}/org"]["zcrm.request_id"] == ids["GET /crm/v8/org"]
    attributes = named.values()
    assert all(span["http.response.status_code"] == 200 for span in attributes)


def test_without_the_package_nothing_is_missing() -> None:
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from django_zcrm.monitoring import tracing\n"
        "assert not tracing.IS_INSTALLED\n"
        "with tracing.span('GET /x', {}, template='/x'): tracing.note_attempt(None)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
