"""Mirrors that rested because of a channel are polled soon when they lose it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror import MirrorPolicy
from django_zcrm.mirror.models import Channel, MirrorState
from django_zcrm.mirror.notifications.channels import renew, renew_due_channels
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pulling import set_policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def resting(in_step: Channel) -> Channel:
    """The channel of mirrors that rest for an hour."""
    later = timezone.now() + timedelta(minutes=59)
    MirrorState.objects.update(due=later, poll_interval=3600, stretched_by="idle")
    return in_step


def late_modules() -> set[str]:
    """Return the modules that are polled later than mirrors without a channel."""
    late = MirrorState.objects.filter(due__gt=timezone.now() + timedelta(seconds=900))
    return set(late.values_list("module", flat=True))


def test_mirrors_of_a_channel_that_fails_are_due_within_the_normal_interval(
    zcrm_emulator: SiteEmulator, resting: Channel
) -> None:
    zcrm_emulator.fail_next(path="/crm/*/actions/watch", drop="before", times=None)
    assert renew(resting) is not None
    assert late_modules() == set()
    dues = set(MirrorState.objects.values_list("due", flat=True))
    assert renew(Channel.objects.get()) is not None
    assert set(MirrorState.objects.values_list("due", flat=True)) == dues, "once only"


def test_mirrors_of_a_channel_that_is_closed_are_due_within_the_normal_interval(
    settings: Any, resting: Channel
) -> None:
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {}}
    assert renew(resting) is None
    assert late_modules() == set()


def test_mirror_without_event_in_the_renewed_channel_is_due_within_the_normal_interval(
    resting: Channel,
) -> None:
    resting.refused = {"Leads.all": "refused"}
    resting.save()
    assert renew(resting) is None
    assert late_modules() == {"Accounts", "Contacts"}


def test_mirrors_of_a_channel_that_is_renewed_keep_their_wait(resting: Channel) -> None:
    assert renew(resting) is None
    assert late_modules() == {"Accounts", "Contacts", "Leads"}


def test_worker_does_not_wait_for_a_channel_whose_calls_are_limited(
    zcrm_emulator: SiteEmulator, resting: Channel
) -> None:
    Channel.objects.update(renew_at=timezone.now())
    zcrm_emulator.forget_requests()
    zcrm_emulator.fail_next(path="/crm/*", code="TOO_MANY_REQUESTS", status=429, times=None)
    assert renew_due_channels() == 1
    assert len(zcrm_emulator.requests) == 1
    assert Channel.objects.get().renew_at > timezone.now()


def rest_leads(connection: Connection, module: str) -> MirrorPolicy:
    return MirrorPolicy(max_poll_interval=3600 if module == "Leads" else None)


def test_mirror_keeps_the_wait_of_its_policy_without_the_channel(
    settings: Any, zcrm_emulator: SiteEmulator, resting: Channel
) -> None:
    set_policy(settings, rest_leads)
    zcrm_emulator.fail_next(path="/crm/*/actions/watch", drop="before", times=None)
    renew(resting)
    assert late_modules() == {"Leads"}


def fail(connection: Connection, module: str) -> MirrorPolicy:
    raise RuntimeError(module)


def test_policy_that_fails_does_not_keep_a_channel_from_being_renewed(
    settings: Any, zcrm_emulator: SiteEmulator, resting: Channel
) -> None:
    set_policy(settings, fail)
    zcrm_emulator.fail_next(path="/crm/*/actions/watch", drop="before", times=None)
    assert renew(resting) is not None
    assert late_modules() == set()
