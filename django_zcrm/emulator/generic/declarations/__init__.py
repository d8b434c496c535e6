"""One file per subject; importing them fills the register.

Seeds are made in the order of registration, so what others refer to must come first.
"""

from __future__ import annotations

from django_zcrm.emulator.generic.declarations import (
    assignment,
    automation_actions,
    capabilities,
    duplicates,
    enrichment,
    exports,
    groups,
    hours,
    locking,
    portal_users,
    portals,
    preferences,
    scoring,
    sharing,
    templates,
    unsubscribing,
    variables,
    workflow,
)

__all__ = [
    "assignment",
    "automation_actions",
    "capabilities",
    "duplicates",
    "enrichment",
    "exports",
    "groups",
    "hours",
    "locking",
    "portal_users",
    "portals",
    "preferences",
    "scoring",
    "sharing",
    "templates",
    "unsubscribing",
    "variables",
    "workflow",
]
