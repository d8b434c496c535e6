"""What belonged to a deleted record (docs v8 related-records-of-a-deleted-record)."""

from __future__ import annotations

from django_zcrm.emulator.call import Call
from django_zcrm.emulator.generic.showing import page_of
from django_zcrm.emulator.generic.siblings import required_param
from django_zcrm.emulator.problems import invalid_data
from django_zcrm.emulator.record_actions.routing import routes
from django_zcrm.emulator.records.access import bad_path_id, find_module
from django_zcrm.emulator.records.rendering import in_zone
from django_zcrm.emulator.settings import Item
from django_zcrm.emulator.state import Organisation


@routes.route(
    "GET",
    "/crm/{version}/{module}/deleted/{record}/{related_list}",
    scope=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.READ"),
    versions=(6, 8),
)
def related_of_deleted(
    org: Organisation, call: Call, module: str, record: str, related_list: str
) -> Item | None:
    """Answer what of one related list went to the recycle bin with a record."""
    found = find_module(org, call, module)
    listed = found.related_list(related_list)
    if listed is None:
        raise invalid_data("the relation name given seems to be invalid", resource_path_index=3)
    required_param(call, "fields")
    entry = org.records.table(module).deleted.get(record)
    if entry is None:
        raise bad_path_id(call, 2)
    zone = call.user.time_zone
    rows = [
        {
            "id": one["id"],
            "$member_info": {
                "id": one["id"],
                "Created_Time": in_zone(one["Created_Time"], zone),
                "Modified_Time": in_zone(one["Modified_Time"], zone),
            },
            "Moved_To__s": None,
        }
        for home, one in entry.companions
        if home == listed.module
    ]
    return page_of(call, "data", rows)
