"""Assignment rules and cadences, which are read-only in the API; enrolment into cadences."""

from __future__ import annotations

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.generic.kinds import Anything, Flag, Listed, Reference, Text, one_of
from django_zcrm.emulator.generic.kinds import module as a_module
from django_zcrm.emulator.generic.register import SETTINGS, collection, routes
from django_zcrm.emulator.problems import success
from django_zcrm.emulator.records.access import find_module
from django_zcrm.emulator.records.bodies import listed, top
from django_zcrm.emulator.records.values import Place
from django_zcrm.emulator.records.writing import batch_status
from django_zcrm.emulator.settings import Item
from django_zcrm.emulator.state import Organisation

_MOST_IDS = 100


def default_assignee(org: Organisation, rule: Item) -> Item:
    """Return who is assigned when no condition of a rule applies."""
    person = next(iter(org.users.values()))
    return {"default_assignee": {**person.reference, "type": "user", "resource": person.reference}}


ASSIGNMENT_RULES = collection(
    "/settings/automation/assignment_rules",
    many="GET",
    one="{id} GET",
    scope=f"{SETTINGS}.assignment_rules",
    since=2.1,
    filters={"module": "module"},
    keys={
        "name": Text(100),
        "api_name": Text(100),
        "description": Text(),
        "module": a_module(),
        "rule_entries": Listed(alone=True, default=[]),
    },
    derived=default_assignee,
    demo=lambda org: [
        {
            "name": f"{module} by round",
            "api_name": f"{module}_by_round",
            "module": {"api_name": module},
        }
        for module in ("Leads", "Cases")
    ],
)

CADENCES = collection(
    "/settings/automation/cadences",
    many="GET",
    scope=f"{SETTINGS}.cadences",
    since=7,
    paged=True,
    filters={"module": "module", "active": "active", "name": "name"},
    keys={
        "name": Text(100),
        "module": a_module(),
        "active": Flag(default=True),
        "published": Flag(default=True),
        "status": one_of("active", "inactive", "draft", default="active"),
        "type": one_of("custom_view", "manual_enrollment", default="manual_enrollment"),
        "custom_view": Reference(""),
        "summary": Anything(),
        "execution_details": Anything(),
    },
    demo=lambda org: [
        {
            "name": "New lead follow-up",
            "module": {"api_name": "Leads"},
            "summary": {
                "task_follow_up_count": 1,
                "call_follow_up_count": 1,
                "email_follow_up_count": 2,
                "whatsapp_follow_up_count": 0,
            },
            "execution_details": {
                "type": None,
                "execute_every": {"period": "days", "unit": 1},
                "automatic_unenroll": False,
                "unenroll_properties": {"type": None, "end_date": None},
                "end_date": None,
            },
        }
    ],
)

_ENROL = "/crm/{version}/{module}/actions"


@routes.route(
    "POST",
    f"{_ENROL}/enrol_in_cadences",
    scope="ZohoCRM.modules.{module}.CREATE",
    versions=(7, 8),
)
def enrol(org: Organisation, call: Call, module: str) -> Answer:
    """Enrol records in cadences."""
    return _move(org, call, module, enrolled=True)


@routes.route(
    "POST",
    f"{_ENROL}/unenrol_from_cadences",
    scope="ZohoCRM.modules.{module}.CREATE",
    versions=(7, 8),
)
def unenrol(org: Organisation, call: Call, module: str) -> Answer:
    """Remove records from cadences."""
    return _move(org, call, module, enrolled=False)


def _move(org: Organisation, call: Call, module: str, *, enrolled: bool) -> Answer:
    found = find_module(org, call, module)
    body, place = call.json_object(), top(call)
    cadences = [
        _cadence(org, found.id, str(cadence_id), spot)
        for cadence_id, spot in listed(body, "cadences_ids", place, most=_MOST_IDS)
    ]
    results = []
    for record_id, spot in listed(body, "ids", place, most=_MOST_IDS):
        if org.records.table(module).get(str(record_id)) is None:
            results.append(spot.refuse().body)
            continue
        for cadence in cadences:
            members = org.settings.items("enrolments", cadence["id"])
            if enrolled:
                members[str(record_id)] = {"id": str(record_id)}
            else:
                members.pop(str(record_id), None)
        named = [{"name": cadence["name"], "id": cadence["id"]} for cadence in cadences]
        done = "enrolled in" if enrolled else "unenrolled from"
        results.append(success(f"record {done} cadences", {"id": record_id, "cadences": named}))
    return Answer(batch_status(results, place.dialect), {"data": results})


def _cadence(org: Organisation, module_id: str, cadence_id: str, place: Place) -> Item:
    cadence = org.settings.items("cadences").get(cadence_id)
    if cadence is None or cadence["module"] != module_id:
        raise place.unknown()
    return cadence
