"""The resources of the client: the one place that names them all.

Written by tools/write_resources.py from the files of zoho/resources: change those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .apis import Apis
    from .appointment_preferences import AppointmentPreferences
    from .appointments import Appointments
    from .appointments_rescheduled_history import AppointmentsRescheduledHistory
    from .assignment_rules import AssignmentRules
    from .attachments import Attachments
    from .audit_log_export import AuditLogExport
    from .backup import Backup
    from .blueprint import Blueprint
    from .bulk_read import BulkRead
    from .bulk_write import BulkWrite
    from .business_hours import BusinessHours
    from .cadences import Cadences
    from .call_preferences import CallPreferences
    from .composite import Composite
    from .contact_roles import ContactRoles
    from .coql import Coql
    from .currencies import Currencies
    from .custom_views import CustomViews
    from .data_sharing import DataSharing
    from .deal_contact_roles import DealContactRoles
    from .duplicate_check_preference import DuplicateCheckPreference
    from .email_compose import EmailCompose
    from .email_drafts import EmailDrafts
    from .email_templates import EmailTemplates
    from .emails import Emails
    from .entity_scores import EntityScores
    from .events import Events
    from .features import Features
    from .field_updates import FieldUpdates
    from .fields import Fields
    from .files import Files
    from .fiscal_year import FiscalYear
    from .from_addresses import FromAddresses
    from .functions import Functions
    from .global_picklists import GlobalPicklists
    from .holidays import Holidays
    from .inventory import Inventory
    from .inventory_templates import InventoryTemplates
    from .layouts import Layouts
    from .leads import Leads
    from .mail_merge import MailMerge
    from .map_dependency import MapDependency
    from .mass_actions import MassActions
    from .modules import Modules
    from .notes import Notes
    from .notifications import Notifications
    from .org import Org
    from .photos import Photos
    from .pipelines import Pipelines
    from .portal_invites import PortalInvites
    from .portal_user_types import PortalUserTypes
    from .portal_users import PortalUsers
    from .portals import Portals
    from .profiles import Profiles
    from .record_locking_configurations import RecordLockingConfigurations
    from .record_locks import RecordLocks
    from .records import Records
    from .recycle_bin import RecycleBin
    from .related_lists import RelatedLists
    from .related_notes import RelatedNotes
    from .related_records import RelatedRecords
    from .roles import Roles
    from .scoring_rules import ScoringRules
    from .service_preferences import ServicePreferences
    from .services import Services
    from .sharing import Sharing
    from .sharing_rules import SharingRules
    from .shift_hours import ShiftHours
    from .tags import Tags
    from .territories import Territories
    from .territory_users import TerritoryUsers
    from .timelines import Timelines
    from .unsubscribe_links import UnsubscribeLinks
    from .user_groups import UserGroups
    from .user_territories import UserTerritories
    from .users import Users
    from .users_unavailability import UsersUnavailability
    from .variable_groups import VariableGroups
    from .variables import Variables
    from .webhooks import Webhooks
    from .wizards import Wizards
    from .workflow_configurations import WorkflowConfigurations
    from .workflow_rules import WorkflowRules
    from .workflow_tasks import WorkflowTasks
    from .zia_enrichment import ZiaEnrichment
    from .zia_org_enrichment import ZiaOrgEnrichment
    from .zia_people_enrichment import ZiaPeopleEnrichment


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
