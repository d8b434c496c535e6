"""The client: every resource of the API as an attribute, loaded when it is first used."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, overload
from urllib.parse import unquote

from . import encoding
from .errors import ConfigurationError
from .http import Host, Request
from .operation import file_part
from .query import Options, RecordSet
from .query.model import Dicts, Modelled
from .query.steps import Source
from .replies import Reply
from .results import Record
from .sdk_tree import API
from .session import Session

if TYPE_CHECKING:
    from .aio import AsyncClient
    from .resources.apis import Apis
    from .resources.appointment_preferences import AppointmentPreferences
    from .resources.appointments import Appointments
    from .resources.appointments_rescheduled_history import AppointmentsRescheduledHistory
    from .resources.assignment_rules import AssignmentRules
    from .resources.attachments import Attachments
    from .resources.audit_log_export import AuditLogExport
    from .resources.backup import Backup
    from .resources.blueprint import Blueprint
    from .resources.bulk_read import BulkRead
    from .resources.bulk_write import BulkWrite
    from .resources.business_hours import BusinessHours
    from .resources.cadences import Cadences
    from .resources.call_preferences import CallPreferences
    from .resources.composite import Composite
    from .resources.contact_roles import ContactRoles
    from .resources.coql import Coql
    from .resources.currencies import Currencies
    from .resources.custom_views import CustomViews
    from .resources.data_sharing import DataSharing
    from .resources.deal_contact_roles import DealContactRoles
    from .resources.duplicate_check_preference import DuplicateCheckPreference
    from .resources.email_compose import EmailCompose
    from .resources.email_drafts import EmailDrafts
    from .resources.email_templates import EmailTemplates
    from .resources.emails import Emails
    from .resources.entity_scores import EntityScores
    from .resources.events import Events
    from .resources.features import Features
    from .resources.field_updates import FieldUpdates
    from .resources.fields import Fields
    from .resources.files import Files
    from .resources.fiscal_year import FiscalYear
    from .resources.from_addresses import FromAddresses
    from .resources.functions import Functions
    from .resources.global_picklists import GlobalPicklists
    from .resources.holidays import Holidays
    from .resources.inventory import Inventory
    from .resources.inventory_templates import InventoryTemplates
    from .resources.layouts import Layouts
    from .resources.leads import Leads
    from .resources.mail_merge import MailMerge
    from .resources.map_dependency import MapDependency
    from .resources.mass_actions import MassActions
    from .resources.modules import Modules
    from .resources.notes import Notes
    from .resources.notifications import Notifications
    from .resources.org import Org
    from .resources.photos import Photos
    from .resources.pipelines import Pipelines
    from .resources.portal_invites import PortalInvites
    from .resources.portal_user_types import PortalUserTypes
    from .resources.portal_users import PortalUsers
    from .resources.portals import Portals
    from .resources.profiles import Profiles
    from .resources.record_locking_configurations import RecordLockingConfigurations
    from .resources.record_locks import RecordLocks
    from .resources.records import Records
    from .resources.recycle_bin import RecycleBin
    from .resources.related_lists import RelatedLists
    from .resources.related_notes import RelatedNotes
    from .resources.related_records import RelatedRecords
    from .resources.roles import Roles
    from .resources.scoring_rules import ScoringRules
    from .resources.service_preferences import ServicePreferences
    from .resources.services import Services
    from .resources.sharing import Sharing
    from .resources.sharing_rules import SharingRules
    from .resources.shift_hours import ShiftHours
    from .resources.tags import Tags
    from .resources.territories import Territories
    from .resources.territory_users import TerritoryUsers
    from .resources.timelines import Timelines
    from .resources.unsubscribe_links import UnsubscribeLinks
    from .resources.user_groups import UserGroups
    from .resources.user_territories import UserTerritories
    from .resources.users import Users
    from .resources.users_unavailability import UsersUnavailability
    from .resources.variable_groups import VariableGroups
    from .resources.variables import Variables
    from .resources.webhooks import Webhooks
    from .resources.wizards import Wizards
    from .resources.workflow_configurations import WorkflowConfigurations
    from .resources.workflow_rules import WorkflowRules
    from .resources.workflow_tasks import WorkflowTasks
    from .resources.zia_enrichment import ZiaEnrichment
    from .resources.zia_org_enrichment import ZiaOrgEnrichment
    from .resources.zia_people_enrichment import ZiaPeopleEnrichment

R = TypeVar("R", bound=Modelled)


class Client:
    """Zoho CRM through one connection.

    Immutable and thread-safe: it holds a session, which its resources share. Each annotation names
    a resource class: `fields` is `Fields` from `resources/fields.py`, and so on.
    """

    apis: Apis
    appointment_preferences: AppointmentPreferences
    appointments: Appointments
    appointments_rescheduled_history: AppointmentsRescheduledHistory
    assignment_rules: AssignmentRules
    attachments: Attachments
    audit_log_export: AuditLogExport
    backup: Backup
    blueprint: Blueprint
    bulk_read: BulkRead
    bulk_write: BulkWrite
    business_hours: BusinessHours
    cadences: Cadences
    call_preferences: CallPreferences
    composite: Composite
    contact_roles: ContactRoles
    coql: Coql
    currencies: Currencies
    custom_views: CustomViews
    data_sharing: DataSharing
    deal_contact_roles: DealContactRoles
    duplicate_check_preference: DuplicateCheckPreference
    email_compose: EmailCompose
    email_drafts: EmailDrafts
    email_templates: EmailTemplates
    emails: Emails
    entity_scores: EntityScores
    events: Events
    features: Features
    field_updates: FieldUpdates
    fields: Fields
    files: Files
    fiscal_year: FiscalYear
    from_addresses: FromAddresses
    functions: Functions
    global_picklists: GlobalPicklists
    holidays: Holidays
    inventory: Inventory
    inventory_templates: InventoryTemplates
    layouts: Layouts
    leads: Leads
    mail_merge: MailMerge
    map_dependency: MapDependency
    mass_actions: MassActions
    modules: Modules
    notes: Notes
    notifications: Notifications
    org: Org
    photos: Photos
    pipelines: Pipelines
    portal_invites: PortalInvites
    portal_user_types: PortalUserTypes
    portal_users: PortalUsers
    portals: Portals
    profiles: Profiles
    record_locking_configurations: RecordLockingConfigurations
    record_locks: RecordLocks
    records: Records
    recycle_bin: RecycleBin
    related_lists: RelatedLists
    related_notes: RelatedNotes
    related_records: RelatedRecords
    roles: Roles
    scoring_rules: ScoringRules
    service_preferences: ServicePreferences
    services: Services
    sharing: Sharing
    sharing_rules: SharingRules
    shift_hours: ShiftHours
    tags: Tags
    territories: Territories
    territory_users: TerritoryUsers
    timelines: Timelines
    unsubscribe_links: UnsubscribeLinks
    user_groups: UserGroups
    user_territories: UserTerritories
    users: Users
    users_unavailability: UsersUnavailability
    variable_groups: VariableGroups
    variables: Variables
    webhooks: Webhooks
    wizards: Wizards
    workflow_configurations: WorkflowConfigurations
    workflow_rules: WorkflowRules
    workflow_tasks: WorkflowTasks
    zia_enrichment: ZiaEnrichment
    zia_org_enrichment: ZiaOrgEnrichment
    zia_people_enrichment: ZiaPeopleEnrichment

    def __init__(self, session: Session, options: Options | None = None) -> None:
        self.__dict__["session"] = session
        self.__dict__["_options"] = options or Options()

    session: Session

    @cached_property
    def API(self) -> API:
        """The hierarchy of Zoho's Node SDK, name by name."""
        return API(self.session)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        host: Host = "api",
        stream: bool = False,
    ) -> Reply:
        """Send any request, with the same token, retries and errors as every other call.

        `path` begins with a slash and may contain `{version}`. `json` is the body; `data` and
        `files` are the fields and files of a form. Returns Zoho's unparsed reply; with `stream`,
        its body is read on demand. Raises ConfigurationError for a malformed path or method.
        """
        return Reply(
            self.session.send(
                raw_request(
                    method,
                    path.replace("{version}", self.session.version),
                    params=params,
                    json=json,
                    data=data,
                    files=files,
                    headers=headers,
                    host=host,
                    stream=stream,
                )
            )
        )

    @overload
    def objects(self, model: str) -> RecordSet[Record]: ...

    @overload
    def objects(self, model: type[R]) -> RecordSet[R]: ...

    def objects(self, model: str | type[Any]) -> RecordSet[Any]:
        """Return the records of a module as a record set, to be filtered, ordered and sliced.

        `model` is a module's API name, whose rows are dicts of Zoho's names, or a class of records
        (`django_zcrm.records`). Nothing is asked before records are needed.
        """
        options: Options = self.__dict__["_options"]
        source = Source(self.session, lambda: self.aio.session, options)
        kind: Any = Dicts(model, options) if isinstance(model, str) else model
        return RecordSet(kind, source)

    @cached_property
    def aio(self) -> AsyncClient:
        """The asynchronous client: `await crm.aio.records.get("Leads", id)`.

        Raises ConfigurationError when the extra [async] is not installed.
        """
        try:
            home = import_module(".aio", __package__)
        except ModuleNotFoundError as error:
            if error.name != "httpx":
                raise
            raise ConfigurationError(
                "crm.aio needs httpx: pip install 'django-zcrm[async]'."
            ) from None
        client: AsyncClient = home.awaited(self.session, self.__dict__["_options"])
        return client

    if not TYPE_CHECKING:  # type checkers should see only the annotations

        def __getattr__(self, name: str) -> Any:
            # Only reached when the instance does not have it yet.
            kind = resource_class(name)
            return self.__dict__.setdefault(name, kind(self.session))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("A client does not change; make another one.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("A client does not change; make another one.")

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *type(self).__annotations__})

    def __repr__(self) -> str:
        return f"<Zoho CRM client, {self.session.version}>"


