"""Running scoring rules on records."""

from __future__ import annotations

from django_zcrm.emulator.core.errors import success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import JsonResponse, Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine.access import find_module
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation

routes = Routes(generic=True)


@routes.route(
    "PUT",
    "/crm/{version}/{module}/actions/run_scoring_rules",
    scope="ZohoCRM.settings.scoring_rules.UPDATE",
    versions=(3, 8),
)
def run_scoring_rules(org: Organisation, request: Request, module: str) -> Response:
    """Score the records of a module by its active rules again, as a job."""
    crm_module = find_module(org, request, module)
    key = "scoring_rules"
    results = []
    for index, item in enumerate(request.json_items(key)):
        path = JSONPath(dialect(request.version), key, f"$.{key}[{index}].id")
        rule = org.settings.items(key).get(str(item.get("id")))
        if rule is None or rule["module"] != crm_module.id:
            raise path.unknown_id()
        job_id = org.settings.start(org.ids.next(), "run_scoring_rules")
        done = success("scoring rule created successfully", {"id": rule["id"], "job_id": job_id})
        # Docs v7, execute scoring rules.
        results.append(done | {"code": "SCHEDULED"})
    return JsonResponse({key: results})
