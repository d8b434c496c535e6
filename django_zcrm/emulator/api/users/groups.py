"""The groups of a user."""

from __future__ import annotations

from django_zcrm.emulator.api.user_groups import USER_GROUPS
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import bad_path_id
from django_zcrm.emulator.engine.settings.rendering import page_of, show
from django_zcrm.emulator.engine.sharing import members
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)

_READ = USER_GROUPS.scope_of("GET")
_VERSIONS = USER_GROUPS.versions_of("GET")


@routes.route(
    "GET",
    "/crm/{version}/users/{user}/actions/associated_groups",
    scope=_READ,
    versions=_VERSIONS,
)
def groups_of_user(org: Organisation, request: Request, user: str) -> Item | None:
    """Answer the groups that a user is in."""
    if user not in org.users:
        raise bad_path_id(request, 1)
    rows = [
        show(org, request, USER_GROUPS, group)
        for group in org.settings.items("user_groups").values()
        if any(person.id == user for person in members(org, group))
    ]
    return page_of(request, "user_groups", rows)
