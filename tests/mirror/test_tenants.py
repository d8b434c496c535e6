"""Which rows a user sees while connections end, return or change owners."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, User

from django_zcrm import NotConnected, zcrm
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.runners.due import run_due
from django_zcrm.models import Connection
from django_zcrm.oauth import end_connection
from django_zcrm.records import Record, Text
from django_zcrm.testing import SiteEmulator
from tests.mirror.filling import fill, names
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


@pytest.mark.zcrm_emulator(data_centers=("us", "eu"))
def test_no_tenant_sees_another_ones_rows(
    zcrm_emulator: SiteEmulator, alice: User, bob: User
) -> None:
    europe = zcrm_emulator.at("eu")
    fill(zcrm_emulator, alice, "American")
    of_bob = europe.connect(bob)
    europe.create("Leads", Last_Name="European", Company="Acme")
    Mirror(Lead, of_bob).sync()
    assert of_bob.data_center == "eu"
    assert names(alice) == ["American"]
    assert names(bob) == ["European"]
    assert not Lead.objects.for_user(AnonymousUser()).exists()
    assert not Lead.objects.for_owner(None).exists()


def test_manager_with_argument_of_wrong_type_raises(
    zcrm_emulator: SiteEmulator, alice: User
) -> None:
    connection = zcrm_emulator.connect(alice)
    name: Any = "alice"
    user: Any = alice
    model: Any = User
    for call, words in (
        (lambda: Lead.objects.for_user(name), "takes a user, not str"),
        (
            lambda: Lead.objects.for_connection(user),
            r"Connection, not User: .*zcrm.for_user\(user\)",
        ),
        (lambda: zcrm.mirror(Lead, name), r"mirror\(\) takes a user, not str"),
        (lambda: zcrm.mirror(model, connection), "takes a MirrorModel, or a module's name"),
    ):
        with pytest.raises(TypeError, match=words):
            call()


class TypedLead(Record):
    class Zoho:
        module = "Leads"

    last_name = Text("Last_Name")


def test_none_in_place_of_a_user_raises_the_same_error_everywhere(
    zcrm_emulator: SiteEmulator, alice: User
) -> None:
    zcrm_emulator.connect(None)
    none: Any = None

    async def awaited() -> None:
        await Lead.objects.afor_user(none)

    errors = []
    for call in (
        lambda: zcrm.for_user(none),
        lambda: Lead.objects.for_user(none),
        lambda: async_to_sync(awaited)(),
        lambda: TypedLead.objects.for_user(none),
    ):
        with pytest.raises(NotConnected) as caught:
            call()
        errors.append(str(caught.value))
    assert len(set(errors)) == 1
    assert "takes a user, not NoneType" in errors[0]
    with pytest.raises(NotConnected, match=r"mirror\(\) takes a user, not NoneType"):
        zcrm.mirror(Lead, none)


def test_mirror_of_a_user_is_that_of_the_connection_for_user_chooses(
    zcrm_emulator: SiteEmulator, alice: User, bob: User
) -> None:
    zcrm_emulator.connect(None)
    connection = zcrm_emulator.connect(alice)
    assert zcrm.mirror(Lead, alice).connection == zcrm.for_user(alice).connection == connection
    organisation = connection.organisation_id
    assert zcrm.mirror(Lead, alice, organisation=organisation).connection == connection
    with pytest.raises(NotConnected, match="has not connected"):
        zcrm.mirror(Lead, alice, organisation="1")
    with pytest.raises(NotConnected, match="has not connected"):
        zcrm.mirror(Lead, bob)
    with pytest.raises(NotConnected, match="not logged in"):
        zcrm.mirror(Lead, AnonymousUser())


@pytest.mark.django_db(transaction=True)
def test_async_view_reads_rows(zcrm_emulator: SiteEmulator, alice: User, bob: User) -> None:
    fill(zcrm_emulator, alice, "Fox")

    async def view(user: User) -> list[str]:
        rows = await Lead.objects.afor_user(user)
        return [lead.name async for lead in rows.live()]

    assert [async_to_sync(view)(user) for user in (alice, bob)] == [["Fox"], []]


def test_disconnected_user_sees_nothing_until_the_same_account_returns(
    zcrm_emulator: SiteEmulator, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    connection = fill(zcrm_emulator, alice, "Fox")
    with django_capture_on_commit_callbacks(execute=True):
        end_connection(connection)
    assert names(alice) == []
    assert Lead.objects.count() == 1
    assert run_due() == 0
    zcrm_emulator.create("Leads", Last_Name="Meanwhile", Company="Acme")
    with django_capture_on_commit_callbacks(execute=True):
        again = zcrm_emulator.connect(alice)
    assert again == connection
    assert names(alice) == ["Fox"]
    zcrm_emulator.advance(minutes=5)
    assert run_due() > 0
    assert names(alice) == ["Fox", "Meanwhile"]


def test_rows_stay_in_sight_when_consent_is_lost(zcrm_emulator: SiteEmulator, alice: User) -> None:
    connection = fill(zcrm_emulator, alice, "Fox")
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.CONSENT_WITHDRAWN)
    assert names(alice) == ["Fox"]
    assert run_due() == 0


def test_rows_go_with_a_connection_that_is_handed_over(
    zcrm_emulator: SiteEmulator, alice: User, bob: User
) -> None:
    connection = fill(zcrm_emulator, alice, "Fox")
    connection.hand_over(bob)
    assert names(alice) == []
    assert names(bob) == ["Fox"]