def resource_class(name: str) -> Callable[[Any], Any]:
    """Return the class of the resource with this attribute name; raise AttributeError for none.

    Importing resources on first use keeps the package quick to import, however large the API.
    """
    kind = Client.__annotations__.get(name)
    if kind is None or name == "session":
        raise AttributeError(f"The Zoho CRM client has no {name!r}; dir(client) lists what it has.")
    home = import_module(f".resources.{name}", __package__)
    found: Callable[[Any], Any] = getattr(home, kind)
    return found


def raw_request(
    method: str,
    path: str,
    *,
    params: Mapping[str, Any] | None,
    json: Any,
    data: Mapping[str, Any] | None,
    files: Mapping[str, Any] | None,
    headers: Mapping[str, str] | None,
    host: Host,
    stream: bool,
) -> Request:
    """Build a request that no operation describes.

    Raises ConfigurationError for a malformed path or method.
    """
    # Look for dots in the decoded path, since HTTP libraries decode them before sending.
    dotted = re.search(r"(^|[/\\])\.{1,2}([/\\]|$)", unquote(path))
    if not re.fullmatch(r"/[^/\\?#\s][^\\?#\s]*", path) or dotted:
        raise ConfigurationError(
            f"{path!r} is not a path: it must start with one slash; a query goes in params."
        )
    if not re.fullmatch(r"[A-Za-z]+", method):
        raise ConfigurationError(f"{method!r} is not an HTTP method.")
    return Request(
        method=method.upper(),
        path=path,
        host=host,
        params=encoding.params(params or {}),
        headers=encoding.headers({**_content_type(json), **(headers or {})}),
        body=None if json is None else encoding.dumps(json),
        form=encoding.params(data or {}),
        files=[file_part(name, content) for name, content in (files or {}).items()],
        stream=stream,
        safe=method.upper() in {"GET", "HEAD"},
        operation=f"{method.upper()} {path}",
    )


def _content_type(json: Any) -> dict[str, str]:
    return {} if json is None else {"Content-Type": "application/json"}
