"""Mirrors that the function of `GET_POLICY` disables, or for which it fails."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_zcrm import zcrm
from django_zcrm.exceptions import ConfigurationError
from django_zcrm.mirror import MirrorPolicy
from django_zcrm.mirror import mirror as mirror_module
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.options import mirrored_models
from django_zcrm.models import Connection
from tests.mirror.pulling import disable_leads, set_policy
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

ALL = len(mirrored_models())


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail if a sync waits for the next poll of a disabled mirror."""
    monkeypatch.setattr(mirror_module, "pause", lambda seconds: pytest.fail(f"waits {seconds} s"))


@pytest.mark.usefixtures("no_pause")
@pytest.mark.parametrize("is_live", [False, True])
@pytest.mark.parametrize("method", ["sync", "reconcile", "restart_initial_sync"])
def test_sync_of_a_disabled_mirror_raises_and_names_the_policy(
    connection: Connection, settings: Any, method: str, is_live: bool
) -> None:
    mirror = zcrm.mirror(Lead)
    if is_live:
        mirror.sync()
    before = mirror.state
    set_policy(settings, disable_leads)
    with pytest.raises(ConfigurationError, match=r"disabled .*\.disable_leads, the function"):
        getattr(mirror, method)()
    after = mirror.state
    assert (after.phase, after.reconciled_at) == (before.phase, before.reconciled_at)


def disable_leased(connection: Connection, module: str) -> MirrorPolicy:
    """Disable mirrors as soon as a worker has begun on them."""
    begun = MirrorState.objects.exclude(lease_owner="", is_enabled=True)
    return MirrorPolicy(enabled=not begun.exists())


def return_nothing_for_leads(connection: Connection, module: str) -> MirrorPolicy | None:
    return None if module == "Leads" else MirrorPolicy()


@pytest.mark.usefixtures("no_pause")
def test_sync_of_a_mirror_that_is_disabled_in_between_raises(
    connection: Connection, settings: Any
) -> None:
    set_policy(settings, disable_leased)
    with pytest.raises(ConfigurationError, match="disabled"):
        zcrm.mirror(Lead).sync()


@pytest.mark.usefixtures("no_pause")
def test_command_skips_disabled_mirrors_unless_named(
    connection: Connection, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    set_policy(settings, disable_leads)
    call_command("zcrm_sync")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == ALL
    assert f"Leads ({connection}): rests: disabled by GET_POLICY" in lines
    with pytest.raises(CommandError, match="1 mirror failed"):
        call_command("zcrm_sync", "Leads")
    assert "disable_leads" in capsys.readouterr().err


def raise_for_leads(connection: Connection, module: str) -> MirrorPolicy:
    if module == "Leads":
        raise RuntimeError(module)
    return MirrorPolicy()


@pytest.mark.parametrize(
    ("policy", "error", "logged"),
    [
        (raise_for_leads, "RuntimeError: see the log.", "RuntimeError: Leads"),
        (return_nothing_for_leads, "returned a NoneType for Leads", ""),
    ],
)
def test_command_with_a_policy_that_fails_syncs_the_other_mirrors(
    connection: Connection,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    settings: Any,
    policy: Any,
    error: str,
    logged: str,
) -> None:
    set_policy(settings, policy)
    with pytest.raises(CommandError, match="1 mirror failed"):
        call_command("zcrm_sync")
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == ALL - 1
    line = next(line for line in err.splitlines() if line.startswith(f"Leads ({connection}): "))
    assert error in line
    assert logged in caplog.text
