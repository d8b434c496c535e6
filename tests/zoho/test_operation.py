from __future__ import annotations

import inspect
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal, get_type_hints

import pytest

from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.http.encoding import File
from django_zcrm.zoho.operations.operation import Operation, operation
from django_zcrm.zoho.operations.readers import one, value
from django_zcrm.zoho.operations.results import BatchResult, Outcome
from django_zcrm.zoho.resources import Resource
from tests.cases import check_each
from tests.zoho.fakes import FakeTransport, make_response, session


class Things(Resource):
    """A resource just for this test, with one operation of each kind."""

    @operation(
        "GET",
        "/crm/{version}/things/{thing_id}",
        key="things",
        rename={"kind": "type"},
        returns=value,
    )
    def get(  # type: ignore[empty-body]
        self,
        thing_id: str,
        *,
        kind: Literal["a", "b"] = "a",
        ids: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> dict[str, Any]:
        """Get one."""

    @operation(
        "POST",
        "/crm/{version}/things",
        key="things",
        in_list=True,
        top_level=("trigger", "lar_id"),
        rename={"lar_id": "larId"},
        returns=value,
    )
    def create(  # type: ignore[empty-body]
        self,
        body: Any,
        *,
        trigger: Sequence[str] | None = None,
        lar_id: str | None = None,
        note: str | None = None,
    ) -> dict[str, Any]:
        """Create one."""

    @operation("POST", "/crm/{version}/bare", returns=value)
    def bare(self, body: Any = None) -> None:
        """Send a body without an envelope."""

    @operation(
        "PUT",
        "/crm/{version}/{module}/{rest}",
        slashes=("rest",),
        headers={"unmodified": "If-Unmodified-Since", "external": "X-EXTERNAL"},
        returns=value,
    )
    def put(
        self,
        module: str,
        rest: str,
        *,
        unmodified: datetime | None = None,
        external: str | None = None,
    ) -> None:
        """Put something."""

    @operation("POST", "/crm/{version}/files", files=("file",), host="upload")
    def upload(self, file: File, *, kind: str | None = None) -> Outcome:  # type: ignore[empty-body]
        """Upload."""

    @operation("GET", "/crm/{version}/new", since="v4", returns=value)
    def newer(self) -> None:
        """Only newer versions have it."""


class Widgets(Resource, scope="ZohoCRM.settings.widgets", key="widgets", since="v3"):
    """A resource whose operations share scope, envelope and first version."""

    @operation("PATCH", "/crm/{version}/widgets")
    def update(self) -> BatchResult:  # type: ignore[empty-body]
        """Declare nothing that the class has."""

    @operation(
        "GET", "/crm/{version}/bins", key="", since="v2", scopes=("ZohoCRM.bins.ALL",), returns=one
    )
    def bins(self) -> list[str]:  # type: ignore[empty-body]
        """Declare everything."""


def things(version: str = "v8") -> tuple[Things, FakeTransport]:
    transport = FakeTransport(make_response({"things": [], "code": "SUCCESS", "status": "success"}))
    return Things(session(transport, version)), transport


def test_arguments_go_to_path_and_query() -> None:
    resource, transport = things("v7")
    resource.get("1/2 ü", ids=["a", "b"], since=datetime(2026, 1, 2, tzinfo=UTC))
    request = transport.last
    assert (request.method, request.path) == ("GET", "/crm/v7/things/1%2F2%20%C3%BC")
    assert transport.query == {"type": "a", "ids": "a,b", "since": "2026-01-02T00:00:00+00:00"}
    assert request.body is None
    assert not request.form
    assert not request.files
    assert set(request.headers) == {"Authorization"}
    assert request.safe
    assert request.operation == "GET /crm/{version}/things/{thing_id}"


def test_defaults_are_sent_and_none_is_not() -> None:
    resource, transport = things()
    resource.get("1")
    assert transport.query == {"type": "a"}
    resource.get(thing_id="1", kind="b")
    assert transport.query == {"type": "b"}


def test_body_is_wrapped_in_its_envelope_with_further_keys() -> None:
    resource, transport = things()
    resource.create({"name": "ü"}, trigger=[], lar_id="7", note="q")
    assert transport.body == {"things": [{"name": "ü"}], "trigger": [], "larId": "7"}
    assert transport.query == {"note": "q"}
    assert transport.last.headers["Content-Type"] == "application/json"
    assert not transport.last.safe
    resource.create([{"name": 1}, {"name": 2}])
    assert transport.body == {"things": [{"name": 1}, {"name": 2}]}
    resource.create([])
    assert transport.body == {"things": []}


def test_body_without_an_envelope_is_sent_as_it_is() -> None:
    resource, transport = things()
    resource.bare({"a": 1})
    assert transport.body == {"a": 1}
    resource.bare()
    assert transport.last.body is None
    assert "Content-Type" not in transport.last.headers


def test_slashes_stay_where_they_may_and_headers_are_written() -> None:
    resource, transport = things()
    resource.put("Leads", "1/Notes", unmodified=datetime(2026, 1, 2, tzinfo=UTC), external="A.b")
    assert transport.last.path == "/crm/v8/Leads/1/Notes"
    assert transport.last.headers["If-Unmodified-Since"] == "2026-01-02T00:00:00+00:00"
    assert transport.last.headers["X-EXTERNAL"] == "A.b"
    assert transport.query == {}


def test_files_make_parts_and_go_to_their_host() -> None:
    resource, transport = things()
    file = io.BytesIO(b"png")
    file.name = "a.png"
    resource.upload(file, kind="x")
    (part,) = transport.last.files
    assert (part.name, part.filename, part.content_type) == ("file", "a.png", "image/png")
    assert part.content is file
    assert transport.last.host == "upload"
    assert transport.query == {"kind": "x"}


@check_each(
    "call",
    [
        lambda r: r.get(""),
        lambda r: r.get(None),
        lambda r: r.get(".."),
        lambda r: r.get("1", since=datetime(2026, 1, 2)),
        lambda r: r.put("Leads", "../users"),
        lambda r: r.put("Leads", "1", external="a\r\nX-Evil: 1"),
        lambda r: r.bare(object()),
        lambda r: r.upload("/etc/passwd"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is_sent(call: Any) -> None:
    resource, transport = things()
    with pytest.raises(ConfigurationError) as caught:
        call(resource)
    assert caught.value.operation
    assert str(caught.value).isprintable()
    assert not transport.sent


@pytest.mark.parametrize(
    "call",
    [
        lambda r: r.get(),
        lambda r: r.get("1", "b"),
        lambda r: r.get("1", thing_id="2"),
        lambda r: r.get("1", unknown=1),
        lambda r: r.create(note="x"),
    ],
)
def test_wrong_arguments_are_pythons_own_error(call: Any) -> None:
    resource, transport = things()
    with pytest.raises(TypeError):
        call(resource)
    assert not transport.sent


@pytest.mark.parametrize("version", ["v2", "v2.1", "v3"])
def test_operation_missing_in_version_raises(version: str) -> None:
    resource, transport = things(version)
    with pytest.raises(ConfigurationError, match=f"v4 or newer.*{version}") as caught:
        resource.newer()
    assert caught.value.setting == "API_VERSION"
    assert caught.value.operation == "GET /crm/{version}/new"
    assert not transport.sent
    resource, transport = things("v4")
    resource.newer()
    assert transport.last.path == "/crm/v4/new"


def test_help_and_annotations_match_the_signature() -> None:
    assert list(inspect.signature(Things.get).parameters) == [
        "self",
        "thing_id",
        "kind",
        "ids",
        "since",
    ]
    assert Things.get.__doc__ == "Get one."
    assert get_type_hints(Things.get)["kind"] == Literal["a", "b"]
    declared: Operation = Things.get.operation  # type: ignore[attr-defined]
    assert (declared.method, declared.path) == ("GET", "/crm/{version}/things/{thing_id}")
    assert declared.placeholders == ("thing_id",)


def test_operation_without_scope_key_and_version_has_those_of_its_class() -> None:
    declared: Operation = Widgets.update.operation  # type: ignore[attr-defined]
    assert (declared.key, declared.since) == ("widgets", "v3")
    assert declared.scopes == ("ZohoCRM.settings.widgets.UPDATE",)
    declared = Widgets.bins.operation  # type: ignore[attr-defined]
    assert (declared.key, declared.scopes, declared.since) == ("", ("ZohoCRM.bins.ALL",), "v2")
    with pytest.raises(ConfigurationError, match="v3 or newer"):
        Widgets(session(FakeTransport(), "v2")).update()


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        ("BatchResult", "batch"),
        ("Sequence[Tag]", "items"),
        ("Page[Tag]", "page"),
        ("Download", "download"),
        ("Tag", "item"),
        ("int", "value"),
    ],
)
def test_annotation_of_the_result_selects_the_reader(annotation: str, name: str) -> None:
    def signature(self: Resource) -> None:
        """Have the annotation that the test sets."""

    signature.__annotations__["return"] = annotation
    method: Any = operation("GET", "/x")(signature)
    type("Probe", (Resource,), {"method": method})
    assert method.operation.returns.__name__ == name
    assert method.operation.stream is (name == "download")
    assert Widgets.bins.operation.returns is one  # type: ignore[attr-defined]


def test_get_is_safe_unless_declared_otherwise() -> None:
    assert Operation("GET", "/x").build({}, "v8").safe
    assert not Operation("GET", "/x", safe=False).build({}, "v8").safe
    assert not Operation("POST", "/x").build({}, "v8").safe
    assert Operation("POST", "/x", safe=True).build({}, "v8").safe


def test_building_changes_nothing_of_the_callers() -> None:
    body = {"data": [{"Accounts": "1"}]}
    arguments = {"body": body, "x": ["a"], "none": None}
    before = {"body": {"data": [{"Accounts": "1"}]}, "x": ["a"], "none": None}
    Operation("POST", "/x", adapt="convert").build(arguments, "v8")
    assert arguments == before
