"""Which records of a module may be locked, by whom, and what a lock forbids."""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import asked_module
from django_zcrm.emulator.engine.automation import lock_existing
from django_zcrm.emulator.engine.settings.errors import dependent_missing
from django_zcrm.emulator.engine.settings.fields import module_of, named_field, reference
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.resource import messages_from
from django_zcrm.emulator.engine.settings.value_types import (
    Anything,
    Flag,
    ListOf,
    Reference,
    Text,
    one_of,
    shape,
)
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()


def check_configuration(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Allow one configuration per module; require rules where records are locked automatically."""
    module = asked_module(org, request)
    items = org.settings.items("record_locking_configurations").values()
    if before is None and any(item["module"] == module.id for item in items):
        raise Problem(
            "DUPLICATE_DATA", "duplicate data", details=path.child("feature_type").details()
        )
    whole = {**(before or {}), **values}
    if whole["lock_type"] in ("automatic", "both") and not whole.get("locking_rules"):
        raise dependent_missing(path, "locking_rules", "lock_type")
    if values.get("excluded_fields"):
        values["excluded_fields"] = [
            reference(
                named_field(
                    module_of(org, module.id),
                    field,
                    path.child("excluded_fields").child(index),
                )
            )
            for index, field in enumerate(values["excluded_fields"])
        ]
    if values.get("locking_rules"):
        values["locking_rules"] = [
            {"lock_existing_records": False, **rule, "id": rule.get("id") or org.ids.next()}
            for rule in values["locking_rules"]
        ]


RECORD_LOCKING_CONFIGURATIONS = collection(
    routes,
    "/settings/record_locking_configurations",
    methods="GET POST PUT DELETE",
    item="{record_locking_config_id} GET PUT DELETE",
    scope=f"{SETTINGS}.record_locking_configurations",
    since=7,
    messages=messages_from("record locking configuration {done} successfully"),
    by_module=True,
    keys={
        "lock_type": one_of("automatic", "manual", "both", required=True),
        "locked_for": one_of(
            "all_profiles", "all_profiles_except_excluded_profiles", default="all_profiles"
        ),
        "restricted_actions": ListOf(
            one_of("change_owner", "update", "delete", "tags", "convert"),
            default=["update", "delete"],
        ),
        "restricted_communications": ListOf(one_of("send_mail"), default=[]),
        "restricted_custom_buttons": ListOf(default=[]),
        "excluded_fields": ListOf(default=[]),
        "lock_excluded_profiles": ListOf(Reference("profiles"), default=[]),
        "lock_for_portal_users": Flag(default=False),
        "feature_type": one_of("record_locking", default="record_locking"),
        "locking_rules": ListOf(
            shape(
                name=Text(256, required=True),
                lock_existing_records=Flag(),
                criteria=Anything(required=True),
            ),
            default=[],
        ),
        "system_defined": Flag(read_only=True, default=False),
    },
    check=check_configuration,
    on_change=lock_existing,
    demo_items=lambda org: [{"module": {"api_name": "Invoices"}, "lock_type": "manual"}],
)


def configuration(org: Organisation, module: Module) -> dict[str, Any] | None:
    """Return a module's locking configuration; None if its records are never locked."""
    items = org.settings.items("record_locking_configurations").values()
    return next((item for item in items if item["module"] == module.id), None)
