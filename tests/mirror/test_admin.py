"""The mirror's pages in the admin: what they show, who may do what, and that only POST does it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_zcrm.mirror.admin import records
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import Channel, MirroredRecord, MirrorState, Notice, OutboxItem
from django_zcrm.mirror.options import options_of
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = pytest.mark.django_db

OPERATIONS = {
    "sync": "sync_mirrorstate",
    "backfill": "sync_mirrorstate",
    "reconcile": "reconcile_mirrorstate",
    "pause": "pause_mirrorstate",
}


def page(name: str, *args: object) -> str:
    return reverse(f"admin:zcrm_mirror_{name}", args=args)


def staff(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("carol", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


@pytest.fixture
def state(zcrm_emulator: SiteEmulator, connection: Connection) -> MirrorState:
    """The mirror of Leads, in step, with two rows."""
    zcrm_emulator.create("Leads", 2, Last_Name="Fox", Company="Acme")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    return mirror.state


@pytest.fixture
def conflict(connection: Connection) -> OutboxItem:
    return OutboxItem.objects.create(
        connection=connection,
        module="Leads",
        object_id="1",
        zoho_id="4711",
        operation="update",
        base={"Last_Name": "Before"},
        changed={},
        state="conflict",
        conflict={
            "Last_Name": {"base": "Before", "local": "<Ours>", "zoho": "Theirs", "kept": "zoho"}
        },
    )


def test_a_first_reading_is_no_comparison(
    admin_client: Client, state: MirrorState, connection: Connection
) -> None:
    mirror, url = Mirror(Lead, connection), page("mirrorstate_change", state.pk)
    shown = admin_client.get(url).content.decode()
    assert "not compared yet" in shown
    assert "econciled" not in shown
    assert (mirror.status().drift, mirror.status().reconciled_at) == (None, None)
    assert mirror.reconcile() == 0
    assert "not compared yet" not in admin_client.get(url).content.decode()
    status = mirror.status()
    assert status.drift == 0
    assert status.reconciled_at == mirror.state.reconciled_at is not None


def test_each_page_opens(
    admin_client: Client,
    zcrm_emulator: SiteEmulator,
    state: MirrorState,
    connection: Connection,
    conflict: OutboxItem,
) -> None:
    zcrm_emulator.create("Tasks", Subject="Call them")
    Mirror("Tasks", connection).sync()
    channel = Channel.objects.create(
        connection=connection,
        channel_id="1000000068001",
        notify_url="https://example.com/zcrm/notify/",
        encrypted_token="canary-of-the-channel",
        events=["Leads.all"],
    )
    notice = Notice.objects.create(
        channel=channel, module="Leads", operation="insert", ids=["4711"], digest="d"
    )
    task = MirroredRecord.objects.get()
    rows = {
        "mirrorstate": state,
        "channel": channel,
        "notice": notice,
        "outboxitem": conflict,
        "mirroredrecord": task,
    }
    for name, row in rows.items():
        for url in (page(f"{name}_changelist"), page(f"{name}_change", row.pk)):
            answer = admin_client.get(url)
            assert answer.status_code == 200, url
            assert answer.headers["X-Frame-Options"] == "DENY"
            text = answer.content.decode()
            assert "canary-of-the-channel" not in text
            assert 'name="_save"' not in text, url
    assert b"Call them" in answer.content


def test_searching_looks_through_the_fields_of_records(
    admin_client: Client, zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    zcrm_emulator.create("Tasks", Subject="Call the fox")
    zcrm_emulator.create("Tasks", Subject="Write to the hen")
    Mirror("Tasks", connection).sync()
    listed = admin_client.get(page("mirroredrecord_changelist"), {"q": "the fox"}).content
    assert b"Call the fox" in listed
    assert b"Write to the hen" not in listed


def test_both_sides_of_a_conflict_stand_side_by_side(
    admin_client: Client, conflict: OutboxItem
) -> None:
    text = admin_client.get(page("outboxitem_change", conflict.pk)).content.decode()
    assert (
        '<th scope="row">Last_Name</th><td>Before</td><td>&lt;Ours&gt;</td><td>Theirs</td>'
        "<td>Zoho</td>"
    ) in text


@pytest.mark.parametrize("name", [*OPERATIONS])
def test_an_operation_needs_its_permission_and_post(
    client: Client, state: MirrorState, name: str
) -> None:
    staff(client, "view_mirrorstate", *({*OPERATIONS.values()} - {OPERATIONS[name]}))
    url = page("mirrorstate_operation", state.pk, name)
    assert url not in client.get(page("mirrorstate_change", state.pk)).content.decode()
    assert client.post(url).status_code == 403
    chosen = {"action": name, "_selected_action": state.pk}
    client.post(page("mirrorstate_changelist"), chosen)
    before = MirrorState.objects.get()
    assert (before.due, before.is_paused) == (state.due, False)

    User.objects.get().user_permissions.add(Permission.objects.get(codename=OPERATIONS[name]))
    assert client.get(url).status_code == 405
    assert MirrorState.objects.get().due == state.due
    answer = client.post(url, follow=True)
    assert "1 row." in answer.content.decode()
    after = MirrorState.objects.get()
    assert {
        "sync": after.due <= timezone.now(),
        "backfill": after.synced_until is None,
        "reconcile": after.reconciled_at is None and after.due <= timezone.now(),
        "pause": after.is_paused,
    }[name]


def test_many_mirrors_are_paused_and_resumed_from_the_list(
    admin_client: Client, state: MirrorState
) -> None:
    chosen = {"_selected_action": state.pk}
    admin_client.post(page("mirrorstate_changelist"), {"action": "pause", **chosen})
    assert MirrorState.objects.get().is_paused
    shown = admin_client.get(page("mirrorstate_change", state.pk)).content.decode()
    assert "Resume" in shown
    assert "Sync now" not in shown
    asked = admin_client.post(
        page("mirrorstate_changelist"), {"action": "sync", **chosen}, follow=True
    )
    assert b"Sync now: 0 rows. What is paused has to be resumed first." in asked.content
    admin_client.post(page("mirrorstate_changelist"), {"action": "resume", **chosen})
    assert not MirrorState.objects.get().is_paused


def test_missing_rows_are_marked_only_when_somebody_says_so(
    client: Client, state: MirrorState
) -> None:
    MirrorState.objects.update(phase="blocked", blocked="too_many_missing", due="2100-01-01T00:00Z")
    staff(client, "view_mirrorstate", "sync_mirrorstate", "pause_mirrorstate")
    url = page("mirrorstate_operation", state.pk, "allow-missing")
    assert client.post(url).status_code == 403
    User.objects.get().user_permissions.add(
        Permission.objects.get(codename="reconcile_mirrorstate")
    )
    client.post(url)
    after = MirrorState.objects.get()
    assert (after.phase, after.reconciliation) == ("live", {"force": True})
    assert after.due <= timezone.now()
    assert url not in client.get(page("mirrorstate_change", state.pk)).content.decode()


def test_rows_that_zoho_alone_writes_are_neither_added_nor_deleted(
    admin_client: Client, state: MirrorState, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_only = replace(options_of(Lead), push=())
    monkeypatch.setattr(records, "options_of", lambda model: read_only)
    lead = Lead.objects.first()
    assert lead is not None
    assert admin_client.get(reverse("admin:mirror_shop_lead_add")).status_code == 403
    url = reverse("admin:mirror_shop_lead_delete", args=[lead.pk])
    assert admin_client.post(url, {"post": "yes"}).status_code == 403
    shown = admin_client.get(reverse("admin:mirror_shop_lead_change", args=[lead.pk]))
    assert b'name="name"' not in shown.content


def test_forged_requests_do_nothing(state: MirrorState, admin_user: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(admin_user)
    assert browser.post(page("mirrorstate_operation", state.pk, "pause")).status_code == 403
    assert not MirrorState.objects.get().is_paused


def test_dead_letters_are_sent_again_or_dropped(client: Client, conflict: OutboxItem) -> None:
    staff(client, "view_outboxitem")
    url = page("outboxitem_operation", conflict.pk, "give-up")
    assert client.post(url).status_code == 403
    User.objects.get().user_permissions.add(Permission.objects.get(codename="retry_outboxitem"))
    client.post(url)
    conflict.refresh_from_db()
    assert conflict.state == "dropped"
    client.post(page("outboxitem_operation", conflict.pk, "retry"))
    conflict.refresh_from_db()
    assert (conflict.state, conflict.attempts, conflict.error) == ("new", 0, "")


def test_a_mirrored_model_is_edited_where_it_is_sent(
    admin_client: Client, state: MirrorState
) -> None:
    lead = Lead.objects.first()
    assert lead is not None
    url = reverse("admin:mirror_shop_lead_change", args=[lead.pk])
    shown = admin_client.get(url).content.decode()
    assert 'name="name"' in shown
    assert 'name="no_of_employees"' not in shown
    organisation = lead.connection.organisation_id
    link = f"https://crm.zoho.com/crm/org{organisation}/tab/Leads/{lead.zoho_id}"
    assert f'href="{link}"' in shown
    form = {"name": "Renamed", "company": "Acme", "email": "fox@example.com", "revenue": "1.50"}
    answer = admin_client.post(url, form)
    assert answer.status_code == 302, answer.context["errors"]
    item = OutboxItem.objects.get()
    assert item.changed == {
        "Last_Name": "Renamed",
        "Email": "fox@example.com",
        "Annual_Revenue": 1.5,
    }
    assert "Last_Name" in admin_client.get(url).content.decode()
    listed = admin_client.get(reverse("admin:mirror_shop_lead_changelist")).content.decode()
    assert "zcrm-good" in listed


NEW = {"name": "Fox", "email": "fox@example.com", "revenue": "1.50"}


@pytest.fixture
def connections(zcrm_emulator: SiteEmulator) -> list[Connection]:
    """Those of two users; the site itself has none."""
    users = [User.objects.create(username=name) for name in ("ines", "tomas")]
    return [zcrm_emulator.connect(user) for user in users]


def test_a_new_row_is_given_a_connection(
    admin_client: Client, connections: list[Connection]
) -> None:
    url = reverse("admin:mirror_shop_lead_add")
    shown = admin_client.get(url).content.decode()
    assert "ines: " in shown
    refused = admin_client.post(url, NEW)
    assert refused.context["adminform"].form.errors == {"connection": ["This field is required."]}
    admin_client.post(url, {**NEW, "connection": connections[1].pk})
    assert Lead.objects.get().connection == connections[1]
    url = reverse("admin:mirror_shop_lead_change", args=[Lead.objects.get().pk])
    admin_client.post(url, {**NEW, "name": "Wolf", "connection": connections[0].pk})
    assert (Lead.objects.get().name, Lead.objects.get().connection) == ("Wolf", connections[1])


def test_a_new_row_is_of_the_default_connection(
    admin_client: Client, connection: Connection
) -> None:
    admin_client.post(reverse("admin:mirror_shop_lead_add"), NEW)
    assert Lead.objects.get().connection == connection


def test_lookups_stay_within_a_connection(
    admin_client: Client, connections: list[Connection]
) -> None:
    own, other = (
        Account.objects.create(connection=connection, name="Acme") for connection in connections
    )
    url = reverse("admin:mirror_shop_contact_add")
    values = {"last_name": "Fox", "connection": connections[0].pk}
    refused = admin_client.post(url, {**values, "account": other.pk})
    said = {"account": ["This is a record of another connection."]}
    assert refused.context["adminform"].form.errors == said
    admin_client.post(url, {**values, "account": own.pk})
    contact = Contact.objects.get()
    assert contact.account == own
    url = reverse("admin:mirror_shop_contact_change", args=[contact.pk])
    offered = admin_client.get(url).context["adminform"].form.fields["account"].queryset
    assert list(offered) == [own]
    admin_client.post(url, {"last_name": "Wolf", "account": other.pk})
    assert Contact.objects.get().account == own
