"""Actions that several settings have: switching on and off, copying, starting jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django_zcrm.emulator.core.errors import Problem, invalid_data, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import JsonResponse, Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import required_param
from django_zcrm.emulator.engine.settings import writing
from django_zcrm.emulator.engine.settings.item_collection import ItemCollection
from django_zcrm.emulator.engine.settings.resource import SettingsResource
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item, Job


@dataclass(frozen=True)
class Switch:
    """How an item is switched on and off.

    key: where the state is kept; on, off: its values; message_*: texts; already_*: code and message
    of the error when there is nothing to switch; without a code there is none.
    """

    key: str
    message_on: str
    message_off: str
    already_on: tuple[str, str] = ("", "")
    already_off: tuple[str, str] = ("", "")
    on: Any = True
    off: Any = False


def serve_switch(
    routes: Routes, resource: SettingsResource, switch: Switch, *, on_method: str = "PUT"
) -> None:
    """Register ``actions/activate`` of an item: ``on_method`` switches it on, DELETE off."""
    placeholder = resource.item.strip("{}")

    def turn(
        org: Organisation, request: Request, owners: dict[str, str], value: Any, message: str
    ) -> Item:
        name = owners.pop(placeholder)
        collection = ItemCollection(org, request, resource, owners)
        item = collection.existing(name)
        code, why = switch.already_on if value == switch.on else switch.already_off
        if code and item.get(switch.key) == value:
            raise Problem(code, why, details={"resource_path_index": resource.index})
        after = writing.stamped(org, request, item | {switch.key: value}, item)
        collection.items[item["id"]] = after
        return {resource.key: [success(message, {"id": item["id"]})]}

    path = f"{resource.item_path}/actions/activate"
    versions = resource.versions_of("PUT")

    @routes.route(
        on_method, path, scope=resource.scope_of(on_method), versions=versions, generic=True
    )
    def activate(org: Organisation, request: Request, **owners: str) -> Item:
        return turn(org, request, owners, switch.on, switch.message_on)

    @routes.route(
        "DELETE", path, scope=resource.scope_of("DELETE"), versions=versions, generic=True
    )
    def deactivate(org: Organisation, request: Request, **owners: str) -> Item:
        return turn(org, request, owners, switch.off, switch.message_off)


def scheduled(key: str, message: str, job_id: str, status: int = 200) -> Response:
    """Answer that a job will do the work."""
    item = {**success(message, {"job_id": job_id}), "code": "SCHEDULED"}
    return JsonResponse({key: [item]}, status)


def asked_job(org: Organisation, request: Request, job_type: str) -> Job:
    """Return the job that the parameter `job_id` names. Raises Problem when there is none."""
    job = org.settings.jobs.get(required_param(request, "job_id"))
    if job is None or job.kind != job_type:
        raise invalid_data("the job id given seems to be invalid", param_name="job_id")
    return job
