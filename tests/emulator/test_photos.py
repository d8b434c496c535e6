"""Photos of records."""

from __future__ import annotations

from struct import pack

import pytest

from django_zcrm.emulator.engine.generated_files import pdf, png
from django_zcrm.emulator.engine.images import pixels
from tests.cases import check_each

from .api import Api


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(4, 4, (200, 10, 10)), "image/png"),
        (b"\xff\xd8\xff\xe0jpeg", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"BM......", "image/bmp"),
    ],
    ids=["png", "jpeg", "gif", "bmp"],
)
def test_photo_is_stored_and_deleted(api: Api, content: bytes, kind: str) -> None:
    contact = api.first_id("Contacts")
    path = f"Contacts/{contact}/photo"
    assert api.get(path).status_code == 204
    answer = api.upload(path, ("me.png", content))
    assert answer.json == {
        "code": "SUCCESS",
        "details": {},
        "message": "photo uploaded successfully",
        "status": "success",
    }
    photo = api.get(path)
    assert (photo.data, photo.content_type) == (content, kind)
    assert api.record("Contacts", contact)["Record_Image"]
    assert api.delete(path).json["message"] == "Photo deleted"
    assert api.get(path).status_code == 204
    assert api.record("Contacts", contact)["Record_Image"] is None


def test_invalid_photo_is_refused(api: Api) -> None:
    contact = api.first_id("Contacts")
    answer = api.upload(f"Contacts/{contact}/photo", ("me.pdf", pdf("no photo")))
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_DATA")
    huge = png(1, 1, (0, 0, 0)) + b"\0" * (10 * 1024 * 1024)
    answer = api.upload(f"Contacts/{contact}/photo", ("me.png", huge))
    assert (answer.status_code, answer.json["code"]) == (415, "FILE_SIZE_MORE_THAN_ALLOWED_SIZE")
    wide = png(1, 1, (0, 0, 0)).replace(pack(">II", 1, 1), pack(">II", 5_000, 2_001), 1)
    answer = api.upload(f"Contacts/{contact}/photo", ("me.png", wide))
    assert (answer.status_code, answer.json["code"]) == (415, "FILE_SIZE_MORE_THAN_ALLOWED_SIZE")
    deal = api.first_id("Deals")
    assert api.get(f"Deals/{deal}/photo").json["code"] == "NOT_SUPPORTED"


@check_each(
    ("content", "size"),
    [
        (png(3, 2, (0, 0, 0)), 6),
        (b"GIF89a" + pack("<HH", 3, 2) + b";", 6),
        (b"BM" + pack("<I", 26) + b"\0" * 12 + pack("<ii", 3, -2), 6),
        (b"\xff\xd8\xff\xe0\0\4ab\xff\xc0\0\x0b\x08\0\2\0\3\xff\xd9", 6),
        (b"\xff\xd8\xff\xe0jpeg\xff\xd9", 0),
        (b"%PDF", 0),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 100, 0),
        (b"GIF89a" + b"x" * 100, 0),
        (b"BM" + b"x" * 100, 0),
        (b"\xff\xd8\xff\xc0" + b"x" * 100, 0),
    ],
)
def test_pixels_of_an_image_are_counted(content: bytes, size: int) -> None:
    assert pixels(content) == size
