"""The resources of the client: the one place that names them all.

Written by tools/write_resources.py from the files of zoho/resources: change those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


class Resources:
    """What a client has: `fields` is `Fields` from `fields.py`, and so on."""

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
