"""Mails of records: sent, associated, linked, shared, and their files."""

from __future__ import annotations

from typing import Any

from tests.cases import check_each

from .api import Api

Item = dict[str, Any]


MARA = "mara.lindqvist@brightwater.example"


def lead(api: Api) -> str:
    return api.create("Leads", Last_Name="Ruiz", Company="Acme", Email="ruiz@acme.example")


def mail(**changes: Any) -> Item:
    return {
        "from": {"user_name": "Mara", "email": MARA},
        "to": [{"user_name": "Ruiz", "email": "ruiz@acme.example"}],
        "subject": "Hello",
        "content": "<p>Good day</p>",
        **changes,
    }


def send(api: Api, record: str, module: str = "Leads", **changes: Any) -> Item:
    answer = api.post(f"{module}/{record}/actions/send_mail", {"data": [mail(**changes)]})
    row: Item = answer.json["data"][0]
    return row


def send_mail(api: Api, record: str, module: str = "Leads", **changes: Any) -> str:
    result = send(api, record, module, **changes)
    assert result["message"] == "Your mail has been sent successfully."
    return str(result["details"]["message_id"])


def test_sent_mail_is_stored(v8: Api) -> None:
    record = lead(v8)
    assert v8.get(f"Leads/{record}/Emails").status_code == 204
    message_id = send_mail(v8, record)
    listed = v8.get(f"Leads/{record}/Emails").json
    assert listed["Emails"][0]["message_id"] == message_id
    assert listed["Emails"][0]["summary"] == "Good day"
    assert "content" not in listed["Emails"][0]
    assert listed["info"]["more_records"] is False
    email = v8.get(f"Leads/{record}/Emails/{message_id}").json["Emails"][0]
    assert (email["content"], email["owner"]["name"]) == ("<p>Good day</p>", "Mara Lindqvist")
    assert v8.get(f"Leads/{record}/Emails/nothing").status_code == 204


@check_each(
    ("changes", "code", "path"),
    [
        ({"from": None}, "MANDATORY_NOT_FOUND", "from"),
        ({"to": []}, "MANDATORY_NOT_FOUND", "to"),
        ({"subject": None}, "MANDATORY_NOT_FOUND", "subject"),
        ({"from": {"email": "x@elsewhere.example"}}, "INVALID_DATA", "from.email"),
        ({"to": [{"email": "nobody"}]}, "INVALID_DATA", "to[0].email"),
        ({"mail_format": "pdf"}, "INVALID_DATA", "mail_format"),
        ({"attachments": [{"id": "none"}]}, "INVALID_DATA", "attachments[0].id"),
        ({"scheduled_time": "2001-01-01T10:00:00+00:00"}, "INVALID_DATA", "scheduled_time"),
        ({"template": {"id": "9"}}, "INVALID_DATA", "template.id"),
    ],
)
def test_invalid_mail_is_refused(v8: Api, changes: Item, code: str, path: str) -> None:
    result = send(v8, lead(v8), **changes)
    assert result["code"] == code
    assert result["details"]["json_path"] == f"$.data[0].{path}"


def test_mail_from_a_template_has_its_content(v8: Api) -> None:
    record = lead(v8)
    template = v8.get("settings/email_templates").json["email_templates"][0]
    both = send(v8, record, template={"id": template["id"]})
    assert both["code"] == "AMBIGUITY_DURING_PROCESSING"
    message_id = send_mail(v8, record, template={"id": template["id"]}, content=None, subject=None)
    email = v8.get(f"Leads/{record}/Emails/{message_id}").json["Emails"][0]
    assert email["subject"] == template["subject"]


def test_mails_are_paged_by_ten_and_filtered_by_kind(v8: Api) -> None:
    record = lead(v8)
    for number in range(11):
        send_mail(v8, record, subject=f"Number {number}")
    later = send(v8, record, scheduled_time="2099-01-01T10:00:00+00:00")
    assert later["message"] == "Your mail has been scheduled successfully."
    first = v8.get(f"Leads/{record}/Emails", type="sent_from_crm").json
    assert (len(first["Emails"]), first["Emails"][0]["subject"]) == (10, "Number 10")
    rest = v8.get(
        f"Leads/{record}/Emails", type="sent_from_crm", index=first["info"]["next_index"]
    ).json
    assert [email["subject"] for email in rest["Emails"]] == ["Number 0"]
    planned = v8.get(f"Leads/{record}/Emails", type="scheduled_in_crm").json["Emails"]
    assert len(planned) == 1
    assert v8.get(f"Leads/{record}/Emails", type="other").json["code"] == "INVALID_DATA"


def test_mails_of_a_module_without_mails_are_refused(v8: Api) -> None:
    task = v8.first_id("Tasks")
    assert v8.get(f"Tasks/{task}/Emails").json["code"] == "NOT_SUPPORTED"
    assert v8.get("Nothing/1/Emails").json["code"] == "INVALID_MODULE"


