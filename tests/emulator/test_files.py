"""The files API: bytes go in and come out the same."""

from __future__ import annotations

from .api import Api

EVERY_BYTE = bytes(range(256)) * 400


def test_uploaded_file_is_downloaded(v8: Api) -> None:
    answer = v8.upload("files", ("a.txt", b"one"), ("b.bin", EVERY_BYTE))
    assert answer.status_code == 200
    first, second = answer.json["data"]
    assert first["message"] == "a.txt uploaded Succeessfully"
    assert first["details"]["name"] == "a.txt"
    assert v8.get("files", id=second["details"]["id"]).data == EVERY_BYTE
    assert v8.get("files", id="unknown").status_code == 204
    assert v8.get("files").json["code"] == "REQUIRED_PARAM_MISSING"
    many = [(f"{number}", b"x") for number in range(11)]
    assert v8.upload("files", *many).json["code"] == "LIMIT_EXCEEDED"
    huge = b"\0" * (20 * 1024 * 1024 + 1)
    answer = v8.upload("files", ("ok", b"x"), ("huge", huge))
    assert (answer.status_code, answer.json["code"]) == (415, "FILE_SIZE_MORE_THAN_ALLOWED_SIZE")
