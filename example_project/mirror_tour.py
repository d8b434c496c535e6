"""The tour's second part: leads as rows of the site's own table, in sync with Zoho both ways."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html import unescape
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import OutputWrapper

from django_zcrm.mirror.models import Notice, OutboxItem

from .mirrored_leads.models import Lead
from .tour import Step, Tour, TourFailed, emulator, expect

PATIENCE = 60.0
"""Seconds within which the worker must have done something."""

AWAY = [{"path": "/crm/*", "html": 503, "times": None}]
"""The fault by which the emulator's API is away."""


class MirrorTour(Tour):
    """The tour with its second part, in which a worker is at the mirror."""

    def __init__(
        self,
        site: str,
        user: User,
        password: str,
        out: OutputWrapper,
        start_worker: Callable[[], object],
    ) -> None:
        super().__init__(site, user, password, out)
        self.start_worker = start_worker
        self.edited: list[Lead] = []

    def steps(self) -> list[Step]:
        """Return all steps, those of the first part included."""
        return [
            *super().steps(),
            ("Mirror the leads: a worker reads all of them into the site's own table", self.mirror),
            ("Search them without a call to Zoho", self.search_here),
            ("Edit a lead here, and Zoho has it", self.edit_here),
            ("Edit it in Zoho, and a notification brings it here", self.edit_in_zoho),
            ("Zoho is away, and work goes on", self.go_on_without_zoho),
            ("Zoho is back, and receives all changes made in the meantime", self.deliver),
        ]

    def mirror(self) -> None:
        """Start the worker, and wait until the initial sync has ended."""
        self._show_code("python manage.py zcrm_sync --watch")
        self.start_worker()
        seconds = self._wait(lambda: self._condition()["status"]["phase"] == "live")
        self._show("in sync after", f"{seconds:.1f} s")
        self._show_code("Lead.objects.for_user(user).live().count()")
        here, there = self._leads().count(), self.crm.records.count("Leads")
        self._show("rows here", here)
        self._show("records in Zoho", there)
        expect(here == there, "the table does not have what Zoho has")

    def search_here(self) -> None:
        """Search and sort by the page, which reads the table."""
        path = "/mirrored/?text=south&status=Lost+Lead&sort=-revenue"
        self._show_code(f"GET {path}")
        begun = time.perf_counter()
        page = self.browser.open(path)
        seconds = time.perf_counter() - begun
        names = re.findall(r'<th scope="row"><a [^>]*>(.*?)</a>', page.text)
        self._show("found", ", ".join(map(unescape, names)))
        self._show("the page took", f"{1000 * seconds:.0f} ms")
        expect(bool(names), "the search finds nothing")

    def edit_here(self) -> None:
        """Save a row by its form, and see the record change."""
        lead = self._lead(0)
        self._edit(lead, phone="+44 20 7946 0011")
        seconds = self._wait(lambda: not self._outbox())
        stored = self.crm.records.get("Leads", lead.zoho_id or "")
        self._show("in Zoho", f"{stored['Full_Name']}, {stored['Phone']}, after {seconds:.1f} s")
        expect(stored["Phone"] == "+44 20 7946 0011", "the edit did not reach Zoho")

    def edit_in_zoho(self) -> None:
        """Change the record as somebody does who works in Zoho, and see the row change."""
        lead = self._lead(0)
        before = Notice.objects.count()
        self._show_code('crm.records.update_one("Leads", id, {"Company": "Acme Overseas"})')
        self.crm.records.update_one("Leads", lead.zoho_id or "", {"Company": "Acme Overseas"})

        def has_come() -> bool:
            lead.refresh_from_db()
            return lead.company == "Acme Overseas"

        seconds = self._wait(has_come)
        self._show("row here", f"{lead}, {lead.company}, after {seconds:.1f} s")
        notices = Notice.objects.count() - before
        self._show("notifications", notices)
        expect(notices > 0, "no notification came")

    def go_on_without_zoho(self) -> None:
        """Edit, create and delete while every call fails."""
        self._show_code(f"POST {{emulator}}/emulator/faults {AWAY}")
        emulator("POST", "faults", json=AWAY)
        self.edited = [self._lead(1), self._lead(2)]
        for lead in self.edited:
            self._edit(lead, company=f"Away {self.suffix}")
        page = self.browser.open("/mirrored/new/")
        made = {
            "first_name": "Tobias",
            "last_name": "Okoye",
            "company": f"Acme {self.suffix} South",
        }
        self._show_code(f"POST /mirrored/new/ {made}")
        self.browser.submit(page, "", **made)
        gone = self._lead(3)
        path = f"/mirrored/{gone.pk}/delete/"
        self._show_code(f"POST {path}")
        self.browser.submit(self.browser.open(path), "")
        self._show("deleted here", f"{gone}, {gone.company}")
        self.edited.append(gone)
        self._wait(lambda: self._condition()["status"]["failures"] > 0)
        condition = self._condition()
        self._show("the page says", f"{condition['words']} {condition['waiting']}")
        expect(self._outbox() == 4, "four changes should wait")

    def deliver(self) -> None:
        """Have the worker go on, and compare."""
        self._show_code("DELETE {emulator}/emulator/faults")
        emulator("DELETE", "faults")
        self.browser.submit(self.browser.open("/mirrored/"), "/mirrored/sync/")
        seconds = self._wait(lambda: not self._outbox() and self._condition()["good"])
        self._show("all sent after", f"{seconds:.1f} s")
        *edited, gone = self.edited
        for lead in edited:
            stored = self.crm.records.get("Leads", lead.zoho_id or "")
            self._show("in Zoho", f"{stored['Full_Name']}, {stored['Company']}")
            expect(stored["Company"] == f"Away {self.suffix}", "an edit was lost")
        leads = self.crm.objects("Leads")
        made = leads.filter(Company=f"Acme {self.suffix} South").count()
        self._show("records of the lead that was created here", made)
        left = leads.filter(id=gone.zoho_id).count()
        self._show("records of the lead that was deleted here", left)
        expect((made, left) == (1, 0), "what was created or deleted here is not so in Zoho")
        self._show("the page says", self._condition()["words"])

    def _leads(self) -> Any:
        return Lead.objects.for_user(self.user).live().order_by("pk")

    def _lead(self, number: int) -> Lead:
        lead: Lead = self._leads()[number]
        return lead

    def _outbox(self) -> int:
        """Return how many changes wait. Raises TourFailed for one that was refused."""
        items = OutboxItem.objects.filter(connection=self.crm.connection)
        if refused := items.filter(state=OutboxItem.State.FAILED).first():
            raise TourFailed(f"Zoho refused {refused}: {refused.error}")
        return items.open().count()

    def _edit(self, lead: Lead, **typed: str) -> None:
        path = f"/mirrored/{lead.pk}/edit/"
        self._show_code(f"POST {path} {typed}")
        self.browser.submit(self.browser.open(path), "", **typed)
        lead.refresh_from_db()
        self._show("row here", f"{lead}, {lead.company}, {lead.phone}")

    def _condition(self) -> dict[str, Any]:
        condition: dict[str, Any] = self.browser.open("/mirrored/status/").json()
        return condition

    @staticmethod
    def _wait(happened: Callable[[], bool]) -> float:
        """Wait for the worker; return how many seconds that took. Raises TourFailed."""
        begun = time.monotonic()
        while not happened():
            if time.monotonic() > begun + PATIENCE:
                raise TourFailed("nobody works for the mirror: start manage.py zcrm_sync --watch")
            time.sleep(0.05)
        return time.monotonic() - begun
