"""One file a subject; importing them fills the register.

Seeds are made in the order of registration: what others refer to comes first.
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
