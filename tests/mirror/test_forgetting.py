"""`zcrm_sync --forget` and `--owner`: mirrors that are no longer needed, and owners by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_zcrm.mirror.models import (
    Channel,
    MirroredRecord,
    MirrorState,
    Notice,
    OutboxItem,
)
from django_zcrm.mirror.runners.claims import claim_mirrors
from django_zcrm.mirror.runners.mirror_states import ensure_states
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(zcrm_emulator: SiteEmulator, connection: Connection) -> Connection:
    """A connection with two mirrors that have rows, a change and a notice."""
    zcrm_emulator.create("Leads", 2, Last_Name="Fox")
    zcrm_emulator.create("Campaigns", 3, Campaign_Name="Big")
    call_command("zcrm_sync", "Campaigns", "--identifier", connection.user_identifier)
    call_command("zcrm_sync", "Leads")
    Lead.objects.create(name="Wolf")
    later = timezone.now() + timedelta(days=1)
    channel = Channel.objects.create(connection=connection, channel_id="1", renew_at=later)
    for module in ("Leads", "Campaigns"):
        Notice.objects.create(channel=channel, module=module, operation="edit", digest=module)
    return connection


def test_forgetting_a_module_keeps_rows_unless_asked(
    filled: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("zcrm_sync", "Leads", "--forget")
    assert "Leads of emulator @ Brightwater Trading: forgotten" in capsys.readouterr().out
    assert not MirrorState.objects.filter(module="Leads").exists()
    assert list(Notice.objects.values_list("module", flat=True)) == ["Campaigns"]
    assert not OutboxItem.objects.exists()
    assert Lead.objects.count() == 3
    assert MirroredRecord.objects.count() == 3
    call_command("zcrm_sync", "Campaigns", "--forget", "--delete-rows")
    assert not MirrorState.objects.filter(module="Campaigns").exists()
    assert not MirroredRecord.objects.exists()
    assert not Notice.objects.exists()
    assert Channel.objects.get().renew_at <= timezone.now()


def test_forgetting_nothing_or_a_leased_mirror_is_an_error(filled: Connection) -> None:
    with pytest.raises(CommandError, match="names of modules"):
        call_command("zcrm_sync", "--forget")
    with pytest.raises(CommandError, match="No mirror of Nonsense is stored"):
        call_command("zcrm_sync", "--forget", "Nonsense")
    with pytest.raises(CommandError, match="--delete-rows needs --forget"):
        call_command("zcrm_sync", "Leads", "--delete-rows")
    until = timezone.now() + timedelta(seconds=30)
    MirrorState.objects.update(lease_owner="a worker", lease_until=until)
    with pytest.raises(CommandError, match=r"A worker has Leads of .* now"):
        call_command("zcrm_sync", "--forget", "Leads")
    assert MirrorState.objects.filter(module="Leads").exists()


def protect(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if an invoice of the project needed the leads."""
    collect = models.deletion.Collector.collect

    def refuse(collector: Any, objs: Any, *args: Any, **kwargs: Any) -> None:
        if getattr(objs, "model", None) is Lead:
            raise models.ProtectedError("an invoice needs it", set())
        collect(collector, objs, *args, **kwargs)

    monkeypatch.setattr(models.deletion.Collector, "collect", refuse)


def test_forgetting_rows_that_the_project_protects_keeps_the_mirror(
    filled: Connection, monkeypatch: pytest.MonkeyPatch, admin_client: Client
) -> None:
    protect(monkeypatch)
    with pytest.raises(CommandError, match="an invoice needs it"):
        call_command("zcrm_sync", "Leads", "--forget", "--delete-rows")
    state = MirrorState.objects.get(module="Leads")
    name = "admin:zcrm_mirror_mirrorstate_operation"
    answer = admin_client.post(reverse(name, args=[state.pk, "forget-rows"]), follow=True)
    assert "an invoice needs it" in answer.text
    state.refresh_from_db()
    assert not state.lease_owner
    assert OutboxItem.objects.exists()
    assert Lead.objects.count() == 3


@pytest.mark.parametrize("by", ["name", "key"])
def test_owner_is_named_by_str_or_primary_key(
    zcrm_emulator: SiteEmulator, django_user_model: Any, by: str
) -> None:
    ann, bob = (django_user_model.objects.create_user(name) for name in ("ann", "bob"))
    own = zcrm_emulator.connect(ann)
    other = zcrm_emulator.connect(bob)
    ensure_states()
    call_command("zcrm_sync", "--forget", "Leads", "--owner", "ann" if by == "name" else ann.pk)
    left = MirrorState.objects.filter(module="Leads").values_list("connection", flat=True)
    assert list(left) == [other.pk]
    assert MirrorState.objects.filter(connection=own).exists()


def test_unknown_or_ambiguous_owner_is_an_error(connection: Connection) -> None:
    for name in ("carol", "987654321"):
        with pytest.raises(CommandError, match=f"No owner of a connection is '{name}'"):
            call_command("zcrm_sync", "Leads", "--owner", name)
    with pytest.raises(CommandError, match="only one of"):
        call_command("zcrm_sync", "Leads", owner="x", user="y")


def test_mirrors_are_named_by_their_owner(
    zcrm_emulator: SiteEmulator, django_user_model: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    ann = django_user_model.objects.create_user("ann")
    key = zcrm_emulator.connect(ann).pk
    call_command("zcrm_sync", "Leads", "--owner", "ann")
    assert capsys.readouterr().out.startswith("Leads (ann @ Brightwater Trading): ")
    claim = claim_mirrors(1)[0]
    assert "of ann @ Brightwater Trading" in str(claim[0])
    unloaded = Connection.objects.get(pk=key)
    assert str(unloaded) == f"user:{ann.pk} @ Brightwater Trading"
