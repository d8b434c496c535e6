from __future__ import annotations

import pytest

from django_zcrm.zoho.catalogue import entries
from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.scopes import named, needed, used_in


def scopes(*words: str, modules: tuple[str, ...] = ()) -> list[str]:
    return needed(named(words, modules))


def test_a_call_needs_what_it_declares() -> None:
    assert scopes("fields.update_one") == ["ZohoCRM.settings.fields.UPDATE"]
    assert scopes("coql.query", modules=("Leads",)) == [
        "ZohoCRM.coql.READ",
        "ZohoCRM.modules.leads.READ",
    ]


def test_a_list_that_may_leave_out_its_fields_needs_to_ask_for_them() -> None:
    assert "ZohoCRM.settings.fields.READ" in scopes("records.list")
    assert "ZohoCRM.settings.fields.READ" not in scopes("records.get")


def test_all_four_actions_are_one_scope() -> None:
    assert "ZohoCRM.modules.ALL" in scopes("records")
    assert scopes("contact_roles") == ["ZohoCRM.modules.contacts.ALL"]
    assert scopes("tags.list", "tags.create") == [
        "ZohoCRM.settings.tags.CREATE",
        "ZohoCRM.settings.tags.READ",
    ]


def test_a_scope_for_all_modules_takes_those_for_one_in() -> None:
    assert scopes("notes") == ["ZohoCRM.modules.notes.ALL"]
    both = scopes("notes", "records")
    assert [scope for scope in both if ".modules." in scope] == ["ZohoCRM.modules.ALL"]
    some = scopes("notes.get", "notes.create", "records.get")
    assert some == ["ZohoCRM.modules.READ", "ZohoCRM.modules.notes.CREATE"]


@pytest.mark.parametrize(
    ("module", "name"),
    [("Leads", "leads"), ("Sales_Orders", "salesorders"), ("Zoo", "custom"), ("", None)],
)
def test_modules_are_spelt_as_scopes_spell_them(module: str, name: str | None) -> None:
    expected = f"ZohoCRM.modules.{name}.READ" if name else "ZohoCRM.modules.READ"
    assert scopes("records.get", modules=(module,) if module else ()) == [expected]


def test_sending_mail_has_a_word_for_all_modules_and_sharing_has_none() -> None:
    assert scopes("emails.send") == ["ZohoCRM.send_mail.all.CREATE"]
    assert scopes("sharing.list") == ["ZohoCRM.share.{module}.READ"]


def test_words_are_resources_calls_or_beginnings() -> None:
    assert {use.entry.resource for use in named(["bulk"])} == {"bulk_read", "bulk_write"}
    assert {use.entry.resource for use in named(["email"])} == {
        entry.resource for entry in entries() if entry.resource.startswith("email_")
    }
    assert {use.entry.resource for use in named(["record"])} > {"record_locks"}
    with pytest.raises(ConfigurationError, match="did you mean 'records'"):
        named(["recods"])
    with pytest.raises(ConfigurationError, match="no 'xyzzyx'"):
        named(["xyzzyx"])


CODE = """
from django_zcrm import zcrm as zoho
from django_zcrm.zoho.client import Client

zoho.fields.list("Leads")

class View:
    def setup(self, request):
        self.client = zoho.for_user(request.user)

    async def get(self, request, other: Client, unknown):
        crm.records.list("Leads", fields=["id"])
        self.client.records.create(module="Deals", records=[])
        zoho.for_identifier("a").users.list()
        other.notes.delete(["1"])
        if (mine := zoho.for_user(1)):
            mine.records.search(MODULE, word="x")
        (await crm).tags.create([], module="Leads")
        await crm.aio.coql.query("select id from Leads where id is not null")
        waiting = zoho.for_user(request.user).aio
        await waiting.roles.get("1")
        unknown.roles.list()
        request.user.profiles.list()
        crm.records.nothing()
        crm.request("GET", "/x")
"""


def test_code_tells_what_it_calls() -> None:
    uses = {(use.entry.name, use.module, use.names_fields) for use in used_in(CODE)}
    assert uses == {
        ("fields.list", "Leads", False),
        ("records.list", "Leads", True),
        ("records.create", "Deals", False),
        ("users.list", "", False),
        ("notes.delete", "", False),
        ("records.search", "", False),
        ("tags.create", "Leads", False),
        ("coql.query", "", False),
        ("roles.get", "", False),
    }


def test_entries_can_be_searched_and_read() -> None:
    operations = {entry.name: entry for entry in entries()}
    entry = operations["records.add_tags"]
    assert entry.call == "records.add_tags(module, ids, tags, ...)"
    assert operations["emails.download_inline_image"].call.endswith(
        "user_id=..., message_id=..., id=...)"
    )
    assert entry.matches(["TAGS", "post"])
    assert not entry.matches(["tags", "nowhere"])
    assert entry.summary.startswith("Tag records")
    assert entry.manual == "Records"
