"""A process that writes leads, to be killed: `python -m tests.wire.writes.worker URL TOKEN ...`.

It prints a line whenever there is news: how many rows are accounted for, and the job created.
"""

from __future__ import annotations

import sys

from django_zcrm.zoho.auth.tokens import AccessToken
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.http.pauses import override_pause
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query.read.exporting import Progress
from django_zcrm.zoho.query.write import importing
from django_zcrm.zoho.secret import Secret

REFUSED = 7
"""Every seventh row has no last name, which Zoho demands."""


class OneToken:
    """An access token that is good for the whole test."""

    def __init__(self, url: str, token: str) -> None:
        self._token = AccessToken(Secret(token), url, url, url)

    def current(self) -> AccessToken:
        """Return the token."""
        return self._token

    def renew(self, refused: AccessToken) -> AccessToken:
        """Return the token."""
        return self._token


def rows_of(count: int) -> list[RecordDict]:
    """Return rows, each with a unique reference, one in seven of which Zoho refuses."""
    return [
        {
            "External_Reference": f"R-{n}",
            "Last_Name": None if n % REFUSED == REFUSED - 1 else f"Lead {n}",
            "Company": f"Company {n % 50}",
        }
        for n in range(count)
    ]


def main(url: str, token: str, via: str, count: str, rows_a_job: str) -> None:
    """Write."""
    importing.ROWS = int(rows_a_job)  # type: ignore[attr-defined]
    leads = Client(Session(OneToken(url, token), RequestsTransport("worker"))).objects("Leads")
    rows = rows_of(int(count))

    def tell(news: Progress) -> None:
        print(news.records, news.job_id if news.state == "ADDED" else "-", flush=True)

    with override_pause(lambda seconds: None):
        if via == "bulk":
            leads.bulk_create(rows, via="bulk", progress=tell)
        else:
            leads.upsert(rows, on=["External_Reference"], progress=tell)


if __name__ == "__main__":
    main(*sys.argv[1:])
