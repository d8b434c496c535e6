"""The organisation: itself, its money, its time, its variables and preferences."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from . import ApiNamed, Audited, Criteria, Named

Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class LicenseDetails(TypedDict):
    """The organisation's licence."""

    paid: bool
    paid_type: str
    paid_expiry: str | None
    trial_type: str | None
    trial_expiry: str | None
    users_license_purchased: int
    portal_users_license_purchased: int


class Organisation(TypedDict):
    """An organisation."""

    id: str
    zgid: str
    company_name: str | None
    alias: str | None
    domain_name: str
    type: str
    primary_zuid: str
    primary_email: str | None
    phone: str | None
    mobile: str | None
    fax: str | None
    website: str | None
    description: str | None
    employee_count: str | None
    photo_id: str | None
    street: str | None
    city: str | None
    state: str | None
    zip: str | None
    country: str | None
    country_code: str
    time_zone: str
    currency: str
    currency_symbol: str
    currency_locale: str
    iso_code: str
    license_details: LicenseDetails
    hierarchy_preferences: dict[str, Any]
    mc_status: bool
    gapps_enabled: bool
    translation_enabled: bool
    privacy_settings: bool
    hipaa_compliance_enabled: bool
    lite_users_enabled: bool
    created_time: str


class CurrencyFormat(TypedDict):
    """The format of an amount."""

    decimal_separator: Literal["Comma", "Period"]
    thousand_separator: Literal["Comma", "Period", "Space"]
    decimal_places: Literal["0", "2", "3", "4", "5", "6"]
    numeral_system: Literal["Indian", "International"]


class Currency(Audited):
    """A currency of the organisation."""

    id: str
    name: str
    iso_code: str
    symbol: str
    prefix_symbol: bool
    is_base: bool
    is_active: bool
    exchange_rate: str
    exchange_rate_auto_update: bool
    exchange_rate_updated_time: str
    format: CurrencyFormat


class AvailableCurrency(TypedDict):
    """A currency that could be added."""

    iso_code: str
    display_name: str
    display_value: str
    symbol: str
    decimal_separator: str
    thousand_separator: str
    decimal_places: str


class WorkingHours(TypedDict):
    """When the organisation works."""

    id: str
    type: Literal["24_by_7", "24_by_5", "custom"]
    week_starts_on: Weekday
    timezone: str
    business_days: list[Weekday]
    same_as_everyday: bool
    daily_timing: list[str]
    custom_timing: list[dict[str, Any]]


class ShiftHour(TypedDict):
    """A shift and its users."""

    id: str
    name: str
    timezone: str
    shift_days: list[Weekday]
    same_as_everyday: bool
    daily_timing: list[str]
    custom_timing: list[dict[str, Any]]
    break_hours: list[dict[str, Any]]
    holidays: list[dict[str, Any]]
    users: list[dict[str, Any]]
    users_count: int


class Holiday(TypedDict):
    """A day off for all, or for a shift."""

    id: str
    name: str
    date: str
    year: int
    type: Literal["business_holiday", "shift_holiday"]
    shift_hour: Named | None


class FiscalYearSettings(TypedDict):
    """The beginning and the division of the organisation's fiscal year."""

    id: str
    calendar_type: str
    start_month: str
    start_date: str
    display_based_on: Literal["start_month", "end_month"]
    interval_display_option: str
    structure: str
    surplus_week: dict[str, Any] | None


class Variable(TypedDict):
    """A value that scripts and templates of the organisation share."""

    id: str
    rid: str
    api_name: str
    name: str
    description: str | None
    type: str
    value: Any
    variable_group: ApiNamed
    read_only: bool
    source: str


class VariableGroup(TypedDict):
    """A group of variables."""

    id: str
    rid: str
    api_name: str
    name: str
    display_label: str
    description: str | None
    source: str


class AppointmentPreference(TypedDict):
    """The settings of appointments."""

    show_job_sheet: bool
    when_duration_exceeds: str
    when_appointment_completed: Literal["do_not_create_deal", "create_deal"]
    allow_booking_outside_service_availability: bool
    allow_booking_outside_businesshours: bool
    deal_record_configuration: dict[str, Any]


class CallPreference(TypedDict):
    """The settings for showing calls."""

    show_from_number: bool
    show_to_number: bool


class ServicePreference(TypedDict):
    """The settings of services."""

    job_sheet_enabled: bool


class ModuleSharing(TypedDict):
    """The default access to a module's records."""

    module: ApiNamed
    share_type: Literal["private", "public", "public_read_only", "public_read_write"]
    public_in_portals: bool
    rule_computation_running: bool


class SharingRule(TypedDict):
    """An exception to the default: shares records of some users with others."""

    id: str
    name: str
    type: str
    module: ApiNamed
    permission_type: str
    superiors_allowed: bool
    shared_from: dict[str, Any]
    shared_to: dict[str, Any]
    criteria: Criteria
    status: str
    match_limit_exceeded: bool


class SharingRulesSummary(TypedDict):
    """The number of sharing rules of a module."""

    module: ApiNamed
    rule_computation_status: bool
    rule_count: int


class RecycledRecord(TypedDict):
    """A record in the recycle bin."""

    id: str
    display_name: str
    module: str | ApiNamed
    owner: Named
    deleted_by: Named
    deleted_time: str


class AuditLogExportJob(TypedDict):
    """An export of the audit log: its status and its download URL."""

    id: str
    status: str
    criteria: Criteria
    created_by: Named
    job_start_time: str
    job_end_time: str
    download_links: list[str]
    expiry_date: str


class BackupSchedule(TypedDict):
    """The scheduled backup of all data."""

    id: str
    rrule: str
    start_date: str
    scheduled_date: str
    status: str
    requester: Named


class BackupEntry(TypedDict):
    """The outcome of one backup."""

    id: str
    log_time: str
    action: str
    repeat_type: str
    state: str
    count: int
    file_name: str
    done_by: Named


class BackupUrls(TypedDict):
    """The download URLs of a backup, and their expiry."""

    data_links: list[str]
    attachment_links: list[str]
    expiry_date: str


class Feature(TypedDict):
    """A feature of the edition, with its limits."""

    api_name: str
    feature_label: str
    module_supported: bool
    parent_feature: dict[str, Any] | None
    components: list[dict[str, Any]]
    details: dict[str, Any]


class SupportedApi(TypedDict):
    """A path of the API, with the methods, scopes and credits of its operations."""

    path: str
    operation_types: list[dict[str, Any]]
