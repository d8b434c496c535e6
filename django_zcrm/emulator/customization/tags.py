"""Deleting many tags at once, as a job (docs v8 mass-delete-tags)."""

from __future__ import annotations

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.customization.routing import routes
from django_zcrm.emulator.generic.actions import asked_job
from django_zcrm.emulator.generic.kinds import module as a_module
from django_zcrm.emulator.generic.register import SETTINGS
from django_zcrm.emulator.problems import success
from django_zcrm.emulator.records.bodies import needed, objects
from django_zcrm.emulator.records.values import Place
from django_zcrm.emulator.settings import Item
from django_zcrm.emulator.state import Organisation
from django_zcrm.emulator.versions import dialect

_PATH = "/crm/{version}/settings/tags/actions/mass_delete"
_KEY = "mass_delete"


@routes.route("POST", _PATH, scope=f"{SETTINGS}.tags.DELETE", versions=(7, 8))
def mass_delete(org: Organisation, call: Call) -> Answer:
    """Delete tags of a module; records lose them."""
    body = call.items(_KEY, limit=1)[0]
    place = Place(dialect(call.version), _KEY, f"$.{_KEY}[0]")
    module_id = a_module().read(org, needed(body, "module", place), place.child("module"))
    names = {module.id: name for name, module in org.metadata.modules.items()}
    doomed = []
    for asked, spot in objects(body, "tags", place):
        tag = org.records.tags.get(str(needed(asked, "id", spot)))
        if tag is None or tag.module != names[module_id]:
            raise spot.child("id").unknown()
        doomed.append(tag.id)
    for tag_id in doomed:
        org.records.tags.pop(tag_id, None)
    job_id = org.settings.start(org.ids.next(), "mass_delete_tags")
    done = success("mass delete tags scheduled successfully", {"job_id": job_id})
    return Answer(202, done | {"code": "SCHEDULED"})


@routes.route("GET", _PATH, scope=f"{SETTINGS}.tags.READ", versions=(7, 8))
def mass_delete_status(org: Organisation, call: Call) -> Item:
    """Answer the progress of a deletion of tags."""
    job = asked_job(org, call, "mass_delete_tags")
    return {_KEY: [{"job_id": job.id, "status": "COMPLETED" if job.look() else "RUNNING"}]}
