"""People: users, roles, profiles, territories and groups."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from . import ApiNamed, Audited, Criteria, Named

UserType = Literal[
    "AllUsers",
    "ActiveUsers",
    "DeactiveUsers",
    "ConfirmedUsers",
    "NotConfirmedUsers",
    "DeletedUsers",
    "ActiveConfirmedUsers",
    "AdminUsers",
    "ActiveConfirmedAdmins",
    "CurrentUser",
    "DeveloperUsers",
    "AllActiveUsers",
    "ActiveLiteUser",
]


class User(TypedDict):
    """A user of the organisation."""

    id: str
    zuid: str | None
    email: str
    full_name: str
    first_name: str | None
    last_name: str | None
    alias: str | None
    role: Named
    profile: Named
    status: str
    status_reason__s: str | None
    type__s: str
    category: str
    confirm: bool
    language: str
    locale: str
    country_locale: str
    time_zone: str
    time_format: str
    date_format: str
    phone: str | None
    mobile: str | None
    fax: str | None
    website: str | None
    street: str | None
    city: str | None
    state: str | None
    zip: str | None
    country: str | None
    dob: str | None
    signature: str | None
    image_link: str
    microsoft: bool
    personal_account: bool
    sandboxDeveloper: bool
    Isonline: bool
    Reporting_To: Named | str | None
    territories: list[Named]
    created_by: Named | None
    created_time: str | None
    Modified_By: Named | None
    Modified_Time: str | None


class Role(TypedDict):
    """A place in the organisation's hierarchy."""

    id: str
    name: str
    api_name: str
    display_label: str
    description: str | None
    reporting_to: Named | None
    forecast_manager: Named | None
    share_with_peers: bool
    admin_user: bool
    created_by__s: Named | None
    created_time__s: str | None
    modified_by__s: Named | None
    modified_time__s: str | None


class Permission(TypedDict):
    """One thing that a profile may or may not do."""

    id: str
    name: str
    display_label: str
    module: str | None
    enabled: bool
    customizable: bool
    parent_permissions: list[str]


class Profile(TypedDict):
    """A set of permissions."""

    id: str
    name: str
    api_name: str
    display_label: str
    description: str | None
    type: str
    custom: bool
    default: bool
    category: bool
    permissions_details: list[Permission]
    sections: list[dict[str, Any]]
    created_by: Named | None
    created_time: str | None
    modified_by: Named | None
    modified_time: str | None


class Territory(Audited):
    """A territory, with the rules that put records into it."""

    id: str
    name: str
    api_name: str
    description: str | None
    manager: Named | None
    reporting_to: Named | None
    permission_type: Literal["read_write_delete", "read_only"]
    account_rule_criteria: Criteria | None
    deal_rule_criteria: Criteria | None
    lead_rule_criteria: Criteria | None


class TerritoryUsersCount(TypedDict):
    """The number of users of a territory."""

    count: str
    territory: Named


class DeletedTerritory(TypedDict):
    """A deleted territory."""

    id: str
    name: str
    deleted_by: Named
    deleted_time: str


class UserTerritory(TypedDict):
    """A territory as it is listed for a user."""

    id: str
    Name: str
    Manager: Named | None
    Reporting_To: Named | None


class GroupSource(TypedDict):
    """A source of a group's members: a user, role, territory or other group."""

    type: Literal["users", "roles", "territories", "groups"]
    source: Named
    subordinates: bool
    sub_territories: bool


class UserGroup(TypedDict):
    """A group of users."""

    id: str
    name: str
    description: str | None
    sources: list[GroupSource]
    sources_count: dict[str, Any]
    created_by: Named
    created_time: str
    modified_by: Named | None
    modified_time: str | None


class GroupSourcesCount(TypedDict):
    """The number of a group's sources of each kind."""

    territories: int
    roles: int
    groups: int
    users: dict[str, int]


class GroupUsersCount(TypedDict):
    """The number of users of a group."""

    count: int
    user_group: Named


class Association(TypedDict):
    """Where something is used."""

    type: str
    resource: Named
    details: dict[str, Any]


class JobStatus(TypedDict):
    """The status of a job."""

    status: Literal["in_progress", "completed", "failed"]


class TransferCheck(TypedDict):
    """The objects that depend on a user, before a transfer."""

    id: str
    name: str
    assignment: bool
    criteria: bool
    subordinates: bool


class Unavailability(TypedDict):
    """A time in which a user is away; it also has `from` and `to`."""

    id: str
    user: Named
    title: str
    comments: str | None
    all_day: bool
    service: str


class Portal(Audited):
    """A client portal."""

    zaid: str
    name: str
    active: bool
    login_url: str
    saml_configuration: dict[str, Any]


class PortalMeta(TypedDict):
    """A related list that a portal can show."""

    module: ApiNamed


class PortalUserType(Audited):
    """A kind of portal users, with its access."""

    id: str
    name: str
    default: bool
    active: bool
    personality_module: ApiNamed
    invitation_field: ApiNamed
    modules: list[dict[str, Any]]
    no_of_users: int
    active_user_count: int
    deactive_user_count: int


class PortalUser(TypedDict):
    """Someone who may sign in to a portal."""

    personality_id: str
    name: str
    email: str
    module: str
    active: bool
    confirm: bool
    status_reason__s: str | None
    invited_time: str
    created_time: str
    Source__s: str
