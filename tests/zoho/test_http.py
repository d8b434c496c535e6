from __future__ import annotations

import io
import pickle
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_zcrm.zoho.errors import Unreachable, UnreadableResponse
from django_zcrm.zoho.http.messages import (
    FilePart,
    Headers,
    ZohoRequest,
    ZohoResponse,
    filename_of,
    seconds_to_wait,
)
from django_zcrm.zoho.operations.responses import RawResponse
from tests.cases import check_each
from tests.zoho.fakes import make_response


@check_each(
    ("disposition", "name"),
    [
        ("", ""),
        ("attachment", ""),
        ("attachment; filename=plain.pdf", "plain.pdf"),
        ("attachment;filename=plain.pdf;size=5", "plain.pdf"),
        ('attachment; filename="with space; and semicolon.pdf"', "with space; and semicolon.pdf"),
        ('ATTACHMENT; FILENAME = "case.pdf"', "case.pdf"),
        ('attachment; filename="quo\\"ted.pdf"', 'quo"ted.pdf'),
        ("attachment; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.pdf", "naïve €.pdf"),
        ("attachment; filename*=utf-8'en'x.pdf", "x.pdf"),
        ("attachment; filename*=\"UTF-8''quoted.pdf\"", "quoted.pdf"),
        ("attachment; filename=a.pdf; filename*=UTF-8''b.pdf", "b.pdf"),
        ("attachment; filename*=UTF-8''b.pdf; filename=a.pdf", "b.pdf"),
        ("attachment; filename*=ISO-8859-1''%E4.pdf", "ä.pdf"),
        ("attachment; filename*=nonsense''%C3%A4.pdf", "ä.pdf"),
        ("attachment; filename*=idna''%C3%A4.pdf", "ä.pdf"),
        ("attachment; filename*=broken; filename=a.pdf", "a.pdf"),
        ("filename=no-type.pdf", "no-type.pdf"),
        # Raw UTF-8, which HTTP libraries decode as Latin-1, and true Latin-1.
        ('attachment; filename="' + "报价单.pdf".encode().decode("latin-1") + '"', "报价单.pdf"),
        ('attachment; filename="ä.pdf"', "ä.pdf"),
        # No directories, nor a way out of the folder.
        ('attachment; filename="/etc/passwd"', "passwd"),
        ('attachment; filename="..\\..\\evil.exe"', "evil.exe"),
        ('attachment; filename="C:\\temp\\evil.exe"', "evil.exe"),
        ("attachment; filename*=UTF-8''..%2F..%2Fevil.sh", "evil.sh"),
        ("attachment; filename*=UTF-8''..%5Cevil.sh", "evil.sh"),
        ("attachment; filename=..", ""),
        ("attachment; filename=.", ""),
        ('attachment; filename="a/.."', ""),
        ("attachment; filename*=UTF-8''..%00", ""),
        ("attachment; filename*=UTF-8''a%0D%0Ab%00c.txt", "abc.txt"),
        ("attachment; filename*=UTF-8''gpj%E2%80%AE.exe", "gpj.exe"),
        # A parameter inside another's quotes is text.
        ("attachment; filename=\"a; filename*=UTF-8''b.txt\"", "a; filename*=UTF-8''b.txt"),
        ('attachment; xfilename=no; filename="yes"', "yes"),
        ('attachment; filename="unclosed', '"unclosed'),
        ('attachment; filename=""', ""),
    ],
)
def test_file_names_of_downloads(disposition: str, name: str) -> None:
    assert filename_of(disposition) == name
    assert make_response(b"x", content_disposition=disposition).filename == name


@given(st.text(max_size=80))
def test_a_file_name_is_never_a_path_whatever_the_header(disposition: str) -> None:
    for header in (disposition, f"attachment; filename*=UTF-8''{disposition}"):
        name = filename_of(header)
        assert not set(name) & {"/", "\\", "\0", "\r", "\n"}
        assert name not in {".", ".."}


def test_json_is_decoded_once() -> None:
    response = make_response({"data": [1]})
    assert response.json is response.json


@pytest.mark.parametrize("content", [b"", b"  \r\n"])
@pytest.mark.parametrize("status", [200, 204, 304])
def test_an_empty_body_is_no_json(status: int, content: bytes) -> None:
    assert ZohoResponse(status, content=content).json is None


