"""The mirrored leads' pages: rows of the example's own table, with the emulator behind them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.mirror import run_due
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.models import Connection
from example_project.mirrored_leads import condition, views
from example_project.mirrored_leads.models import Lead
from tests.app.leads.browser import connect_user, errors_at, log_in, page_text, row_headings
from tests.app.zoho import Zoho
from tests.cases import check_each

pytestmark = [pytest.mark.django_db, pytest.mark.zcrm_emulator(data="demo")]

LEADS: Any = Lead.objects
"""A type checker knows the models of the suite's own settings only."""

PAGES = ["", "status/", "new/", "{pk}/", "{pk}/edit/", "{pk}/delete/"]
ACTIONS = ["sync/", "pause/", "resume/", "{pk}/send-again/"]


def work() -> None:
    """Do what `zcrm_sync --watch` does until nothing is due."""
    while run_due():
        pass


def get_stored(lead: Lead) -> dict[str, Any]:
    """Return a lead as Zoho has it."""
    assert lead.zoho_id
    return zcrm.for_connection(Connection.objects.get()).records.get("Leads", lead.zoho_id)


def fill_form(page: Any, **changes: str) -> dict[str, str]:
    """Return what the form of a page sends when some of its fields are changed."""
    form = page.context["form"]
    values = {field.html_name: field.value() for field in form}
    hidden = {field.html_initial_name: field.value() for field in form}
    filled = {name: "" if value is None else value for name, value in (hidden | values).items()}
    return filled | changes


def save(site: Client, path: str, **changes: str) -> Any:
    """Open a form, change fields, and send it."""
    return site.post(path, fill_form(site.get(path), **changes), follow=True)


def test_every_page_wants_a_login() -> None:
    for path in [*PAGES, *ACTIONS]:
        response = Client().get(f"/mirrored/{path.format(pk=1)}")
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/login/")


def test_user_without_connection_is_offered_to_connect(zoho: Zoho) -> None:
    browser, _ = log_in()
    assert "Connect your Zoho account" in page_text(browser.get("/mirrored/"))


def test_changing_views_require_post(site: Client) -> None:
    pk = LEADS.latest("pk").pk
    for path in ACTIONS:
        assert site.get(f"/mirrored/{path.format(pk=pk)}").status_code == 405


def test_list_makes_no_call(site: Client, zoho: Zoho) -> None:
    before = len(zoho.requests)

    page = site.get("/mirrored/")

    assert len(row_headings(page)) == 20
    assert "Page 1 of 4" in page_text(page)
    assert len(zoho.requests) == before


