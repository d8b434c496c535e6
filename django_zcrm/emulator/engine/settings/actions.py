"""Actions that several settings have: switching on and off, copying, starting jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...core import JsonResponse, Refusal, Request, Response, Routes, invalid_data, success
from ...state import Item, Organisation
from ...state.settings import Job
from ..access import require_param
from . import writing
from .item_collection import ItemCollection
from .resource import SettingsResource


@dataclass(frozen=True)
class Switch:
    """The declaration of how an item is switched on and off.

    key: where the state is kept; on, off: its values; message_*: texts; already_*: code and message
    of the error if the item has that state already; without a code, no error.
    """

    key: str
    message_on: str
    message_off: str
    already_on: tuple[str, str] = ("", "")
    already_off: tuple[str, str] = ("", "")
    on: Any = True
    off: Any = False


def serve_switch(routes: Routes, resource: SettingsResource, switch: Switch) -> None:
    """Register ``actions/activate`` of an item: PUT switches it on, DELETE off."""
    placeholder = resource.item.strip("{}")

    def turn(
        org: Organisation, request: Request, owners: dict[str, str], value: Any, message: str
    ) -> Item:
        name = owners.pop(placeholder)
        collection = ItemCollection(org, request, resource, owners)
        item = collection.require(name)
        code, why = switch.already_on if value == switch.on else switch.already_off
        if code and item.get(switch.key) == value:
            raise Refusal(code, why, details={"resource_path_index": resource.index})
        after = writing.add_stamp(org, request, item | {switch.key: value}, item)
        collection.items[item["id"]] = after
        return {resource.key: [success(message, {"id": item["id"]})]}

    path = f"{resource.item_path}/actions/activate"
    versions = resource.versions_of("PUT")

    @routes.route("PUT", path, scope=resource.scope_of("PUT"), versions=versions, generic=True)
    def activate(org: Organisation, request: Request, **owners: str) -> Item:
        return turn(org, request, owners, switch.on, switch.message_on)

    @routes.route(
        "DELETE", path, scope=resource.scope_of("DELETE"), versions=versions, generic=True
    )
    def deactivate(org: Organisation, request: Request, **owners: str) -> Item:
        return turn(org, request, owners, switch.off, switch.message_off)


def respond_scheduled(key: str, message: str, job_id: str) -> Response:
    """Return the response for work that a job will do."""
    item = {**success(message, {"job_id": job_id}), "code": "SCHEDULED"}
    return JsonResponse({key: [item]})


def get_job_param(org: Organisation, request: Request, job_type: str) -> Job:
    """Return the job that the parameter `job_id` names. Raises Refusal when there is none."""
    job = org.settings.jobs.get(require_param(request, "job_id"))
    if job is None or job.kind != job_type:
        raise invalid_data("the job id given seems to be invalid", param_name="job_id")
    return job
