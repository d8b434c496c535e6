"""Fills a new organisation with modules, records and settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..core.options import Options
from ..metadata import importing
from ..metadata.catalogue import standard_catalogue
from ..state import Organisation
from ..state.ids import OrganisationIds
from ..state.store import RecordStore
from . import demo, settings
from .generated import generate, generate_all
from .names import CONTACT_ROLES
from .templates import Templates

__all__ = ["fill", "generate", "generate_all"]

_CONTACT_ROLES_FROM = 38_000

#: Demo records by day and users: those of three environments in three data centers, and to spare.
_demo_records = Templates[RecordStore](maximum=16)


def fill(org: Organisation, options: Options) -> None:
    """Give `org` its metadata, records and settings. Raises ValueError for invalid options."""
    org.metadata = standard_catalogue(org.id_prefix)
    org.records = RecordStore(contact_roles=_contact_roles(org.ids))
    if options.metadata is not None:
        importing.import_metadata(
            org.metadata,
            Path(options.metadata),
            org.ids.seed_id,
            keep_custom=options.data == "demo",
        )
    if options.data == "demo":
        _add_demo_records(org)
    if options.records:
        generate_all(org, options.records)
    settings.fill_settings(org, options.data)


def _add_demo_records(org: Organisation) -> None:
    today = org.clock.now().date()
    key = (today, *((user.id, user.zuid) for user in org.users.values()))

    def seed() -> RecordStore:
        demo.add_records(org, today)
        return org.records

    org.records = _demo_records.copy_of(key, seed)


def _contact_roles(ids: OrganisationIds) -> dict[str, dict[str, Any]]:
    """The contact roles of a fresh organisation, by id."""
    roles = [
        {
            "id": ids.seed_id(_CONTACT_ROLES_FROM + number),
            "name": name,
            "sequence_number": number,
        }
        for number, name in enumerate(CONTACT_ROLES, start=1)
    ]
    return {str(role["id"]): role for role in roles}
