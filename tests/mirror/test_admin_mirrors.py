"""Mirrors in the admin: what they show, who may operate them, and that only POST does it."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState
from django_zcrm.models import Connection
from tests.mirror.admin_pages import page, staff
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

OPERATIONS = {
    "sync": "sync_mirrorstate",
    "initial-sync": "sync_mirrorstate",
    "reconcile": "reconcile_mirrorstate",
    "pause": "pause_mirrorstate",
}


def test_initial_sync_shows_no_drift(
    admin_client: Client, state: MirrorState, connection: Connection
) -> None:
    mirror, url = Mirror(Lead, connection), page("mirrorstate_change", state.pk)
    text = admin_client.get(url).content.decode()
    assert "not compared yet" in text
    assert "econciled" not in text
    assert (mirror.status().drift, mirror.status().reconciled_at) == (None, None)
    assert mirror.reconcile() == 0
    assert "not compared yet" not in admin_client.get(url).content.decode()
    status = mirror.status()
    assert status.drift == 0
    assert status.reconciled_at == mirror.state.reconciled_at is not None


@pytest.mark.parametrize("name", [*OPERATIONS])
def test_operation_needs_its_permission_and_post(
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
    response = client.post(url, follow=True)
    assert "1 row." in response.content.decode()
    after = MirrorState.objects.get()
    assert {
        "sync": after.due <= timezone.now(),
        "initial-sync": after.synced_until is None,
        "reconcile": after.reconciled_at is None and after.due <= timezone.now(),
        "pause": after.is_paused,
    }[name]


def test_many_mirrors_are_paused_and_resumed_from_the_list(
    admin_client: Client, state: MirrorState
) -> None:
    chosen = {"_selected_action": state.pk}
    admin_client.post(page("mirrorstate_changelist"), {"action": "pause", **chosen})
    assert MirrorState.objects.get().is_paused
    text = admin_client.get(page("mirrorstate_change", state.pk)).content.decode()
    assert "Resume" in text
    assert "Sync now" not in text
    response = admin_client.post(
        page("mirrorstate_changelist"), {"action": "sync", **chosen}, follow=True
    )
    assert b"Sync now: 0 rows. Resume paused mirrors first." in response.content
    admin_client.post(page("mirrorstate_changelist"), {"action": "resume", **chosen})
    assert not MirrorState.objects.get().is_paused


def test_action_on_many_mirrors_takes_no_more_queries(
    admin_client: Client, state: MirrorState
) -> None:
    def pause() -> int:
        chosen = {"_selected_action": list(MirrorState.objects.values_list("pk", flat=True))}
        with CaptureQueriesContext(database) as queries:
            admin_client.post(page("mirrorstate_changelist"), {"action": "pause", **chosen})
        resumed = MirrorState.objects.filter(is_paused=True).update(is_paused=False)
        assert resumed == len(chosen["_selected_action"])
        return len(queries)

    def add(first: int, last: int) -> None:
        MirrorState.objects.bulk_create(
            MirrorState(connection=state.connection, module=f"Module{number}")
            for number in range(first, last)
        )

    add(0, 1)
    few = pause()
    add(1, 20)
    assert pause() <= few
    assert LogEntry.objects.filter(change_message="Pause").count() == 2 + 21


def test_missing_rows_are_marked_only_by_permitted_users(
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


def test_forged_requests_do_nothing(state: MirrorState, admin_user: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(admin_user)
    assert browser.post(page("mirrorstate_operation", state.pk, "pause")).status_code == 403
    assert not MirrorState.objects.get().is_paused


@pytest.mark.parametrize(("name", "rows"), [("forget", 2), ("forget-rows", 0)])
def test_forget_removes_the_mirror_and_rows_if_chosen(
    client: Client, state: MirrorState, name: str, rows: int
) -> None:
    url = page("mirrorstate_operation", state.pk, name)
    someone = staff(client, "view_mirrorstate")
    assert someone.post(url).status_code == 403
    User.objects.all().delete()
    permitted = staff(client, "view_mirrorstate", "forget_mirrorstate")
    assert permitted.get(url).status_code == 405
    response = permitted.post(url)
    assert response["Location"] == page("mirrorstate_changelist")
    assert not MirrorState.objects.exists()
    assert Lead.objects.count() == rows
