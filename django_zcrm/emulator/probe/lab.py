"""Sends the requests of probes within the budget, and removes the created objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

from ...zoho.client import Client
from ...zoho.errors import ZohoError
from ...zoho.http.messages import Host, ZohoRequest
from ...zoho.http.pauses import pause
from ...zoho.limits.costs import cost_of
from ...zoho.operations.raw_request import raw_request
from ...zoho.secret import Secret
from .answers import Answer, Unknown
from .journal import Journal

T = TypeVar("T")

MARK = "zcrm-probe"
"""Begins the name of all that probes make."""
CHANNEL = "7060105000"
"""The id of the notification channels that probes open."""
NAMES = {
    "Leads": "Last_Name",
    "Contacts": "Last_Name",
    "Accounts": "Account_Name",
    "Deals": "Deal_Name",
    "Products": "Product_Name",
    "Quotes": "Subject",
    "Events": "Event_Title",
    "Calls": "Subject",
    "Notes": "Note_Title",
}
"""The modules in which probes make records, each with the field that holds the name."""
RESERVE = 60
"""Credits that are kept back for the removal."""
INDEX_PATIENCE = (0.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds to wait before each search, until the index has what was written."""


class BudgetReached(Exception):
    """The next request would exceed the budget; it was not sent."""


