"""How open modules are by default."""

from __future__ import annotations

from ..core import Request, Response, Routes, success
from ..engine.batch import batch
from ..engine.bodies import require
from ..engine.settings import keys, module_of
from ..engine.sharing import share_type
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.data_sharing", versions=(8, 8), generic=True)

_DEFAULTS = "/crm/{version}/settings/data_sharing"
_SHARE_TYPES = ("private", "public_read_only", "public_read_write", "public")


@routes.route("GET", _DEFAULTS)
def get_data_sharing(org: Organisation, request: Request) -> Item:
    """Return how each module is shared by default."""
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


@routes.route("PUT", _DEFAULTS)
def update_data_sharing(org: Organisation, request: Request) -> Response:
    """Change how modules are shared by default."""
    types = keys.one_of(*_SHARE_TYPES)
    reference = keys.Reference("modules")

    def update(item: Item, path: JSONPath) -> Item:
        module_id = reference.read(org, require(item, "module", path), path.child("module"))
        share_type = require(item, "share_type", path)
        value = types.read(org, share_type, path.child("share_type"))
        org.settings.items("data_sharing")[module_id] = {"id": module_id, "share_type": value}
        return success(
            "data sharing settings updated successfully",
            {"module": module_of(org, module_id).api_name},
        )

    return batch(request, update, key="data_sharing")
