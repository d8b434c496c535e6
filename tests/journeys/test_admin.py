"""An operator who does not know the code presses every button in the admin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import requests
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from django_zcrm import zcrm
from django_zcrm.conf import DEFAULT_SCOPES
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.tokens import token_store

from .accessibility import SIZES, assert_fits_every_size
from .conftest import logged_in

if TYPE_CHECKING:
    from pytest_django import Settings
    from pytest_django.live_server_helper import LiveServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

LIST = "/admin/zcrm/connection/"

# Buttons are pressed in one size, and every page is checked in each.
on_phone = pytest.mark.parametrize("page", ["phone"], indirect=True)
on_desktop = pytest.mark.parametrize("page", ["desktop"], indirect=True)


@pytest.fixture
def page(
    request: pytest.FixtureRequest,
    browser: Browser,
    staff: User,
    settings: Settings,
    live_server: LiveServer,
) -> Iterator[Page]:
    """Open the list as a logged-in operator, in the size that the test names."""
    callback = f"{live_server.url}/zcrm/oauth/callback/"
    settings.ZCRM = {**settings.ZCRM, "REDIRECT_URI": callback}
    width, height = SIZES[request.param]
    with browser.new_context(
        base_url=live_server.url,
        viewport={"width": width, "height": height},
        storage_state=logged_in(staff, live_server.url),
    ) as context:
        page = context.new_page()
        page.goto(LIST)
        yield page


def is_alive(zoho: SiteEmulator, refresh_token: str) -> bool:
    """Return whether a refresh token still works at Zoho."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "client_id": django_settings.ZCRM["CLIENT_ID"],
        "client_secret": django_settings.ZCRM["CLIENT_SECRET"],
    }
    response = requests.post(f"{zoho.url}/oauth/v2/token", data=form, timeout=30)
    return "access_token" in response.json()


def refresh_token(identifier: str) -> str:
    """Return the refresh token that the site has for a connection."""
    row = Connection.objects.get(user_identifier=identifier)
    return token_store().get_oauth_tokens(row).refresh_token.reveal()


def expect_message(page: Page, words: str) -> None:
    """Wait for the admin's message after an operation."""
    expect(page.locator(".messagelist .success")).to_contain_text(words)
    assert_fits_every_size(page)


def ask(page: Page, button: str) -> None:
    """Press a button on a connection's page, and wait for the confirmation page."""
    page.locator(".object-tools").get_by_role("link", name=button, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=f"{button}: ")).to_be_visible()
    assert_fits_every_size(page)


def confirm(page: Page, button: str) -> None:
    """Press the button that confirms it."""
    page.get_by_role("button", name=button, exact=True).click()


def do(page: Page, button: str) -> None:
    """Press a button, and confirm."""
    ask(page, button)
    confirm(page, button)


def consent(page: Page) -> None:
    """Go to Zoho, accept there, and return to a connection's page."""
    confirm(page, "Go to Zoho")
    expect(page.get_by_role("heading", name="asks for access")).to_be_visible()
    confirm(page, "Accept")
    expect(page.get_by_role("heading", name="View connection")).to_be_visible()


def paste(page: Page, zoho: SiteEmulator, identifier: str) -> None:
    """Connect with a self client's grant token."""
    page.goto(LIST)
    page.get_by_role("link", name="Paste a grant token", exact=True).click()
    page.get_by_label("User identifier").fill(identifier)
    page.get_by_label("Grant token").fill(zoho.grant_code())
    confirm(page, "Connect")
    expect_message(page, f"{identifier} @ ")


def connect(zoho: SiteEmulator, identifier: str) -> None:
    """Connect as that page does, in less time."""
    zcrm.generate_auth_tokens(identifier, zoho.grant_code(DEFAULT_SCOPES))


def choose_two(page: Page, action: str) -> None:
    """Choose an action for both connections in the list, and wait for the confirmation page."""
    page.goto(LIST)
    boxes = page.locator(".action-select")
    expect(boxes).to_have_count(2)
    for box in boxes.all():
        box.check()
    page.locator("select[name=action]").select_option(action)
    page.locator("button[name=index]").click()
    expect(page.locator(".zcrm-chosen > li")).to_have_count(2)
    assert_fits_every_size(page)