def test_external_mail_is_associated_once(v8: Api) -> None:
    record = lead(v8)
    query: dict[str, Any] = {"orginal_message_id": "<abc@mail.example>"}
    assert v8.get("actions/email_available", **query).json["available"] is False
    body = mail(
        original_message_id="<abc@mail.example>",
        sent=False,
        date_time="2026-02-03T10:00:00+01:00",
    )
    path = f"Leads/{record}/actions/associate_email"
    answer = v8.post(path, {"Emails": [body]})
    assert answer.status_code == 200, answer.text
    message_id = answer.json["Emails"][0]["details"]["message_id"]
    email = v8.get(f"Leads/{record}/Emails/{message_id}").json["Emails"][0]
    assert (email["sent"], email["source"]) == (False, "api")
    available = v8.get("actions/email_available", **query).json
    assert (available["available"], available["record"]["id"]) == (True, record)
    again = v8.post(path, {"data": [body]})
    assert again.json["data"][0]["code"] == "DUPLICATE_DATA"
    assert v8.get("actions/email_available").json["code"] == "REQUIRED_PARAM_MISSING"


def test_mail_of_a_contact_is_linked_to_a_deal(v8: Api) -> None:
    contact, deal = v8.first_id("Contacts"), v8.first_id("Deals")
    message_id = send_mail(v8, contact, "Contacts")
    owner = next(iter(v8.org.users))
    module = {"api_name": "Deals", "id": v8.org.metadata.modules["Deals"].id}
    link = {"owner": {"id": owner}, "linked_record": {"module": module, "id": deal}}
    path = f"Contacts/{contact}/Emails"
    answer = v8.post(
        f"{path}/actions/link_record", {"Emails": [{"message_id": message_id, **link}]}
    )
    assert answer.status_code == 200, answer.text
    email = v8.get(f"{path}/{message_id}").json["Emails"][0]
    assert email["linked_record"]["id"] == deal
    gone = v8.delete(f"{path}/actions/link_record", message_ids=message_id, owner_id=owner)
    assert gone.json["Emails"][0]["status"] == "success"
    again = v8.delete(f"{path}/{message_id}/actions/link_record", owner_id=owner)
    assert again.json["code"] == "INVALID_DATA"
    single = v8.post(f"{path}/{message_id}/actions/link_record", {"Emails": [link]})
    assert single.status_code == 200, single.text
    wrong = link | {"linked_record": {"module": module, "id": contact}}
    refused = v8.post(f"{path}/{message_id}/actions/link_record", {"Emails": [wrong]})
    assert refused.json["Emails"][0]["details"]["json_path"] == "$.Emails[0].linked_record.id"


def test_mails_are_shared_and_revoked(v8: Api) -> None:
    other, record = v8.first_id("Leads"), lead(v8)
    path = f"Leads/{record}/actions"
    assert v8.post(f"{path}/share_emails").json["data"][0]["message"] == "Successfully shared"
    assert v8.post(f"{path}/share_emails").json["code"] == "ALREADY_SHARED"
    many = v8.post("Leads/actions/share_emails", {"ids": [other, "9", other]})
    codes = [row["code"] for row in many.json["data"]]
    assert codes == ["SUCCESS", "INVALID_DATA", "DUPLICATE_DATA"]
    details = v8.get(f"Leads/{record}/__emails_sharing_details").json
    sharers = details["__emails_sharing_details"][0]["shared_from_users"]
    assert [sharer["name"] for sharer in sharers] == ["Mara Lindqvist"]
    assert v8.post(f"{path}/unshare_emails").status_code == 200
    revoked = v8.post("Leads/actions/unshare_emails", {"ids": [record]})
    assert revoked.json["data"][0]["code"] == "NOT_SHARED"


def test_files_of_a_mail_are_downloaded(v8: Api) -> None:
    record = lead(v8)
    uploaded = v8.upload("files", ("offer.txt", b"100 EUR"))
    file_id = uploaded.json["data"][0]["details"]["id"]
    message_id = send_mail(v8, record, attachments=[{"id": file_id}])
    mail = v8.get(f"Leads/{record}/Emails/{message_id}").json["Emails"][0]
    assert mail["attachments"] == [{"id": file_id, "name": "offer.txt", "size": "7"}]
    query = {"user_id": next(iter(v8.org.users)), "message_id": message_id, "id": file_id}
    path = f"Leads/{record}/Emails/actions"
    missing = v8.get(f"{path}/download_attachments", **query)
    assert missing.json["details"] == {"param_name": "name"}
    got = v8.get(f"{path}/download_attachments", name="offer.txt", **query)
    assert got.data == b"100 EUR"
    assert v8.get(f"{path}/download_inline_images", **query).data == b"100 EUR"
    nothing = v8.get(f"{path}/download_inline_images", **(query | {"id": "x"}))
    assert nothing.status_code == 204


def test_addresses_are_unblocked(v8: Api) -> None:
    record = v8.create("Leads", Last_Name="A", Company="B", Email_Opt_Out=True)
    body = {"unblock_fields": ["Email"]}
    answer = v8.post(f"Leads/{record}/actions/unblock_email", body)
    assert answer.status_code == 200, answer.text
    assert v8.record("Leads", record)["Email_Opt_Out"] is False
    many = v8.post("Leads/actions/unblock_email", body | {"ids": [record, "9"]})
    assert [row["status"] for row in many.json["data"]] == ["success", "error"]
    wrong = v8.post(f"Leads/{record}/actions/unblock_email", {"unblock_fields": ["Phone"]})
    assert wrong.json["details"]["json_path"] == "$.unblock_fields[0]"
