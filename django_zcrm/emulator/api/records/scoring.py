"""Running scoring rules on records."""

from __future__ import annotations

from ...core import JsonResponse, Request, Response, Routes, dialect, success
from ...engine.access import find_module
from ...engine.values import JSONPath
from ...state import Organisation

routes = Routes(scope="ZohoCRM.settings.scoring_rules", versions=(3, 8), generic=True)


@routes.route("PUT", "/crm/{version}/{module}/actions/run_scoring_rules")
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
        result = success("scoring rule created successfully", {"id": rule["id"], "job_id": job_id})
        # Docs v7, execute scoring rules.
        results.append(result | {"code": "SCHEDULED"})
    return JsonResponse({key: results})