@on_phone
def test_connect_use_hand_over_disconnect_and_connect_again(page: Page, zoho: SiteEmulator) -> None:
    jonas = User.objects.create_user("jonas")
    page.get_by_role("link", name="Connect a Zoho account", exact=True).click()
    consent(page)
    paste(page, zoho, "self@example.com")
    place = page.url

    do(page, "Test now")
    expect_message(page, "Zoho responded in")
    do(page, "Refresh the token")
    expect_message(page, "Zoho issued a new access token.")
    do(page, "Make it the default")
    expect_message(page, "It is the site's default connection now.")
    expect(page.locator(".object-tools")).not_to_contain_text("Make it the default")

    ask(page, "Hand over")
    with page.expect_popup() as chooser:
        page.locator(".related-lookup").click()
    link = chooser.value.get_by_role("link", name="jonas", exact=True)
    link.evaluate("link => setTimeout(() => link.click())")  # which closes the window
    expect(page.get_by_label("New owner")).to_have_value(str(jonas.pk))
    confirm(page, "Hand over")
    expect_message(page, "It belongs to jonas now.")

    token = refresh_token("self@example.com")
    assert is_alive(zoho, token)
    do(page, "Revoke and disconnect")
    expect_message(page, "The access was revoked at Zoho, and its tokens were deleted.")
    assert not is_alive(zoho, token)
    tools = page.locator(".object-tools a")
    expect(tools).to_have_text(["Connect again", "Hand over", "Delete", "History"])

    ask(page, "Connect again")
    consent(page)
    expect(page).to_have_url(place)
    do(page, "Test now")
    expect_message(page, "Zoho responded in")
    assert is_alive(zoho, refresh_token("self@example.com"))

    page.get_by_role("link", name="History", exact=True).click()
    history = page.locator("#change-history")
    for words in (
        "Connected with a grant token.",
        "Test now: Zoho responded in",
        "Refresh the token: Zoho issued a new access token.",
        "Make it the default: ",
        "Hand over: It belongs to jonas now.",
        "Revoke and disconnect: The access was revoked",
        "Connected on Zoho's consent page.",
    ):
        expect(history).to_contain_text(words)
    expect(history.get_by_role("cell", name="ines", exact=True)).to_have_count(8)


@on_desktop
def test_delete_with_and_without_revoking(page: Page, zoho: SiteEmulator) -> None:
    for name in ("kept", "gone", "first", "second"):
        connect(zoho, f"{name}@example.com")
    tokens = {name: refresh_token(f"{name}@example.com") for name in ("kept", "gone", "first")}

    for name, keep in (("kept", True), ("gone", False)):
        page.goto(f"{LIST}?q={name}@")
        page.get_by_role("link", name=f"{name}@example.com").click()
        ask(page, "Delete")
        if keep:
            page.get_by_label("Leave the access at Zoho as it is").check()
        confirm(page, "Delete")
        expect_message(page, "left as it was" if keep else "the access revoked at Zoho")
        assert is_alive(zoho, tokens[name]) is keep

    choose_two(page, "Delete")
    confirm(page, "Delete")
    expect(page.locator(".messagelist .success")).to_have_count(2)
    expect(page.get_by_text("0 connections")).to_be_visible()
    assert not is_alive(zoho, tokens["first"])


@on_phone
def test_actions_of_the_list_apply_to_every_chosen_connection(
    page: Page, zoho: SiteEmulator
) -> None:
    for name in ("one", "two"):
        connect(zoho, f"{name}@example.com")
    for action, words in (
        ("Test now", "Zoho responded in"),
        ("Refresh the token", "a new access token"),
        ("Hand over", "It belongs to the whole site now."),
        ("Revoke and disconnect", "revoked at Zoho"),
    ):
        choose_two(page, action)
        confirm(page, action)
        messages = page.locator(".messagelist .success").filter(has_text=words)
        expect(messages, action).to_have_count(2)