@pytest.mark.parametrize("path", ["", "{pk}/"])
def test_change_during_the_rendering_is_not_missed(
    site: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    lead = LEADS.earliest("pk")
    condition_of = condition.condition_of

    def change_first(mirror: Any) -> dict[str, Any]:
        LEADS.filter(pk=lead.pk).update(company="Came later", synced_at=timezone.now())
        return condition_of(mirror)

    with monkeypatch.context() as patch:
        patch.setattr(views, "condition_of", change_first)
        page = site.get(f"/mirrored/{path.format(pk=lead.pk)}", {"text": lead.last_name})
    mark = site.get("/mirrored/status/").json()["mark"]
    assert "Came later" in page_text(page) or page.context["condition"]["mark"] != mark


@check_each("sort", ["name", "-name", "company", "revenue", "-created", "nonsense"])
def test_every_lead_is_on_one_page(site: Client, sort: str) -> None:
    names = []
    for number in range(1, 5):
        page = site.get("/mirrored/", {"sort": sort, "page": str(number)})
        names += [lead.pk for lead, _ in page.context["rows"]]
    assert sorted(names) == sorted(LEADS.values_list("pk", flat=True))


def test_search_finds_every_word_in_any_text(site: Client) -> None:
    lead = LEADS.order_by("pk").first()
    assert lead
    LEADS.filter(pk=lead.pk).update(description="Wants a Quay-side crane", company="Ünal")

    for text in ("crane", f"QUAY {lead.last_name}", lead.email[:12], "Ünal"):
        found = site.get("/mirrored/", {"text": text})
        assert str(lead) in row_headings(found), text
    assert row_headings(site.get("/mirrored/", {"text": "crane nobodyofthatname"})) == []


def test_filters_select_leads(site: Client) -> None:
    lead = LEADS.exclude(source="").latest("revenue")
    page = site.get(
        "/mirrored/",
        {"status": lead.status, "source": lead.source, "revenue_from": str(lead.revenue)},
    )
    assert {lead_shown.revenue for lead_shown, _ in page.context["rows"]} == {lead.revenue}
    assert site.get("/mirrored/", {"created_from": "2100-01-01"}).context["rows"] == []
    assert "valid date" in errors_at(site.get("/mirrored/", {"created_to": "soon"}), "created_to")


def test_an_edit_waits_and_reaches_zoho(site: Client) -> None:
    lead = LEADS.earliest("pk")
    path = f"/mirrored/{lead.pk}/"

    page = save(site, f"{path}edit/", phone="+44 20 7946 0999")
    assert "Saved here, and on its way to Zoho." in page_text(page)
    assert "Phone" in page_text(page)
    assert "waiting" in page_text(page)
    assert get_stored(lead)["Phone"] != "+44 20 7946 0999"

    work()
    assert get_stored(lead)["Phone"] == "+44 20 7946 0999"
    assert "sent" in page_text(site.get(path)).rpartition("Changes made here")[2]


def test_only_what_was_changed_on_the_page_is_saved(site: Client, zoho: Zoho) -> None:
    lead = LEADS.earliest("pk")
    form = fill_form(site.get(f"/mirrored/{lead.pk}/edit/"), phone="111")
    LEADS.filter(pk=lead.pk).update(company="Changed in Zoho")

    site.post(f"/mirrored/{lead.pk}/edit/", form)

    lead.refresh_from_db()
    assert (lead.company, lead.phone) == ("Changed in Zoho", "111")
    assert OutboxItem.objects.get().changed == {"Phone": "111"}


def test_refused_change_is_shown_and_can_be_fixed(site: Client) -> None:
    lead = LEADS.earliest("pk")
    path = f"/mirrored/{lead.pk}/"
    save(site, f"{path}edit/", phone="reception & wait")
    work()

    page = site.get(path)
    assert "INVALID_DATA" in page_text(page)
    assert "Zoho refused 1 change." in page_text(site.get("/mirrored/"))
    assert row_headings(site.get("/mirrored/", {"changes": "refused"})) != []
    assert row_headings(site.get("/mirrored/", {"changes": "waiting"})) == []

    site.post(f"{path}send-again/")
    assert OutboxItem.objects.get().state == OutboxItem.State.NEW
    work()
    assert "Zoho refused 1 change." in page_text(site.get("/mirrored/"))
    save(site, f"{path}edit/", phone="222")
    work()
    assert get_stored(lead)["Phone"] == "222"
    assert "Zoho refused" not in page_text(site.get("/mirrored/"))


def test_lead_is_created_and_deleted(site: Client) -> None:
    page = site.post("/mirrored/new/", {"company": "Acme"})
    assert "required" in errors_at(page, "last_name")
    page = site.post("/mirrored/new/", {"last_name": "Okoye", "company": "Acme"}, follow=True)
    assert "not there yet" in page_text(page)
    work()
    lead = LEADS.get(last_name="Okoye")
    assert get_stored(lead)["Company"] == "Acme"

    assert "Delete Okoye?" in page_text(site.get(f"/mirrored/{lead.pk}/delete/"))
    page = site.post(f"/mirrored/{lead.pk}/delete/", follow=True)
    assert "Okoye is deleted here, and soon in Zoho." in page_text(page)
    work()
    crm = zcrm.for_connection(Connection.objects.get())
    assert crm.objects("Leads").filter(id=lead.zoho_id).count() == 0


def test_the_list_is_not_in_step_while_a_change_waits_or_was_refused(site: Client) -> None:
    def words() -> tuple[str, str]:
        condition = site.get("/mirrored/status/").json()
        assert condition["good"]
        return condition["words"], condition["waiting"]

    path = f"/mirrored/{LEADS.earliest('pk').pk}/edit/"
    assert words() == ("In step with Zoho.", "")
    save(site, path, phone="reception & wait")
    assert words() == ("Zoho's changes have come in.", "1 change waits to be sent.")
    work()
    assert words() == ("Zoho's changes have come in.", "Zoho refused 1 change.")
    save(site, path, phone="222")
    work()
    assert words() == ("In step with Zoho.", "")


def test_unreachable_zoho_is_shown_until_it_returns(site: Client, zoho: Zoho) -> None:
    lead = LEADS.earliest("pk")
    zoho.fail_next(path="/crm/*", html=503, times=None)
    save(site, f"/mirrored/{lead.pk}/edit/", company="Away")
    work()

    condition = site.get("/mirrored/status/").json()
    assert condition["words"].startswith("Zoho does not answer.")
    assert condition["waiting"] == "1 change waits to be sent."
    assert not condition["good"]
    assert "You can go on working" in page_text(site.get(f"/mirrored/{lead.pk}/"))

    zoho.stop_failing()
    site.post("/mirrored/sync/")
    work()
    condition = site.get("/mirrored/status/").json()
    assert (condition["words"], condition["waiting"]) == ("In step with Zoho.", "")
    assert get_stored(lead)["Company"] == "Away"


def test_initial_sync_is_shown(zoho: Zoho) -> None:
    browser, user = log_in()
    connect_user(zoho, user)

    condition = browser.get("/mirrored/status/").json()
    assert condition["is_reading"]
    assert condition["words"] == "The initial sync is running: 0 leads are here."
    state = MirrorState.objects.get()
    state.windows = [{"done": True, "count": 30, "applied": 30}, {"count": 90, "applied": 0}]
    state.save()
    condition = browser.get("/mirrored/status/").json()
    assert 0 < condition["percent"] < 100
    assert f'value="{condition["percent"]}"' in browser.get("/mirrored/").text

    state.refresh_from_db()
    MirrorState.objects.update(windows=[])
    work()
    assert not browser.get("/mirrored/status/").json()["is_reading"]


def test_pause_and_resume(site: Client) -> None:
    page = site.post("/mirrored/pause/", follow=True)
    assert "Paused: nothing is read from Zoho or sent there." in page_text(page)
    assert run_due() == 0
    page = site.post("/mirrored/resume/", follow=True)
    assert "Paused" not in page_text(page)
    assert run_due() == 1


def test_missing_worker_is_shown(site: Client) -> None:
    MirrorState.objects.update(due="2026-01-01T00:00:00Z")
    assert "start manage.py zcrm_sync --watch" in page_text(site.get("/mirrored/"))


def test_others_see_their_own_rows_only(site: Client, zoho: Zoho) -> None:
    lead = LEADS.earliest("pk")
    other, user = log_in("jonas")
    connect_user(zoho, user)
    for path in PAGES[3:]:
        assert other.get(f"/mirrored/{path.format(pk=lead.pk)}").status_code == 404
    assert row_headings(other.get("/mirrored/")) == []


def test_a_pages_mark_changes_with_what_it_shows(site: Client) -> None:
    lead = LEADS.earliest("pk")
    mark = site.get("/mirrored/status/").json()["mark"]
    assert f'data-mark="{mark}"' in site.get("/mirrored/").text
    save(site, f"/mirrored/{lead.pk}/edit/", phone="333")
    waiting = site.get("/mirrored/status/").json()["mark"]
    work()
    assert len({mark, waiting, site.get("/mirrored/status/").json()["mark"]}) == 3


def test_discarded_change_is_shown_and_not_sent_again(site: Client) -> None:
    lead = LEADS.earliest("pk")
    path = f"/mirrored/{lead.pk}/"
    save(site, f"{path}edit/", phone="111")
    OutboxItem.objects.discard()
    assert "discarded" in page_text(site.get(path))

    site.post(f"{path}send-again/")
    assert OutboxItem.objects.get().state == OutboxItem.State.DISCARDED
