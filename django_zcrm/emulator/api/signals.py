"""Signals: events of other services that users are told of (docs v4 to v8 get-signals)."""

from __future__ import annotations

from django_zcrm.emulator.core.errors import Problem, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.batch import batch
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.value_types import (
    Flag,
    ListOf,
    Text,
    ValueType,
    one_of,
    shape,
)
from django_zcrm.emulator.engine.values import JSONPath, stored_moment
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()

SIGNALS = collection(
    routes,
    "/settings/signals",
    methods="GET",
    scope=f"{SETTINGS}.signals",
    since=4,
    audit=(),
    keys={
        "display_label": Text(),
        "namespace": Text(),
        "enabled": Flag(default=True),
        "chat_enabled": Flag(default=False),
        "feature_availability": shape(
            {"default": {"scoring": True, "signals": True}}, scoring=Flag(), signals=Flag()
        ),
        "extension": shape(),
    },
    default_items=lambda org: [
        {
            "display_label": label,
            "namespace": namespace,
            "extension": {
                "display_label": extension,
                "namespace": namespace.partition(".")[0],
                "id": org.ids.seeded(89_900 + number),
                "type": number,
            },
        }
        for number, (label, namespace, extension) in enumerate(
            (
                ("Incoming email", "email.incoming", "Email"),
                ("Email opened", "email.opened", "Email"),
                ("Survey answered", "brightwatersurvey.responded", "Brightwater Survey"),
            )
        )
    ],
)

#: What a signal that a client raises has (docs, triggering a signal through an API).
_RAISED: dict[str, ValueType] = {
    "signal_namespace": Text(required=True),
    "subject": Text(100, required=True),
    "message": Text(1000, required=True),
    "email": Text(254),
    "id": Text(20),
    "module": Text(100),
    "actions": ListOf(
        shape(
            type=one_of("link", required=True),
            open_in=one_of("tab", "popup", required=True),
            display_name=Text(required=True),
            url=Text(2000, required=True),
        ),
        required=True,
    ),
}


@routes.route("POST", "/crm/{version}/signals/notifications", scope="ZohoCRM.signals.CREATE")
def raise_signal(org: Organisation, request: Request) -> Response:
    """Tell users of something that happened to a record, which its id or address names."""

    def tell(body: Item, path: JSONPath) -> Item:
        values: Item = {}
        for name, value_type in _RAISED.items():
            if body.get(name) is not None:
                values[name] = value_type.read(org, body[name], path.child(name))
            elif value_type.required:
                raise path.child(name).missing()
        known = {signal["namespace"] for signal in org.settings.items("signals").values()}
        if values["signal_namespace"] not in known:
            raise path.child("signal_namespace").invalid()
        notice = values | {
            "id": org.ids.next(),
            "record": _record_id(org, values, path),
            "time": stored_moment(org.clock.now()),
        }
        org.settings.items("signal_notifications")[notice["id"]] = notice
        return success("Signal notified successfully")

    return batch(request, tell, key="signals", limit=100)


def _record_id(org: Organisation, values: Item, path: JSONPath) -> str:
    """Return the id of the record that a signal is about. Raises Problem when there is none."""
    modules = (values["module"],) if values.get("module") else ("Leads", "Contacts")
    if values.get("id") is None and values.get("email") is None:
        raise path.child("email").missing()
    for name in modules:
        if name not in org.metadata.modules:
            raise Problem("INVALID_MODULE", "There given module is invalid")
        table = org.records.table(name)
        if values.get("id") is not None and table.get(values["id"]) is not None:
            return str(values["id"])
        if values.get("email") is not None and (records := table.find("Email", values["email"])):
            return str(records[0]["id"])
    raise Problem("EMAIL_NOT_FOUND_FOR_MODULE", "There is no email for the given module")