@pytest.mark.parametrize(
    "content", [b"<html>502</html>", b"{", b"\xff\xfe", b'{"a": NaN', b"[" * 100_000]
)
def test_response_without_json_raises_unreadable_without_quote(content: bytes) -> None:
    response = make_response(content, 502, content_type="text/html; charset=x")
    response.operation = "GET /x"
    with pytest.raises(UnreadableResponse) as caught:
        response.json  # noqa: B018
    error = caught.value
    size = "1 byte" if content == b"{" else f"{len(content)} bytes"
    assert str(error) == f"HTTP 502 with {size} of text/html where JSON was expected (GET /x)"
    assert error.status == 502


def test_reading_a_stream_gives_the_connection_back_even_when_it_breaks() -> None:
    closed: list[bool] = []

    def broken(size: int) -> Iterator[bytes]:
        yield b"half"
        raise Unreachable("gone")

    for chunks, raises in ((lambda size: iter([b"a", b"b"]), False), (broken, True)):
        response = ZohoResponse(200, chunks=chunks, close=lambda: closed.append(True))
        if raises:
            with pytest.raises(Unreachable):
                response.read()
        else:
            assert response.read() == response.read() == b"ab"
    assert closed == [True, True]


@check_each(
    ("written", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("Wed, 21 Oct 2026 07:28:09 GMT", 9.0),
        ("Wednesday, 21-Oct-26 07:28:09 GMT", 9.0),
        ("Wed Oct 21 07:28:09 2026", 9.0),
        ("Wed, 21 Oct 2026 06:28:00 GMT", 0.0),
        ("Wed, 42 Oct 2026 07:28:09 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2400", None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(written: str, seconds: float | None) -> None:
    assert seconds_to_wait(written, NOON) == seconds
    response = make_response(None, 429, retry_after=written)
    response.received = NOON
    assert response.retry_after == seconds


NOON = datetime(2026, 10, 21, 7, 28, tzinfo=UTC).timestamp()


@given(st.text(alphabet="Wed, 21Oct206:-+GMT"))
def test_no_text_of_retry_after_is_a_crash(written: str) -> None:
    assert (seconds_to_wait(written, NOON) or 0.0) >= 0.0


def test_a_date_to_wait_for_is_of_the_servers_clock() -> None:
    wait = "Wed, 21 Oct 2026 07:28:09 GMT"
    response = make_response(None, 429, retry_after=wait, date="Wed, 21 Oct 2026 07:28:04 GMT")
    response.received = NOON - 3600
    assert response.retry_after == 5.0


def test_a_reply_is_of_the_time_when_it_came() -> None:
    before = time.time()
    assert before <= make_response(None).received <= time.time()


def test_a_reply_that_was_read_can_be_cached() -> None:
    answer = RawResponse(make_response({"data": [{"id": "1"}]}, x_a="b"))
    assert answer["data"] == [{"id": "1"}]
    back = pickle.loads(pickle.dumps(answer))  # noqa: S301
    assert (back.status_code, dict(back), back.headers["X-A"]) == (200, dict(answer), "b")


def test_headers_are_found_in_any_case() -> None:
    headers = Headers({"Content-Type": "a", "x-B": "b"})
    assert headers["CONTENT-TYPE"] == headers["content-type"] == "a"
    assert headers.get("X-b") == "b"
    assert headers.get("nothing", "none") == "none"
    assert (list(headers), len(headers)) == (["content-type", "x-b"], 2)


def test_a_header_replaces_one_of_the_same_name_in_any_case() -> None:
    request = ZohoRequest(method="GET", path="/", headers={"authorization": "theirs", "X-A": "a"})
    assert request.with_header("Authorization", "ours").headers == {
        "X-A": "a",
        "Authorization": "ours",
    }
    assert request.headers["authorization"] == "theirs"


def test_a_request_shows_no_values() -> None:
    request = ZohoRequest(
        method="POST",
        path="/x",
        params=[("criteria", "CANARY")],
        headers={"Authorization": "CANARY"},
        body=b"CANARY",
        form=[("client_secret", "CANARY")],
        files=[FilePart("file", "a.txt", b"CANARY")],
        operation="POST /x",
    )
    assert "CANARY" not in repr(request)
    assert "CANARY" not in repr(request.files[0])
    assert "POST /x" in repr(request)


def test_files_go_back_to_where_they_stood() -> None:
    file = io.BytesIO(b"0123456789")
    file.seek(4)
    request = ZohoRequest(
        method="POST",
        path="/",
        files=[FilePart("file", "a", file, start=4), FilePart("file", "b", b"bytes")],
    )
    assert request.replayable
    file.read()
    request.rewind()
    assert file.tell() == 4


def test_a_stream_that_cannot_go_back_makes_a_request_that_cannot_be_replayed() -> None:
    part = FilePart("file", "a", io.BytesIO(), start=None)
    assert not ZohoRequest(method="POST", path="/", files=[part]).replayable
    part.rewind()