class Lab:
    """Sends requests with one client, and records created objects in `journal`."""

    def __init__(self, client: Client, journal: Journal, budget: int) -> None:
        self.client, self.journal, self.budget = client, journal, budget
        self._keeps_reserve = True
        self._made = 0
        self._attributes: dict[str, Any] = {}

    # Asking

    def ask(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        version: str = "v8",
        body: bytes | None = None,
        host: Host = "api",
        **options: Any,
    ) -> Answer:
        """Send a request with the token; `path` follows the version, or begins with a slash.

        Raises BudgetReached, and Unknown when no answer came.
        """
        request = self._request(method, path, version, host, json=json, **options)
        if body is not None:
            request = replace(request, body=body)
        self._charge(request)
        try:
            return Answer(self.client.session.send(request, check=False))
        except ZohoError as error:
            raise Unknown(f"no answer came ({type(error).__name__})") from None

    def ask_as(
        self,
        authorization: str | Secret,
        method: str,
        path: str,
        *,
        host: Host = "api",
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request with another Authorization header, or none if it is empty.

        Bypasses the client, which would add its own header. Raises the errors of `ask`.
        """
        request = self._request(method, path, "v8", host, data=form)
        if authorization:
            request = request.with_header("Authorization", authorization)
        self._charge(request)
        session = self.client.session
        try:
            url = session.tokens.current().url(host)
            return Answer(session.transport.send(url, request, (5.0, 30.0)))
        except ZohoError as error:
            raise Unknown(f"no answer came ({type(error).__name__})") from None

    @property
    def token(self) -> Secret:
        """The access token."""
        return self.client.session.tokens.current().value

    def _request(
        self, method: str, path: str, version: str, host: Host, **options: Any
    ) -> ZohoRequest:
        defaults = dict.fromkeys(("params", "json", "data", "files", "headers"))
        path = path if path.startswith("/") else f"/crm/{version}/{path}"
        return raw_request(method, path, **{**defaults, **options}, host=host, stream=False)

    def _charge(self, request: ZohoRequest) -> None:
        cost = cost_of(request)
        credits = cost.credits if cost else 0
        limit = self.budget - (RESERVE if self._keeps_reserve else 0)
        if self.journal.credits + credits > limit:
            raise BudgetReached
        self.journal.spend(credits)

    def download(self, path: str) -> bytes:
        """Return the body of a file."""
        request = self._request("GET", path, "v8", "api")
        self._charge(request)
        try:
            return self.client.session.send(request).content
        except ZohoError as error:
            raise Unknown(f"no file came ({type(error).__name__})") from None

    def wait(self, seconds: float) -> None:
        """Wait, until Zoho has had time to do something."""
        if seconds:
            pause(seconds)

    def query(self, select_query: str, version: str = "v8") -> Answer:
        """Send a COQL query."""
        return self.ask("POST", "coql", {"select_query": select_query}, version=version)

    def search(self, module: str, criteria: str, version: str = "v8") -> Answer:
        """Search by criteria."""
        fields = {"fields": "id"} if version != "v2" else {}
        return self.ask(
            "GET", f"{module}/search", version=version, params={"criteria": criteria, **fields}
        )

    def finds(self, module: str, criteria: str, record_id: str) -> bool:
        """Return whether a search finds a record. Raises Unknown as `await_index` does."""
        self.await_index(module, record_id)
        return any(row["id"] == record_id for row in self.search(module, criteria).check().rows)

    def await_index(self, module: str, record_id: str) -> None:
        """Wait until searches find a record. Raises Unknown if that takes too long."""
        indexed: set[str] = self.once("indexed", set)
        for seconds in INDEX_PATIENCE:
            if record_id in indexed:
                return
            self.wait(seconds)
            rows = self.search(module, f"({NAMES[module]}:starts_with:{MARK})").check().rows
            indexed.update(str(row["id"]) for row in rows)
        if record_id not in indexed:
            raise Unknown("the search index did not get the record in time")

    def release_reserve(self) -> None:
        """Let requests use the credits that are reserved for the removal."""
        self._keeps_reserve = False

    def keep_reserve(self) -> None:
        """Reserve credits for the removal again."""
        self._keeps_reserve = True

    # Making

    def write(
        self, module: str, *items: Mapping[str, Any], version: str = "v8", **options: Any
    ) -> Answer:
        """Make records, which get a name with the mark, and note those that were made."""
        rows = [{NAMES[module]: self.name(), **item} for item in items]
        body = {"data": rows, "trigger": []}
        answer = self.ask("POST", module, body, version=version, **options)
        for item in answer.items:
            if item["code"] == "SUCCESS":
                self.journal.note_created(module, str(item["details"]["id"]))
        return answer

    def make(self, module: str, **values: Any) -> str:
        """Make one record and return its id. Raises Unknown if Zoho refuses."""
        defaults = {"Leads": {"Company": MARK}}.get(module, {})
        return self.write(module, {**defaults, **values}).check().id

    def name(self) -> str:
        """Return a new name with the mark."""
        self._made += 1
        return f"{MARK} {self._made}"

    @cached_property
    def lead(self) -> str:
        """The id of a lead that probes share and do not change."""
        return self.make("Leads", City="Probe O'Town", State="Probestate")

    @cached_property
    def empty_lead(self) -> str:
        """The id of a lead without a city."""
        return self.make("Leads")

    @cached_property
    def tagged_lead(self) -> str:
        """The id of a lead with a tag, to which notes and a photo may be added."""
        return self.make("Leads", Tag=[{"name": MARK}])

    @cached_property
    def account(self) -> str:
        """The id of an account."""
        return self.make("Accounts")

    @cached_property
    def contact(self) -> str:
        """The id of a contact of the account."""
        return self.make("Contacts", Account_Name={"id": self.account})

    @cached_property
    def notes(self) -> tuple[str, str]:
        """The ids of two notes, the older first."""
        return self.make_note(self.tagged_lead), self.make_note(self.tagged_lead)

    def make_note(self, lead: str) -> str:
        """Add a note to a lead and return its id."""
        parent = {"id": lead, "module": {"api_name": "Leads"}}
        return self.make("Notes", Note_Content=MARK, Parent_Id=parent)

    @cached_property
    def unknown_id(self) -> str:
        """An unused id in the form of the organisation's ids."""
        return str(int(self.lead) + 7_000_000_000)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Return what `make()` returned the first time, so that probes can share it."""
        if key not in self._attributes:
            self._attributes[key] = make()
        value: T = self._attributes[key]
        return value
