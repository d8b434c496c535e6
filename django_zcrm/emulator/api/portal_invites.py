"""Invitations of records to portals."""

from __future__ import annotations

from ..core import Refusal, Request, Response, Routes, invalid_data, success
from ..engine.access import find_module, require_param, require_record
from ..engine.bodies import body_path, require, require_objects
from ..engine.rendering import display_name
from ..engine.settings import get_job_param
from ..engine.settings.actions import respond_scheduled
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.clientportal", versions=(3, 8), generic=True)


_INVITE = "/crm/{version}/{module}/actions/portal_invite"


def _type_named(org: Organisation, type_id: str) -> tuple[str, Item] | None:
    """Return a user type by its id, with its portal's id."""
    for portal in org.settings.items("portals").values():
        results = org.settings.items("user_type", portal["id"]).get(type_id)
        if results is not None:
            return portal["id"], results
    return None


def _invite(org: Organisation, request: Request, module: str, record_id: str, type_id: str) -> None:
    """Invite a record. Raises Refusal when it cannot be invited."""
    record = org.records.table(module).get(record_id)
    if record is None:
        raise invalid_data("the id given seems to be invalid", id=record_id)
    portal_type = _type_named(org, type_id)
    if portal_type is None:
        raise invalid_data("the id given seems to be invalid", api_name="user_type_id")
    portal_id, user_type = portal_type
    if user_type["personality_module"] != org.metadata.modules[module].id or not record.get(
        "Email"
    ):
        raise Refusal("CANNOT_PROCESS", "the record cannot be invited", details={"id": record_id})
    org.settings.items("portal_users", portal_id, type_id)[record_id] = {
        "id": record_id,
        "name": display_name(org, record),
        "email": record["Email"],
        "module": module,
        "active": True,
        "confirm": False,
        "status_reason__s": None,
        "Source__s": "api",
        "created_time": record["Created_Time"],
    }


@routes.route("POST", _INVITE)
def invite_many(org: Organisation, request: Request, module: str) -> Response:
    """Invite records into a portal, as a job."""
    find_module(org, request, module)
    invitation = request.json_items("portal_invite", limit=1)[0]
    results = []
    for row, child in require_objects(
        invitation, "data", body_path(request).child("portal_invite").child(0)
    ):
        for name in ("id", "user_type_id", "type"):
            require(row, name, child)
        try:
            _invite(org, request, module, str(row["id"]), str(row["user_type_id"]))
            results.append(success("portal invitation sent", {"id": row["id"]}))
        except Refusal as refusal:
            results.append(refusal.body)
    job_id = org.settings.start(org.ids.next(), "portal_invite", data=results)
    return respond_scheduled("portal_invite", "portal invite scheduled successfully", job_id)


@routes.route("GET", _INVITE, versions=(6, 8))
def invite_status(org: Organisation, request: Request, module: str) -> Item:
    """Return the progress of an invitation job."""
    find_module(org, request, module)
    job = get_job_param(org, request, "portal_invite")
    over = job.poll()
    return {
        "portal_invite": [
            {
                "job_id": job.id,
                "status": "completed" if over else "in_progress",
                "data": job.result["data"] if over else [],
            }
        ]
    }


@routes.route("POST", "/crm/{version}/{module}/{record}/actions/portal_invite")
def invite_one(org: Organisation, request: Request, module: str, record: str) -> Item:
    """Invite one record into a portal."""
    crm_module = require_record(org, request, find_module(org, request, module), record)
    type_id = require_param(request, "user_type_id")
    if require_param(request, "type") not in ("invite", "reinvite"):
        raise invalid_data(param_name="type", supported_values=["invite", "reinvite"])
    _invite(org, request, module, crm_module["id"], type_id)
    return {"portal_invite": [success("portal invitation sent", {"record_id": crm_module["id"]})]}
