"""What an emulator can be told when it is started.

Knows nothing about what the options do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django_zcrm.emulator.datacenters import DATA_CENTERS

EDITIONS = ("Free", "Standard", "Professional", "Enterprise", "Ultimate")
ENVIRONMENTS = ("production", "sandbox", "developer")


@dataclass(frozen=True)
class Options:
    """The options of an emulator; every limit is off unless asked for.

    data: ``demo`` (a small company with records) or ``empty`` (its users and modules only).
    records: so many generated records in each module, or by module: {"Leads": 100_000}.
    metadata: path of a real organisation's modules and fields, JSON or CSV (metadata/importing.py).
    environments: one organisation is made for each.
    edition: decides credits and concurrency, and is shown by the org API.
    seed: makes the secrets repeat from run to run; ids always do.
    base_url: the own address in answers; None takes scheme and Host of each request.
    location: the data centre's name in the OAuth callback, when there is one.
    data_centers: several of them, each with organisations of its own; the first is the client's
        home. One is reached at /eu/..., on a port of its own, or by Zoho's own host names.
    secret_by_data_center: the client's secret differs, `emulator-secret-eu` and so on.
    redirect_uris: the only ones taken; none means any loopback URI.
    milliseconds: token answers give ``expires_in`` in ms beside ``expires_in_sec``.
    throttle_codes, throttle_refreshes: ten in ten minutes.
    limit_credits: True for the edition's number of credits in 24 hours, or an own number.
    limit_concurrency, limit_sub_concurrency: True for Zoho's number of calls at once, or an own.
    bulk_looks, bulk_seconds: a bulk job is over when it was looked at so many times; with seconds,
        by the clock.
    bulk_rows: rows that a page of a bulk read holds.
    limit_bulk_downloads: ten results of bulk reads a minute.
    callbacks_anywhere: notifications and bulk callbacks also leave this machine.
    """

    data: str = "demo"
    records: int | Mapping[str, int] = 0
    metadata: str | None = None
    environments: tuple[str, ...] = ("production",)
    edition: str = "Enterprise"
    seed: int | None = None
    base_url: str | None = None
    location: str = "us"
    data_centers: tuple[str, ...] = ()
    secret_by_data_center: bool = False
    redirect_uris: tuple[str, ...] = ()
    milliseconds: bool = False
    throttle_codes: bool = False
    throttle_refreshes: bool = False
    limit_credits: bool | int = False
    limit_concurrency: bool | int = False
    limit_sub_concurrency: bool | int = False
    bulk_looks: int = 2
    bulk_seconds: float | None = None
    bulk_rows: int = 200_000
    limit_bulk_downloads: bool = False
    callbacks_anywhere: bool = False

    def __post_init__(self) -> None:
        for value, choices in (
            (self.data, ("demo", "empty")),
            (self.edition, EDITIONS),
            *((code, tuple(DATA_CENTERS)) for code in self.data_centers),
            *((environment, ENVIRONMENTS) for environment in self.environments),
        ):
            if value not in choices:
                raise ValueError(f"{value!r} is none of {', '.join(choices)}")

    @property
    def codes(self) -> tuple[str, ...]:
        """The data centres there are, home first."""
        return self.data_centers or (self.location,)
