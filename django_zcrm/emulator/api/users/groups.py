"""The groups of a user."""

from __future__ import annotations

from ...core import Request, Routes
from ...engine.access import bad_path_id
from ...engine.settings import page_of
from ...engine.settings.rendering import show
from ...engine.sharing import members
from ...state import Item, Organisation
from ..user_groups import USER_GROUPS

routes = Routes(scope="ZohoCRM.settings.user_groups", versions=(3, 8), generic=True)


@routes.route("GET", "/crm/{version}/users/{user}/actions/associated_groups")
def list_groups_of_user(org: Organisation, request: Request, user: str) -> Item | None:
    """Return the groups that a user is in."""
    if user not in org.users:
        raise bad_path_id(request, 1)
    rows = [
        show(org, request, USER_GROUPS, group)
        for group in org.settings.items("user_groups").values()
        if any(person.id == user for person in members(org, group))
    ]
    return page_of(request, "user_groups", rows)
