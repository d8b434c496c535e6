"""The lead desk's pages of one lead, against the emulator."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client

from django_zcrm import zcrm
from django_zcrm.models import Connection
from tests.app.leads.browser import LEADS, connect_user, errors_at, log_in, page_text
from tests.app.zoho import Zoho, connect

pytestmark = pytest.mark.django_db


def a_lead(**fields: Any) -> str:
    """Create a lead in the emulator, and return its id."""
    record = {"Last_Name": "Wong", "Company": "Acme", **fields}
    return zcrm.for_connection(Connection.objects.get()).records.create_one("Leads", record).id


def get_stored(lead: str) -> dict[str, Any]:
    """Return a lead as Zoho has it."""
    return zcrm.for_connection(Connection.objects.get()).records.get("Leads", lead)


@pytest.mark.parametrize(
    "path", ["/", "/leads/new/", "/leads/1/", "/accounts/", "/company/", "/zcrm/connect/"]
)
def test_every_page_wants_a_login(path: str) -> None:
    response = Client().get(path)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login/")


def test_the_page_of_a_failed_callback_does_not_link_to_its_code(browser: Client) -> None:
    page = browser.get("/zcrm/oauth/callback/", {"code": "c4nary", "state": "unknown"})
    assert page.status_code == 400
    assert 'href="/zcrm/connect/" aria-current="page"' in page.text
    assert "c4nary" not in page.text


def test_page_without_connection_offers_to_connect(zoho: Zoho) -> None:
    browser, _ = log_in()

    response = browser.get("/?page=2")

    assert "Connect your Zoho account" in page_text(response)
    assert 'action="/zcrm/connect/"' in response.content.decode()
    assert 'name="next" value="/?page=2"' in response.content.decode()


def test_create_form_creates_a_lead(browser: Client) -> None:
    form = browser.get("/leads/new/")
    assert '<option value="Contacted">' in form.content.decode()

    response = browser.post("/leads/new/", {"Last_Name": "Okoye", "Lead_Status": "Contacted"})

    lead = get_stored(response.headers["Location"].strip("/").rpartition("/")[2])
    assert (lead["Last_Name"], lead["Lead_Status"]) == ("Okoye", "Contacted")


def test_refused_field_shows_error_and_keeps_input(browser: Client) -> None:
    typed = {"Last_Name": "Okoye", "Email": "not-an-address"}

    response = browser.post("/leads/new/", typed)

    assert response.status_code == 400
    error = errors_at(response, "Email")
    assert error == "Zoho says: invalid data, expected an email."
    assert 'value="not-an-address"' in response.content.decode()
    assert not errors_at(response, "Last_Name")


def test_refusal_without_field_is_shown_above_form(browser: Client, zoho: Zoho) -> None:
    browser.get("/leads/new/")
    zoho.fail_next("records.create", code="DUPLICATE_DATA", details={"api_name": "Rating"})

    response = browser.post("/leads/new/", {"Last_Name": "Okoye"})

    assert "Zoho says: emulated fault." in page_text(response)


def test_edit_sends_only_changed_fields(browser: Client, zoho: Zoho) -> None:
    lead = a_lead(Phone="111", Email="a@acme.example")
    seen = {"Last_Name": "Wong", "Company": "Acme", "Phone": "111", "Email": "a@acme.example"}
    crm = zcrm.for_connection(Connection.objects.get())
    crm.records.update_one("Leads", lead, {"Company": "Changed in Zoho"})

    browser.post(
        f"/leads/{lead}/edit/",
        seen | {"Phone": "222", "Email": ""} | {f"initial-{name}": seen[name] for name in seen},
    )

    (sent,) = zoho.assert_called("PUT", f"{LEADS}/{lead}").json["data"]
    assert sent == {"Phone": "222", "Email": None}
    assert get_stored(lead)["Company"] == "Changed in Zoho"


def test_uploaded_file_can_be_downloaded(browser: Client) -> None:
    lead = a_lead()
    content = bytes(range(256)) * 500
    name = 'an "odd" näme.pdf'
    file = io.BytesIO(content)
    file.name = name

    page = browser.post(f"/leads/{lead}/files/", {"file": file}, follow=True)

    crm = zcrm.for_connection(Connection.objects.get())
    (attachment,) = crm.attachments.list("Leads", lead).rows
    assert attachment["File_Name"] in page_text(page)
    response = browser.get(f"/leads/{lead}/files/{attachment['id']}/")
    assert b"".join(response) == content
    assert response.headers["Content-Disposition"].startswith("attachment;")

    browser.post(f"/leads/{lead}/files/{attachment['id']}/delete/")
    assert not crm.attachments.list("Leads", lead).rows


def test_upload_without_file_shows_field_error(browser: Client) -> None:
    response = browser.post(f"/leads/{a_lead()}/files/", {})

    assert response.status_code == 400
    assert errors_at(response, "file") == "This field is required."


def test_convert_with_a_deal(browser: Client) -> None:
    lead = a_lead(First_Name="Alice")
    deal = {"Deal_Name": "First order", "Stage": "Qualification", "Closing_Date": "2030-01-31"}

    response = browser.post(f"/leads/{lead}/convert/", {**deal, "Amount": "12.5"}, follow=True)

    assert "Contact: Alice Wong, Account: Acme, Deal: First order" in page_text(response)
    crm = zcrm.for_connection(Connection.objects.get())
    (made,) = crm.records.search("Deals", criteria="(Deal_Name:equals:First order)").rows
    assert made["Amount"] == 12.5


def test_convert_without_a_deal_and_only_once(browser: Client) -> None:
    lead = a_lead()

    first = browser.post(f"/leads/{lead}/convert/", {"Deal_Name": ""}, follow=True)
    second = browser.post(f"/leads/{lead}/convert/", {"Deal_Name": ""})

    assert "Contact: Wong" in page_text(first)
    assert second.status_code == 404  # Zoho has no such lead any more


def test_a_deal_needs_a_stage_and_a_date(browser: Client) -> None:
    response = browser.post(f"/leads/{a_lead()}/convert/", {"Deal_Name": "First order"})

    assert errors_at(response, "Stage") == errors_at(response, "Closing_Date") != ""


def test_the_company_page_uses_the_sites_connection(zoho: Zoho) -> None:
    browser, _ = log_in()
    assert "not connected" in page_text(browser.get("/company/"))

    connect(zoho)

    assert "Brightwater Trading" in page_text(browser.get("/company/"))


def test_connect_button_for_the_site_is_for_staff_only(zoho: Zoho) -> None:
    browser, _ = log_in()
    staff, _ = log_in("boss", is_staff=True)

    assert "Connect the site" not in page_text(browser.get("/company/"))
    assert "Connect the site" in page_text(staff.get("/company/"))


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_the_desk_works_under_old_versions_too(
    browser: Client, configure: Any, version: str
) -> None:
    configure(API_VERSION=version)
    lead = a_lead(Lead_Status="Contacted")
    file = io.BytesIO(b"offer")
    file.name = "offer.pdf"

    browser.post(f"/leads/{lead}/files/", {"file": file})
    browser.post(f"/leads/{lead}/edit/", {"Last_Name": "Li", "initial-Last_Name": "Wong"})

    page = page_text(browser.get(f"/leads/{lead}/"))
    assert "Li Contacted" in page
    assert "offer.pdf" in page
    assert "Li" in page_text(browser.get("/?text=Li&status=Contacted"))
    converted = browser.post(f"/leads/{lead}/convert/", {"Deal_Name": ""}, follow=True)
    assert "Li is converted." in page_text(converted)


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ({"code": "TOO_MANY_REQUESTS", "headers": {"Retry-After": "90"}}, 503, "2 minutes"),
        ({"html": 502}, 502, "does not respond"),
        ({"drop": "before"}, 502, "does not respond"),
        ({"code": "NO_PERMISSION"}, 403, "Not allowed"),
        ({"code": "INVALID_MODULE", "status": 400}, 400, "Zoho refused"),
    ],
)
def test_errors_are_pages_with_advice(
    browser: Client, zoho: Zoho, fault: dict[str, Any], status: int, words: str
) -> None:
    browser.get("/")
    zoho.fail_next(path="/crm/*", times=None, **fault)

    response = browser.get("/")

    assert response.status_code == status
    assert words in page_text(response)
    if status == 503:
        assert response.headers["Retry-After"] == "90"


def test_unknown_lead_returns_404(browser: Client) -> None:
    assert browser.get("/leads/3652397000009999999/").status_code == 404
    assert "leads nowhere" in page_text(browser.get("/leads/not-an-id/"))
    assert "staff account" in page_text(browser.get("/zcrm/grant-token/"))


def test_a_withdrawn_consent_asks_to_connect_again(browser: Client, zoho: Zoho) -> None:
    zoho.revoke()
    Connection.objects.update(expires_at=None)

    response = browser.get("/")

    assert response.status_code == 403
    assert "Please connect again" in page_text(response)


@pytest.mark.parametrize("path", ["files/", "files/1/delete/"])
def test_changes_are_posts_with_a_token(browser: Client, path: str) -> None:
    lead = a_lead()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies

    assert browser.get(f"/leads/{lead}/{path}").status_code == 405
    assert strict.post(f"/leads/{lead}/{path}").status_code == 403
    assert strict.post(f"/leads/{lead}/convert/").status_code == 403


@pytest.mark.slow
def test_pick_lists_after_reconnect_are_fetched_again(
    browser: Client, zoho: Zoho, django_capture_on_commit_callbacks: Any
) -> None:
    user = Connection.objects.get().owner
    assert user is not None
    browser.get("/leads/new/")
    browser.get("/leads/new/")
    zoho.assert_called("GET", "/crm/v8/settings/fields", times=1)

    with django_capture_on_commit_callbacks(execute=True):
        connect_user(zoho, user)
    browser.get("/leads/new/")

    zoho.assert_called("GET", "/crm/v8/settings/fields", times=2)


def test_app_pages_use_the_base_template_of_the_desk(browser: Client) -> None:
    assert "Lead desk" in page_text(browser.get("/zcrm/connect/"))
