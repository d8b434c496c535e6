"""The addresses that mails may be sent from."""

from __future__ import annotations

from .api import Api

MARA = "mara.lindqvist@brightwater.example"


def test_mail_from_another_sender_is_refused(v8: Api) -> None:
    addresses = v8.get("settings/emails/actions/from_addresses").json["from_addresses"]
    assert [(address["email"], address["default"]) for address in addresses] == [
        (MARA, True),
        ("info@brightwater.example", False),
    ]
    wrong = v8.get("settings/emails/actions/from_addresses", user_id="9")
    assert wrong.json["details"] == {"param_name": "user_id"}
