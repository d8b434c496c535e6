"""Consent is withdrawn while a person fills in a form: what they typed is not lost."""

from __future__ import annotations

from uuid import uuid4

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from .accessibility import SIZES, assert_fits_every_size
from .demo import Demo

pytestmark = pytest.mark.browser


def connect(page: Page, button: str) -> str:
    """Press a button that leads to the consent page, accept there, and return whose account it is.

    It is the second one's, since others are connected with the first.
    """
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", name="asks for access")).to_be_visible()
    (chosen,) = page.locator("#account").select_option(index=1)
    page.get_by_role("button", name="Accept").click()
    return chosen.rpartition(":")[2]


def fill_in_while_consent_is_withdrawn(page: Page, demo: Demo, name: str) -> None:
    demo.add_user(name)
    demo.log_in(page, name)
    email = connect(page, "Connect Zoho CRM")
    page.get_by_role("link", name="New lead").click()
    page.get_by_label("Last name").fill("Okoye")
    page.get_by_label("Status").select_option("Contacted")
    page.get_by_label("Description").fill("Two lines,\nand 'quotes'")
    requests.post(f"{demo.emulator}/emulator/revoke", json={"email": email}, timeout=30)

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Please connect again")).to_be_visible()
    assert_fits_every_size(page)
    connect(page, "Connect again")
    expect(page.get_by_role("heading", name="New lead")).to_be_visible()
    expect(page.get_by_role("status").last).to_contain_text("Your input has been restored")
    expect(page.get_by_label("Last name")).to_have_value("Okoye")
    expect(page.get_by_label("Status")).to_have_value("Contacted")
    expect(page.get_by_label("Description")).to_have_value("Two lines,\nand 'quotes'")
    assert_fits_every_size(page)

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Okoye")).to_be_visible()
    expect(page.get_by_text("Two lines,")).to_be_visible()


def test_typed_input_is_in_the_form_again_after_connecting_again(
    browser: Browser, demo: Demo
) -> None:
    width, height = SIZES["phone"]
    with browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=False
    ) as context:
        fill_in_while_consent_is_withdrawn(context.new_page(), demo, uuid4().hex)
