"""Transfers a user's objects, and deletes the user afterwards (docs v8 transfer users)."""

from __future__ import annotations

from ...core import Refusal, Request, Response, Routes, success
from ...engine.batch import batch
from ...engine.bodies import require_item
from ...engine.settings import get_job_param
from ...engine.values import JSONPath
from ...state import Item, Organisation, User
from .changes import delete, require_user

routes = Routes(scope="ZohoCRM.change_owner", versions=(8, 8))

_USERS = "/crm/{version}/users"
_VERSIONS = (3, 8)
_DELETE = "transfer_and_delete"
_WHAT = ("records", "assignment", "criteria")


@routes.route("GET", f"{_USERS}/{{userId}}/actions/validate_before_transfer")
def validate_before_transfer(org: Organisation, request: Request, userId: str) -> Item:
    """Return the objects that would have to be transferred."""
    user = require_user(org, request, userId)
    managed = any(
        territory["manager"] == user.id for territory in org.settings.items("territories").values()
    )
    return {
        "validate_before_transfer": [
            {
                "id": user.id,
                "name": user.full_name,
                "assignment": False,
                "criteria": managed,
                "subordinates": any(_subordinates(org, user)),
            }
        ]
    }


@routes.route("POST", f"{_USERS}/{{userId}}/actions/transfer")
def transfer(org: Organisation, request: Request, userId: str) -> Response:
    """Transfer a user's records and other objects; the user stays."""
    user = require_user(org, request, userId)

    def work(body: Item, path: JSONPath) -> Item:
        _hand_over(org, user, body, path)
        job_id = org.settings.start(org.ids.next(), "transfer")
        result = success("transfer is scheduled successfully", {"job_id": job_id})
        return result | {"code": "SCHEDULED"}

    return batch(request, work, status=201, key="transfer", limit=1)


@routes.route("GET", f"{_USERS}/actions/transfer")
def get_transfer_status(org: Organisation, request: Request) -> Item:
    """Return the progress of a transfer."""
    return _status(org, request, "transfer")


@routes.route(
    "POST", f"{_USERS}/actions/{_DELETE}", scope="ZohoCRM.users.CREATE", versions=_VERSIONS
)
@routes.route(
    "POST", f"{_USERS}/{{id}}/actions/{_DELETE}", scope="ZohoCRM.users.CREATE", versions=_VERSIONS
)
def transfer_and_delete(org: Organisation, request: Request, id: str = "") -> Response:
    """Transfer the objects of users, or of the one in the path, then delete the users."""
    user = require_user(org, request, id) if id else None

    def work(body: Item, path: JSONPath) -> Item:
        return _leave(org, request, user or require_item(body, path, org.users), body, path)

    return batch(request, work, key=_DELETE, limit=1 if id else 100)


@routes.route("GET", f"{_USERS}/actions/{_DELETE}", scope="ZohoCRM.users.READ", versions=_VERSIONS)
def get_transfer_and_delete_status(org: Organisation, request: Request) -> Item:
    """Return the progress of a deletion."""
    return _status(org, request, _DELETE)


def _status(org: Organisation, request: Request, value_type: str) -> Item:
    over = get_job_param(org, request, value_type).poll()
    return {value_type: [{"status": "completed" if over else "in_progress"}]}


def _leave(org: Organisation, request: Request, user: User, body: Item, path: JSONPath) -> Item:
    if user.id == request.user.id:
        raise Refusal("NOT_ALLOWED", "User cannot delete himself", details={"id": user.id})
    _hand_over(org, user, body, path)
    delete(org, request, user)
    job_id = org.settings.start(org.ids.next(), _DELETE)
    return success(
        "transfer and delete is scheduled successfully", {"job_id": job_id, "id": user.id}
    )


def _subordinates(org: Organisation, user: User) -> list[User]:
    return [item for item in org.users.values() if item.details["reporting_to"] == user.id]


def _hand_over(org: Organisation, user: User, body: Item, path: JSONPath) -> None:
    """Transfer a user's records, territories and subordinates to others. Raises Refusal."""
    transfer_body = body.get("transfer")
    if not isinstance(transfer_body, dict):
        raise path.child("transfer").missing()
    heir = _read_other_user(org, user, transfer_body, path.child("transfer"))
    for name in _WHAT:
        if not isinstance(transfer_body.get(name, False), bool):
            raise path.child("transfer").child(name).invalid(expected_data_type="boolean")
    move = body.get("move_subordinate")
    superior = None
    if move is not None or _subordinates(org, user):
        if not isinstance(move, dict):
            raise path.child("move_subordinate").missing()
        superior = _read_other_user(org, user, move, path.child("move_subordinate"))
    if transfer_body.get("records"):
        _give_records(org, user, heir)
    if transfer_body.get("criteria"):
        items = org.settings.items("territories")
        for territory in list(items.values()):
            if territory["manager"] == user.id:
                items[territory["id"]] = territory | {"manager": heir.id}
    for subordinate in _subordinates(org, user):
        if superior is not None:
            subordinate.details["reporting_to"] = superior.id


def _read_other_user(org: Organisation, user: User, value: Item, path: JSONPath) -> User:
    """Return the active user that an object names, who must not be `user`."""
    other_id = value.get("id")
    if other_id is None:
        raise path.child("id").missing()
    other = org.users.get(str(other_id))
    if other is None or other.status != "active" or other.id == user.id:
        raise path.child("id").unknown_id()
    return other


def _give_records(org: Organisation, user: User, heir: User) -> None:
    for name, table in org.records.tables.items():
        for record in table.find("Owner", user.id):
            org.records.put(name, {**record, "Owner": heir.id})
