"""The locking of a module's records: which records, by which users, with which effect."""

from __future__ import annotations

from typing import Any

from ..core import Refusal, Request, Routes
from ..engine.access import get_module_param
from ..engine.automation import lock_existing
from ..engine.settings import SETTINGS, collection, dependent_missing, keys, messages_from
from ..engine.settings.fields import module_of, reference, require_field
from ..engine.values import JSONPath
from ..state import Item, Module, Organisation

routes = Routes()


def check_configuration(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Allow one configuration per module; require rules where records are locked automatically."""
    module = get_module_param(org, request)
    items = org.settings.items("record_locking_configurations").values()
    if before is None and any(item["module"] == module.id for item in items):
        raise Refusal(
            "DUPLICATE_DATA", "duplicate data", details=path.child("feature_type").details()
        )
    whole = {**(before or {}), **values}
    if whole["lock_type"] in ("automatic", "both") and not whole.get("locking_rules"):
        raise dependent_missing(path, "locking_rules", "lock_type")
    if values.get("excluded_fields"):
        values["excluded_fields"] = [
            reference(
                require_field(
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
    messages=messages_from("record locking configuration {verb} successfully"),
    by_module=True,
    keys={
        "lock_type": keys.one_of("automatic", "manual", "both", required=True),
        "locked_for": keys.one_of(
            "all_profiles", "all_profiles_except_excluded_profiles", default="all_profiles"
        ),
        "restricted_actions": keys.ListOf(
            keys.one_of("change_owner", "update", "delete", "tags", "convert"),
            default=["update", "delete"],
        ),
        "restricted_communications": keys.ListOf(keys.one_of("send_mail"), default=[]),
        "restricted_custom_buttons": keys.ListOf(default=[]),
        "excluded_fields": keys.ListOf(default=[]),
        "lock_excluded_profiles": keys.ListOf(keys.Reference("profiles"), default=[]),
        "lock_for_portal_users": keys.Flag(default=False),
        "feature_type": keys.one_of("record_locking", default="record_locking"),
        "locking_rules": keys.ListOf(
            keys.shape(
                name=keys.Text(256, required=True),
                lock_existing_records=keys.Flag(),
                criteria=keys.Criteria(required=True),
            ),
            default=[],
        ),
        "system_defined": keys.Flag(read_only=True, default=False),
    },
    check=check_configuration,
    on_change=lock_existing,
    demo_items=lambda org: [{"module": {"api_name": "Invoices"}, "lock_type": "manual"}],
)


def configuration(org: Organisation, module: Module) -> dict[str, Any] | None:
    """Return a module's locking configuration; None if its records are never locked."""
    items = org.settings.items("record_locking_configurations").values()
    return next((item for item in items if item["module"] == module.id), None)
