"""A connection is connected to another organisation while a worker is at work for the former."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.db import connections, transaction
from django.forms import modelform_factory
from django.test import Client
from django.urls import reverse

from django_zcrm import ServerFault
from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.forms import MirrorModelForm
from django_zcrm.mirror.leased_mirror import lease_mirror
from django_zcrm.mirror.leases import LeaseLost
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import Channel, MirrorState, Notice, OutboxItem, PendingRelation
from django_zcrm.mirror.models.organisations import lock_organisation
from django_zcrm.mirror.notifications import channels
from django_zcrm.mirror.outbox import capture
from django_zcrm.mirror.pull import delta
from django_zcrm.mirror.pull.storing import commit
from django_zcrm.mirror.push import outbox
from django_zcrm.mirror.runners.due import attempt, run_due
from django_zcrm.mirror.signals import notification_received
from django_zcrm.mirror.targets import target_of
from django_zcrm.models import Connection
from django_zcrm.reasons import reason
from django_zcrm.testing import SiteEmulator
from django_zcrm.tokens.columns import read_secret
from django_zcrm.zoho.secret import reveal
from tests.mirror.api import ContactSerializer
from tests.mirror.conftest import Post
from tests.mirror.hearing import hear
from tests.mirror.moving import move, names, once
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = pytest.mark.django_db

UNREVEALED = "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.coql.READ"


@pytest.mark.parametrize("scopes", [None, UNREVEALED], ids=["known", "unrevealed"])
def test_row_saved_after_a_move_during_a_push_goes_to_the_new_organisation_only(
    zcrm_emulator: SiteEmulator,
    other: SiteEmulator,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    scopes: str | None,
) -> None:
    connection = zcrm_emulator.connect(alice, scopes=scopes)
    Mirror(Lead, connection).sync()
    Lead.objects.create(connection=connection, name="Before")

    @once
    def swap() -> None:
        move(other, alice, scopes)
        Lead.objects.create(connection=connection, name="After")

    send_all = outbox._send_all

    def interrupted(mirror: Any, call: str, *args: Any) -> None:
        send_all(mirror, call, *args)
        if call == outbox.ORDER[-1]:
            swap()

    monkeypatch.setattr(outbox, "_send_all", interrupted)
    attempt(MirrorState.objects.get(connection=connection, module="Leads"))
    assert names(zcrm_emulator) == {"Before"}
    assert not other.records("Leads")
    assert set(Lead.objects.for_user(alice).values_list("name", flat=True)) == {"After"}

    Mirror(Lead, connection).sync()
    assert names(zcrm_emulator) == {"Before"}
    assert names(other) == {"After"}
    assert [lead.name for lead in Lead.objects.all()] == ["After"]
    assert Lead.objects.get().zoho_id == other.records("Leads")[0]["id"]
    assert [item.state for item in OutboxItem.objects.all()] == ["done"]


@pytest.mark.parametrize("operation", ["update", "delete"])
def test_change_of_the_former_organisations_row_is_sent_to_none(
    zcrm_emulator: SiteEmulator, other: SiteEmulator, alice: User, operation: str
) -> None:
    connection = zcrm_emulator.connect(alice)
    record = zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    Mirror(Lead, connection).sync()
    lead = Lead.objects.get()
    move(other, alice)
    if operation == "delete":
        lead.delete()
    else:
        lead.name = "Secret"
        lead.save()
    run_due()
    Mirror(Lead, connection).sync()
    assert record["id"] in [lead["id"] for lead in zcrm_emulator.records("Leads")]
    assert names(zcrm_emulator) == {"Fox"}
    assert not other.records("Leads")
    assert not Lead.objects.exists()
    assert not OutboxItem.objects.exists()


def test_page_read_before_a_move_is_not_stored_for_the_new_organisation(
    zcrm_emulator: SiteEmulator, other: SiteEmulator, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = zcrm_emulator.connect(alice)
    Mirror(Lead, connection).sync()
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    other.create("Leads", Last_Name="Lynx", Company="Acme")
    swap = once(lambda: move(other, alice))

    def interrupted(*args: Any) -> Any:
        swap()
        return commit(*args)

    monkeypatch.setattr(delta, "commit", interrupted)
    MirrorState.objects.request_sync()
    assert not attempt(MirrorState.objects.get(connection=connection, module="Leads")).was_free
    assert not Lead.objects.exists()
    Mirror(Lead, connection).sync()
    assert [lead.name for lead in Lead.objects.all()] == ["Lynx"]


def test_lease_is_lost_and_free_when_its_connection_moves(
    zcrm_emulator: SiteEmulator, other: SiteEmulator, alice: User
) -> None:
    connection = zcrm_emulator.connect(alice)
    Mirror(Lead, connection).sync()
    state = MirrorState.objects.get(connection=connection, module="Leads")
    mirror = lease_mirror(state)
    assert mirror is not None
    mirror.lease.fence()
    move(other, alice)
    assert not mirror.lease.is_held()
    with pytest.raises(LeaseLost):
        mirror.lease.fence()
    assert not mirror.lease.release(last_error="of the former")
    state.refresh_from_db()
    assert (state.lease_owner, state.last_error) == ("", "")


def test_lookup_is_not_resolved_to_a_row_of_the_former_organisation(
    zcrm_emulator: SiteEmulator, other: SiteEmulator, alice: User
) -> None:
    connection = zcrm_emulator.connect(alice)
    account = {"id": "7", "Account_Name": "Acme"}
    contact = {"id": "8", "Last_Name": "Fox", "Account_Name": {"id": "7"}}
    for name in ("Accounts", "Contacts"):
        mirror = lease_mirror(MirrorState.objects.get(module=name))
        assert mirror is not None
        mirror.lease.release()
    apply(target_of("Accounts"), connection, [account])
    move(other, alice)
    moved = Connection.objects.get(pk=connection.pk)
    mirror = lease_mirror(MirrorState.objects.get(module="Contacts"))
    assert mirror is not None
    apply(target_of("Contacts"), moved, [contact])
    mirror.lease.release()
    assert Contact.objects.get().account is None
    mirror = lease_mirror(MirrorState.objects.get(module="Accounts"))
    assert mirror is not None
    assert PendingRelation.objects.count() == 1, "that of the new organisation is kept"
    apply(target_of("Accounts"), moved, [account])
    assert Contact.objects.get().account == Account.objects.get()


def test_change_with_a_lookup_to_a_former_organisations_row_fails(
    zcrm_emulator: SiteEmulator, other: SiteEmulator, alice: User
) -> None:
    connection = zcrm_emulator.connect(alice)
    apply(target_of("Accounts"), connection, [{"id": "7", "Account_Name": "Acme"}])
    move(other, alice)
    Contact.objects.create(connection=connection, last_name="Fox", account=Account.objects.get())
    assert OutboxItem.objects.get().changed["Account_Name"] == {
        "row": str(Account.objects.get().pk)
    }
    Mirror(Contact, connection).sync()
    item = OutboxItem.objects.get()
    why = reason("parent_not_in_zoho", row=f"Accounts {Account.objects.get().pk}")
    assert (item.state, item.error) == ("failed", why)
    assert not other.records("Contacts")
    assert not zcrm_emulator.records("Contacts")


def test_lookup_offers_no_row_of_the_former_organisation(
    zcrm_emulator: SiteEmulator, other: SiteEmulator, alice: User, admin_client: Client
) -> None:
    connection = zcrm_emulator.connect(alice)
    Account.objects.create(connection=connection, name="Former")
    move(other, alice)
    own = Account.objects.create(connection=connection, name="Own")
    form: Any = modelform_factory(Contact, MirrorModelForm, ["account"])
    assert list(form(connection=connection).fields["account"].queryset) == [own]
    serializer = ContactSerializer(context={"connection": connection})
    assert set(serializer.fields["account"].choices) == {own.pk}
    about = {"app_label": "mirror_shop", "model_name": "contact", "field_name": "account"}
    about["of"] = str(connection.pk)
    answer = admin_client.get(reverse("admin:mirror_shop_contact_zcrm_lookup"), about)
    assert [row["id"] for row in answer.json()["results"]] == [str(own.pk)]


def test_notification_of_the_former_organisation_is_refused(
    zcrm_emulator: SiteEmulator,
    other: SiteEmulator,
    alice: User,
    post: Post,
    settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    mirror = {"NOTIFY_URL": "https://site.example/zcrm/notify/"}
    settings.ZCRM = {**settings.ZCRM, "MIRROR": mirror}
    connection = zcrm_emulator.connect(alice)
    Mirror(Lead, connection).sync()
    channel = channels.subscribe(connection, ["Deals.edit"])
    body = {
        "channel_id": channel.channel_id,
        "token": reveal(read_secret(channel, channels.TOKEN)),
        "module": "Deals",
        "operation": "update",
        "ids": ["7"],
        "server_time": 1,
    }
    move(other, alice)
    # The signal is sent after the commit.
    commit = django_capture_on_commit_callbacks(execute=True)
    with hear(notification_received) as heard, commit:
        assert post(body).status_code == 403
    assert not heard
    assert not Notice.objects.exists()
    assert channels.renew(channel) is None
    assert not Channel.objects.exists()
    run_due()
    new = Channel.objects.get()
    assert new.channel_id != channel.channel_id
    assert new.subscribed == []
    assert new.expires_at is not None


def test_row_made_in_bulk_belongs_to_the_organisation_of_the_moment(
    zcrm_emulator: SiteEmulator, other: SiteEmulator, alice: User
) -> None:
    connection = zcrm_emulator.connect(alice)
    Lead.objects.bulk_create([Lead(connection=connection, zoho_id="7", name="Fox")])
    assert Lead.objects.for_user(alice).count() == 1
    move(other, alice)
    assert not Lead.objects.for_user(alice).exists()
    Lead.objects.bulk_create([Lead(connection=connection, zoho_id="8", name="Lynx")])
    assert [lead.name for lead in Lead.objects.for_user(alice)] == ["Lynx"]


def test_failed_reconnect_during_an_outage_keeps_rows_and_changes(
    zcrm_emulator: SiteEmulator, alice: User
) -> None:
    connection = zcrm_emulator.connect(alice)
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    Mirror(Lead, connection).sync()
    lead = Lead.objects.for_user(alice).get()
    lead.name = "Lynx"
    lead.save()
    zcrm_emulator.fail_next("org.get", times=None, status=500)
    with pytest.raises(ServerFault):
        zcrm_emulator.connect(alice)
    assert Lead.objects.for_user(alice).get().name == "Lynx"
    assert OutboxItem.objects.open().count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    not database.features.has_select_for_update, reason="a database of one writer at a time"
)
def test_move_waits_for_a_row_that_is_being_saved(
    zcrm_emulator: SiteEmulator, other: SiteEmulator, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = zcrm_emulator.connect(alice)
    Mirror(Lead, connection).sync()

    def reconnect() -> None:
        try:
            other.connect(alice)
        finally:
            connections.close_all()

    mover = threading.Thread(target=reconnect)

    def interrupted(*args: Any) -> str:
        organisation = lock_organisation(*args)
        mover.start()
        mover.join(0.5)
        return organisation

    monkeypatch.setattr(capture, "lock_organisation", interrupted)
    with transaction.atomic():
        lead = Lead.objects.create(connection=connection, name="Secret")
        assert mover.is_alive()
    mover.join(60)
    assert not mover.is_alive()
    assert lead.zoho_organisation == connection.organisation_id
    run_due()
    assert not Lead.objects.exists()
    assert not zcrm_emulator.records("Leads")
    assert not other.records("Leads")
