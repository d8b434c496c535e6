"""Zia: its findings about companies and people."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from . import ApiNamed, Audited, Named

EnrichmentStatus = Literal["SCHEDULED", "COMPLETED", "FAILED", "DATA_NOT_FOUND"]


class Enrichment(TypedDict):
    """Zia's finding, and its source."""

    id: str
    status: EnrichmentStatus
    enrich_based_on: dict[str, Any]
    enriched_data: dict[str, Any]
    created_by: Named
    created_time: str


class EnrichmentSetting(Audited):
    """How Zia enriches records of a module."""

    id: str
    type: str
    module: ApiNamed
    status: bool
    input_data_field_mapping: list[dict[str, Any]]
    output_data_field_mapping: list[dict[str, Any]]
