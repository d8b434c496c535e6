"""Signals: events of other services about which users are notified (docs v4 to v8 get-signals)."""

from __future__ import annotations

from ..core import Refusal, Request, Response, Routes, success
from ..engine.batch import batch
from ..engine.settings import SETTINGS, collection, keys
from ..engine.values import JSONPath, format_moment
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.signals")

SIGNALS = collection(
    routes,
    "/settings/signals",
    methods="GET",
    scope=f"{SETTINGS}.signals",
    since=4,
    audit=(),
    keys={
        "display_label": keys.Text(),
        "namespace": keys.Text(),
        "enabled": keys.Flag(default=True),
        "chat_enabled": keys.Flag(default=False),
        "feature_availability": keys.shape(
            {"default": {"scoring": True, "signals": True}},
            scoring=keys.Flag(),
            signals=keys.Flag(),
        ),
        "extension": keys.shape(),
    },
    default_items=lambda org: [
        {
            "display_label": label,
            "namespace": namespace,
            "extension": {
                "display_label": extension,
                "namespace": namespace.partition(".")[0],
                "id": org.ids.seed_id(89_900 + number),
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

#: The keys of a signal that a client raises (docs, triggering a signal through an API).
_RAISED: dict[str, keys.ValueType] = {
    "signal_namespace": keys.Text(required=True),
    "subject": keys.Text(100, required=True),
    "message": keys.Text(1000, required=True),
    "email": keys.Text(254),
    "id": keys.Text(20),
    "module": keys.Text(100),
    "actions": keys.ListOf(
        keys.shape(
            type=keys.one_of("link", required=True),
            open_in=keys.one_of("tab", "popup", required=True),
            display_name=keys.Text(required=True),
            url=keys.Text(2000, required=True),
        ),
        required=True,
    ),
}


@routes.route("POST", "/crm/{version}/signals/notifications")
def raise_signal(org: Organisation, request: Request) -> Response:
    """Notify users of an event of a record, identified by its id or address."""

    def notify(body: Item, path: JSONPath) -> Item:
        values: Item = {}
        for name, value_type in _RAISED.items():
            if body.get(name) is not None:
                values[name] = value_type.read(org, body[name], path.child(name))
            elif value_type.required:
                raise path.child(name).missing()
        namespaces = {signal["namespace"] for signal in org.settings.items("signals").values()}
        if values["signal_namespace"] not in namespaces:
            raise path.child("signal_namespace").invalid()
        notice = values | {
            "id": org.ids.next(),
            "record": _record_id(org, values, path),
            "time": format_moment(org.clock.now()),
        }
        org.settings.items("signal_notifications")[notice["id"]] = notice
        return success("Signal notified successfully")

    return batch(request, notify, key="signals", limit=100)


def _record_id(org: Organisation, values: Item, path: JSONPath) -> str:
    """Return the id of the record that a signal is about. Raises Refusal when there is none."""
    modules = (values["module"],) if values.get("module") else ("Leads", "Contacts")
    if values.get("id") is None and values.get("email") is None:
        raise path.child("email").missing()
    for name in modules:
        if name not in org.metadata.modules:
            raise Refusal("INVALID_MODULE", "There given module is invalid")
        table = org.records.table(name)
        if values.get("id") is not None and table.get(values["id"]) is not None:
            return str(values["id"])
        if values.get("email") is not None and (records := table.find("Email", values["email"])):
            return str(records[0]["id"])
    raise Refusal("EMAIL_NOT_FOUND_FOR_MODULE", "There is no email for the given module")
