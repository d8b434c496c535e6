"""The organisation and its photo."""

from __future__ import annotations

import pytest

from .api import Api
from .caller import make_caller

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_organisation_is_returned(version: str) -> None:
    org = make_caller().get(f"/crm/{version}/org").json["org"][0]
    assert org["company_name"] == "Brightwater Trading"
    assert org["primary_email"] == "mara.lindqvist@brightwater.example"
    assert org["license_details"]["paid_type"] == "enterprise"
    assert ("hierarchy_preferences" in org) is (version == "v8")


def test_organisation_photo_is_stored(v8: Api) -> None:
    assert v8.get("org/photo").status_code == 204
    assert v8.post("org/photo").json["code"] == "REQUIRED_PARAM_MISSING"
    assert v8.upload("org/photo", ("a.txt", b"text")).json["code"] == "INVALID_DATA"
    answer = v8.upload("org/photo", ("logo.png", PNG))
    assert (answer.status_code, answer.json["message"]) == (200, "photo uploaded successfully")
    assert v8.get("org").json["org"][0]["photo_id"]
    photo = v8.get("org/photo")
    assert (photo.data, photo.content_type) == (PNG, "image/png")
    assert v8.delete("org/photo").status_code == 200
    assert v8.get("org/photo").status_code == 204
