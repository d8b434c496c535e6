from __future__ import annotations

import ast

import pytest

from django_zcrm.zoho.catalogue.code_scopes import RecordClass, record_classes, used_in
from django_zcrm.zoho.catalogue.operations import entries
from django_zcrm.zoho.catalogue.scopes import find_uses, minimal_scopes
from django_zcrm.zoho.errors import ConfigurationError


def scopes(*words: str, modules: tuple[str, ...] = ()) -> list[str]:
    return minimal_scopes(find_uses(words, modules))


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
    assert {use.entry.resource for use in find_uses(["bulk"])} == {"bulk_read", "bulk_write"}
    assert {use.entry.resource for use in find_uses(["email"])} == {
        entry.resource for entry in entries() if entry.resource.startswith("email_")
    }
    assert {use.entry.resource for use in find_uses(["record"])} > {"record_locks"}
    with pytest.raises(ConfigurationError, match="did you mean 'records'"):
        find_uses(["recods"])
    with pytest.raises(ConfigurationError, match="no 'xyzzyx'"):
        find_uses(["xyzzyx"])


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


def test_used_in_finds_called_operations() -> None:
    uses = {(use.entry.name, use.module, use.names_fields) for use in used_in(ast.parse(CODE), {})}
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


@pytest.mark.parametrize(
    "code",
    [
        "def f(c: ConnectionClient):\n    c.users.list()",
        "def f(c: 'django_zcrm.ConnectionClient'):\n    c.users.list()",
        "def f(c: Client | None):\n    c.users.list()",
        "def f(c: Optional[Client] = None):\n    c.users.list()",
        "async def f(*, c: aio.client.AsyncClient):\n    await c.users.list()",
        "def f(c: Site):\n    c.users.list()",
        "class View:\n    c: ConnectionClient\n\n    def f(self):\n        self.c.users.list()",
        "c: Client = make()\nc.users.list()",
        "async def f(u):\n    c = await zcrm.afor_user(u)\n    await c.aio.users.list()",
        "async def f():\n    c = await zcrm.afor_identifier('a')\n    await c.aio.users.list()",
        "async def f(request):\n    c = await request.azcrm()\n    await c.aio.users.list()",
        "request.zcrm.users.list()",
        "zcrm.default().users.list()",
        "async def f():\n    await (await zcrm.adefault()).aio.users.list()",
    ],
)
def test_code_scopes_of_every_way_to_a_client_include_its_calls(code: str) -> None:
    assert minimal_scopes(used_in(ast.parse(code), {})) == ["ZohoCRM.users.READ"]


@pytest.mark.parametrize(
    "code",
    [
        "def f(c: ClientFactory):\n    c.users.list()",
        "def f(c: Client.Options):\n    c.users.list()",
        "shop.default().users.list()",
        "shop.for_user(u).users.list()",
    ],
)
def test_code_scopes_of_other_objects_are_none(code: str) -> None:
    assert used_in(ast.parse(code), {}) == []


MODELS = """
class Deal(Record):
    name = Text("Deal_Name")

    class Zoho:
        module = "Deals"

class Unused(Record):
    class Zoho:
        module = "Cases"

class Plain(models.Model):
    class Meta:
        ordering = ["name"]

class Contact(MirrorModel):
    class Zoho:
        module = "Contacts"
        push = []
"""


def scopes_of(code: str) -> list[str]:
    """The scopes that a file of views needs in a project with MODELS."""
    views, models = ast.parse(code), ast.parse(MODELS)
    return minimal_scopes(used_in(views, record_classes(models)))


@pytest.mark.parametrize(
    ("code", "module", "actions"),
    [
        ('crm.objects("Leads").filter(a=1)', "leads", "READ"),
        ('zcrm.for_user(u).aio.objects("Leads")', "leads", "READ"),
        ('crm.objects("Leads").create(a=1)', "leads", "CREATE READ"),
        ('leads = crm.objects("Leads")\nleads.filter(a=1).delete()', "leads", "DELETE READ"),
        ('for row in crm.objects("Leads"):\n    row.update(a=1)', "leads", "READ"),
        ("Deal.objects.filter(name=1)", "deals", "READ"),
        ("crm.objects(Deal).first().delete()", "deals", "DELETE READ"),
        ("deal = Deal(name=1)\ndeal.save()", "deals", "CREATE READ UPDATE"),
        ("for deal in Deal.objects.all():\n    deal.delete()", "deals", "DELETE READ"),
        ("[deal.asave() for deal in Deal.objects.for_user(u)]", "deals", "CREATE READ UPDATE"),
        ("(await Deal.objects.aget(id=1)).adelete()", "deals", "DELETE READ"),
        ("def f(self):\n    self.x = Deal.objects\n    self.x[0].delete()", "deals", "DELETE READ"),
    ],
)
def test_record_sets_and_typed_records_are_seen(code: str, module: str, actions: str) -> None:
    expected = [f"ZohoCRM.modules.{module}.{action}" for action in actions.split()]
    others = ["ZohoCRM.coql.READ", "ZohoCRM.settings.fields.READ"]
    assert scopes_of(code) == sorted([*expected, *others])


def test_bulk_calls_of_record_sets_are_seen() -> None:
    assert "ZohoCRM.bulk.READ" in scopes_of('crm.objects("Leads").iterator()')
    assert "ZohoCRM.bulk.READ" not in scopes_of('crm.objects("Leads").all()')
    writes = scopes_of("Deal.objects.bulk_create(rows)")
    assert {"ZohoCRM.bulk.CREATE", "ZohoFiles.files.ALL"} <= set(writes)


def test_options_of_records_and_mirror_models_are_told_apart_by_bases_and_fields() -> None:
    source = """
class Base(Record):
    class Zoho:
        abstract = True

class Deal(Base):
    class Zoho:
        module = "Deals"

class Lead(django_zcrm.mirror.models.MirrorModel):
    class Zoho:
        module = "Leads"

class Task(shop.MirroredTask):
    subject = models.CharField(max_length=100)

    class Zoho:
        module = "Tasks"
"""
    classes = record_classes(ast.parse(source))
    assert {name: found.is_mirror for name, found in classes.items()} == {
        "Deal": False,
        "Lead": True,
        "Task": True,
    }


def test_record_class_whose_base_has_the_name_of_a_later_class_is_found() -> None:
    source = """
from crm.records import Lead
class Customer(Lead):
    class Zoho:
        module = "Leads"
class Lead(Customer): pass
"""
    assert record_classes(ast.parse(source)) == {"Customer": RecordClass("Leads")}


def test_mirror_models_need_what_their_mirror_calls() -> None:
    found = minimal_scopes(used_in(ast.parse(MODELS), record_classes(ast.parse(MODELS))))
    assert found == [
        "ZohoCRM.bulk.READ",
        "ZohoCRM.coql.READ",
        "ZohoCRM.modules.contacts.READ",
        "ZohoCRM.notifications.ALL",
        "ZohoCRM.settings.fields.READ",
    ]
    pushed = ast.parse(MODELS.replace("push = []", 'push = ["name"]'))
    assert "ZohoCRM.modules.contacts.ALL" in minimal_scopes(used_in(pushed, record_classes(pushed)))
    assert "ZohoCRM.notifications.ALL" in scopes_of('zcrm.mirror("Leads").sync()')


def test_the_rows_of_a_mirror_model_are_djangos() -> None:
    assert scopes_of("Contact.objects.create(name=1)\nContact().save()") == []


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
