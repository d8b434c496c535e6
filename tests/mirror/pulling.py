"""Polling, and doing all due work, as workers do."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from django_zcrm.mirror.apply import SyncResult
from django_zcrm.mirror.leased_mirror import lease_mirror
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.policies import MirrorPolicy
from django_zcrm.mirror.pull.steps import pull
from django_zcrm.mirror.runners.due import attempt, run_due
from django_zcrm.models import Connection


def do_due_work() -> None:
    """Do all that is due, also what becomes due by that."""
    while run_due():
        pass


def finish_refresh(mirror: Mirror) -> None:
    """Sync a mirror with one module until it reads no fields again."""
    mirror.sync()
    while "files" in MirrorState.objects.get().refreshed:
        mirror.sync()


def pull_only(connection: Connection, module: str) -> None:
    """Poll a module as a worker does between two pushes."""
    mirror = lease_mirror(MirrorState.objects.get(connection=connection, module=module))
    assert mirror is not None
    pull(mirror, SyncResult())
    mirror.release()


def poll(module: str = "Leads") -> None:
    """Do the due work of a module's mirror, whose next poll is due."""
    MirrorState.objects.filter(module=module).update(due=timezone.now())
    result = attempt(MirrorState.objects.select_related("connection").get(module=module))
    assert result.error is None


def set_policy(settings: Any, policy: Any) -> None:
    """Let a function be GET_POLICY."""
    path = f"{policy.__module__}.{policy.__name__}"
    mirror = {**settings.ZCRM.get("MIRROR", {}), "GET_POLICY": path}
    settings.ZCRM = {**settings.ZCRM, "MIRROR": mirror}


def disable_leads(connection: Connection, module: str) -> MirrorPolicy:
    """Disable the mirrors of leads, as the function of GET_POLICY."""
    return MirrorPolicy(enabled=module != "Leads")
