"""The start options of an emulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any

from .datacenters import DATA_CENTERS

EDITIONS = ("Free", "Standard", "Professional", "Enterprise", "Ultimate")
COQL_QUOTES = ("both", "backslash", "doubled")
COQL_REFUSED = ("between-dates", "formulas", "ordered-aggregates")
ENVIRONMENTS = ("production", "sandbox", "developer")


@dataclass(frozen=True)
class Options:
    """The options of an emulator; every limit is off by default.

    data: ``demo`` (a small company with records) or ``empty`` (its users and modules only).
    records: how many records to generate in each module, or by module: {"Leads": 100_000}.
    metadata: path of a real organisation's modules and fields, JSON or CSV (metadata/importing.py).
    environments: one organisation is created for each. edition: determines credits and concurrency,
    and is shown by the org API. seed: makes the secrets the same in every run; ids are always the
    same. base_url: the emulator's address in responses; None uses scheme and Host of each request.
    location: the data centre's name in the OAuth callback, when there is only one. data_centers:
    several of them, each with its own organisations; the first is the client's home. Each is
    reached at a path like /eu/..., on its own port, or by Zoho's own host names.
    secret_by_data_center: the client's secret differs by data centre: `emulator-secret-eu` etc.
    redirect_uris: the only ones accepted; none means any loopback URI. milliseconds: token
    responses have ``expires_in`` in ms, and ``expires_in_sec`` as well. throttle_codes,
    throttle_refreshes: allow ten in ten minutes. limit_credits: True for the edition's number of
    credits in 24 hours, or a number. limit_concurrency, limit_sub_concurrency: True for Zoho's
    number of concurrent calls, or a number. bulk_polls, bulk_seconds: a bulk job ends after being
    polled so many times; if seconds are given, after that time instead. bulk_rows: rows per page of
    a bulk read. limit_bulk_downloads: allow ten downloads of bulk read results a minute.
    coql_quotes: how a text in COQL escapes its quotes: with a ``backslash``, ``doubled``, or
    ``both`` (Zoho documents one, most users write the other). coql_refused: documented features of
    COQL that users saw refused, and that the emulator refuses: ``between-dates``, ``formulas`` as
    columns, ``ordered-aggregates`` (also selected). search_lag: searches find a record so many
    seconds after it was written. row_lag: lists, COQL and bulk reads show a new record so many
    seconds after it was created. refuse_bearer: the API accepts only the scheme that Zoho
    documents, not `Authorization: Bearer`, which programs in use send. strict_picklists: a picklist
    value outside the list is refused; Zoho was seen to store it. calibration: results of
    `zcrm_probe` at an organisation, which the emulator reproduces: the path of such a file, or its
    content. callbacks_anywhere: send notifications and bulk callbacks to other machines too.
    allowed_hosts: the host names, in addition to loopback ones and IP addresses, at which the pages
    and the control API are served; that of base_url is one.
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
    bulk_polls: int = 2
    bulk_seconds: float | None = None
    bulk_rows: int = 200_000
    limit_bulk_downloads: bool = False
    coql_quotes: str = "both"
    coql_refused: tuple[str, ...] = ()
    search_lag: float = 0.0
    row_lag: float = 0.0
    refuse_bearer: bool = False
    strict_picklists: bool = False
    calibration: Mapping[str, Any] | str | PathLike[str] | None = None
    callbacks_anywhere: bool = False
    allowed_hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for value, choices in (
            (self.data, ("demo", "empty")),
            (self.edition, EDITIONS),
            (self.coql_quotes, COQL_QUOTES),
            *((refused, COQL_REFUSED) for refused in self.coql_refused),
            *((code, tuple(DATA_CENTERS)) for code in self.data_centers),
            *((environment, ENVIRONMENTS) for environment in self.environments),
        ):
            if value not in choices:
                raise ValueError(f"{value!r} is none of {', '.join(choices)}")

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all data centres, home first."""
        return self.data_centers or (self.location,)
