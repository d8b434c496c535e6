"""Converting many leads as a job."""

from __future__ import annotations

from typing import Any

from ...core import JsonResponse, Request, Response, Routes, dialect, success
from ...core.errors import one_of_missing
from ...engine.jobs import body_ids, job_status, start_job
from ...engine.values import JSONPath
from ...state import Organisation, StoredRecord
from .conversion import convert, open_lead

routes = Routes(scope="ZohoCRM.mass_convert.leads", versions=(3, 8))

MAX_LEADS = 50


@routes.route("POST", "/crm/{version}/Leads/actions/mass_convert")
def mass_convert(org: Organisation, request: Request) -> Response:
    """Convert up to fifty leads as a job."""
    body = request.json_object()
    ids = body_ids(body, MAX_LEADS)
    if ids is None:
        raise one_of_missing("ids")
    path = JSONPath(dialect(request.version), "ids", "$")
    own = ("ids", "Deals", "carry_over_tags")
    options = {name: value for name, value in body.items() if name not in own}
    deal, tagged = body.get("Deals"), body.get("carry_over_tags")
    leads = org.metadata.modules["Leads"]

    def work(lead: StoredRecord) -> dict[str, Any]:
        open_lead(org, request, lead["id"])
        more = {}
        if isinstance(deal, dict):
            more["Deals"] = {"Deal_Name": lead.get("Company") or lead["Full_Name"], **deal}
        if isinstance(tagged, list):  # of modules, which get all tags
            tags = org.records.tags
            names = [tags[tag].name for tag in lead.get("Tag") or () if tag in tags]
            module_names = [module.get("api_name") for module in tagged if isinstance(module, dict)]
            more["carry_over_tags"] = dict.fromkeys(module_names, names)
        convert(org, request, lead, {**options, **more}, path)
        return success("converted", {"id": lead["id"]})

    table = org.records.table("Leads")
    found_leads = [record for lead_id in ids if (record := table.get(lead_id)) is not None]
    job_id = start_job(org, "mass_convert", leads, found_leads, work)
    return JsonResponse(
        {
            "code": "SCHEDULED",
            "details": {"job_id": job_id},
            "message": "the mass convert job is scheduled",
            "status": "success",
        }
    )


@routes.route("GET", "/crm/{version}/Leads/actions/mass_convert")
def get_mass_convert_status(org: Organisation, request: Request) -> dict[str, Any]:
    """Return the progress of a mass conversion."""
    return job_status(
        org, request, "mass_convert", done="Converted_Count", left_out="Not_Converted_Count"
    )
