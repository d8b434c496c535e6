"""Mail merge: letters that are sent, downloaded, or given to sign."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from .api import Api, Item

TEMPLATE = {"mail_merge_template": {"name": "Lead letter"}}


@pytest.fixture
def lead(v8: Api) -> str:
    return v8.create("Leads", Last_Name="Wong", Email="wong@merge.example")


def merge_template(api: Api, lead: str, action: str, **values: Any) -> Any:
    """The answer to one of the three actions."""
    key = f"{action}_mail_merge"
    return api.post(f"Leads/{lead}/actions/{key}", {key: [{**TEMPLATE, **values}]})


def test_mail_merge_sends_a_letter(v8: Api, lead: str) -> None:
    to: list[Item] = [{"type": "email", "value": "a@merge.example"}, {"value": "Email"}]
    answer = merge_template(v8, lead, "send", to_address=to, subject="Hello", message="Dear all")
    (done,) = answer.json["send_mail_merge"]
    assert done["code"] == "SUCCESS"
    assert done["details"]["report_link"].startswith("https://")

    (mail,) = v8.get(f"Leads/{lead}/Emails").json["Emails"]
    assert mail["subject"] == "Hello"
    assert [person["email"] for person in mail["to"]] == ["a@merge.example", "wong@merge.example"]


def test_mail_merge_returns_a_document(v8: Api, lead: str) -> None:
    as_pdf = merge_template(v8, lead, "download")
    assert as_pdf.content_type == "application/pdf"
    assert as_pdf.data.startswith(b"%PDF")
    assert b"Lead letter for Wong" in as_pdf.data
    as_html = merge_template(v8, lead, "download", output_format="html", file_name="letter")
    assert 'filename="letter.html"' in as_html.headers["Content-Disposition"]
    as_docx = merge_template(v8, lead, "download", output_format="docx")
    with ZipFile(BytesIO(as_docx.data)) as archive:
        assert b"Lead letter for Wong" in archive.read("word/document.xml")


def test_mail_merge_document_is_sent_for_signing(v8: Api, lead: str) -> None:
    signer = {"action_type": "sign", "recipient": {"type": "email", "value": "a@merge.example"}}
    (done,) = merge_template(v8, lead, "sign", signers=[signer]).json["sign_mail_merge"]
    assert done["code"] == "SUCCESS"
    (refused,) = merge_template(v8, lead, "sign", signers=[{**signer, "action_type": "x"}]).json[
        "sign_mail_merge"
    ]
    assert refused["details"]["supported_values"] == ["sign", "approve"]


def test_template_of_another_module_is_refused(v8: Api, lead: str) -> None:
    deal = {"mail_merge_template": {"name": "Deal letter"}}
    refused = merge_template(v8, lead, "download", **deal)
    assert refused.status_code == 400
    assert (
        refused.json["details"]["json_path"] == "$.download_mail_merge[0].mail_merge_template.name"
    )
    (missing,) = merge_template(v8, lead, "send", subject="Hello").json["send_mail_merge"]
    assert missing["details"]["api_name"] == "to_address"
