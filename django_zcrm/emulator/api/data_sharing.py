"""How open modules are by default."""

from __future__ import annotations

from django_zcrm.emulator.core.errors import success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.batch import batch
from django_zcrm.emulator.engine.bodies import required
from django_zcrm.emulator.engine.settings.fields import module_of
from django_zcrm.emulator.engine.settings.register import SETTINGS
from django_zcrm.emulator.engine.settings.value_types import Reference, one_of
from django_zcrm.emulator.engine.sharing import share_type
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)

_SCOPE = f"{SETTINGS}.data_sharing"
_DEFAULTS = "/crm/{version}/settings/data_sharing"
_SHARE_TYPES = ("private", "public_read_only", "public_read_write", "public")


@routes.route("GET", _DEFAULTS, scope=f"{_SCOPE}.READ", versions=(8, 8))
def get_data_sharing(org: Organisation, request: Request) -> Item:
    """Answer how each module is shared by default."""
    return {
        "data_sharing": [
            {
                "module": {"api_name": module.api_name, "id": module.id},
                "share_type": share_type(org, module),
                "public_in_portals": False,
                "rule_computation_running": False,
            }
            for module in org.metadata.modules.values()
            if module.has_owner and module.parent_module is None
        ]
    }


@routes.route("PUT", _DEFAULTS, scope=f"{_SCOPE}.UPDATE", versions=(8, 8))
def update_data_sharing(org: Organisation, request: Request) -> Response:
    """Change how modules are shared by default."""
    types = one_of(*_SHARE_TYPES)
    reference = Reference("modules")

    def update(item: Item, path: JSONPath) -> Item:
        module_id = reference.read(org, required(item, "module", path), path.child("module"))
        asked_type = required(item, "share_type", path)
        value = types.read(org, asked_type, path.child("share_type"))
        org.settings.items("data_sharing")[module_id] = {"id": module_id, "share_type": value}
        return success(
            "data sharing settings updated successfully",
            {"module": module_of(org, module_id).api_name},
        )

    return batch(request, update, key="data_sharing")
