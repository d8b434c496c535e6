"""Creates an organisation with its roles, profiles and users; the company is fictitious."""

from __future__ import annotations

from typing import Any

from ..core.zoho import Zoho
from ..state import Organisation
from ..state.bulk import Bulk
from ..state.ids import FIRST_PREFIX, OrganisationIds
from ..state.organisation import add_user

COMPANY = "Brightwater Trading"
DOMAIN = "brightwater.example"

_ROLES = (
    # name, reports to, shares with peers
    ("CEO", None, True),
    ("Sales Manager", "CEO", False),
    ("Sales Representative", "Sales Manager", False),
)
_PROFILES = (
    # name, description, custom, type
    ("Administrator", "Has all permissions.", False, "normal_profile"),
    ("Standard", "Has all permissions but the administrative ones.", False, "normal_profile"),
    ("Read Only", "Sees everything, changes nothing.", True, "normal_profile"),
)
_PEOPLE = (
    # first name, last name, role, profile, status, confirmed
    ("Mara", "Lindqvist", "CEO", "Administrator", "active", True),
    ("Tomás", "Okafor", "Sales Manager", "Standard", "active", True),
    ("Ines", "Haddad", "Sales Representative", "Standard", "active", True),
    ("Jun", "Weber", "Sales Representative", "Standard", "active", True),
    ("Pavel", "Moreau", "Sales Representative", "Read Only", "inactive", True),
    ("Aiko", "Brandt", "Sales Representative", "Standard", "active", False),
)
_PERMISSIONS = (
    # name, label, module, the lowest profile that has it
    ("Crm_Implied_View_Leads", "View", "Leads", "Read Only"),
    ("Crm_Implied_Create_Leads", "Create", "Leads", "Standard"),
    ("Crm_Implied_Edit_Leads", "Edit", "Leads", "Standard"),
    ("Crm_Implied_Delete_Leads", "Delete", "Leads", "Standard"),
    ("Crm_Implied_Convert_Leads", "Convert", "Leads", "Standard"),
    ("Crm_Implied_View_Contacts", "View", "Contacts", "Read Only"),
    ("Crm_Implied_Create_Contacts", "Create", "Contacts", "Standard"),
    ("Crm_Implied_Edit_Contacts", "Edit", "Contacts", "Standard"),
    ("Crm_Implied_Delete_Contacts", "Delete", "Contacts", "Standard"),
    ("Crm_Implied_View_Deals", "View", "Deals", "Read Only"),
    ("Crm_Implied_Create_Deals", "Create", "Deals", "Standard"),
    ("Crm_Implied_Edit_Deals", "Edit", "Deals", "Standard"),
    ("Crm_Implied_Delete_Deals", "Delete", "Deals", "Standard"),
    ("Crm_Implied_Manage_Users", "Manage Users", None, "Administrator"),
    ("Crm_Implied_Customize_Zoho_CRM", "Module Customization", None, "Administrator"),
)
_RANKS = ("Read Only", "Standard", "Administrator")


def create_organisation(
    zoho: Zoho,
    environment: str = "production",
    name: str = COMPANY,
    data_center: str | None = None,
) -> Organisation:
    """A new organisation with users: the whole company for demo data, else just its first user."""
    home = zoho.options.codes[0]
    if data_center not in (None, home):
        name = f"{name} {data_center.upper()}"
    if environment != "production":
        name = f"{name} ({environment})"
    prefix = FIRST_PREFIX + len(zoho.organisations)
    org = Organisation(
        zoho.ids.next(),
        name,
        zoho.clock,
        OrganisationIds(zoho.ids, prefix),
        environment,
        zoho.options.edition,
        data_center or home,
        prefix,
    )
    org.bulk = Bulk(
        zoho.options.bulk_polls,
        zoho.options.bulk_seconds,
        zoho.options.bulk_rows,
        zoho.options.limit_bulk_downloads,
    )
    org.coql_quotes = zoho.options.coql_quotes
    org.coql_refused = zoho.options.coql_refused
    org.strict_picklists = zoho.options.strict_picklists
    org.search_lag, org.row_lag = zoho.options.search_lag, zoho.options.row_lag
    org.info = _info(org, zoho.ids.next())
    _make_roles(org)
    _make_profiles(org)
    people = _PEOPLE if zoho.options.data == "demo" else _PEOPLE[:1]
    for first_name, last_name, role, profile, status, confirmed in people:
        user = add_user(
            org,
            f"{_ascii(first_name)}.{last_name.lower()}@{DOMAIN}",
            first_name,
            last_name,
            role=role,
            profile=profile,
        )
        user.status, user.confirmed = status, confirmed
    _set_first_user(org)
    return org


def _ascii(name: str) -> str:
    return name.lower().replace("á", "a")


def _set_first_user(org: Organisation) -> None:
    first_user = next(iter(org.users.values()))
    for profile in org.profiles.values():
        profile["created_by"] = profile["modified_by"] = (
            first_user.reference if profile["custom"] else None
        )
    org.info["primary_email"] = first_user.email
    org.info["primary_zuid"] = first_user.zuid


def _make_roles(org: Organisation) -> None:
    by_name: dict[str, dict[str, str]] = {}
    for name, superior, share in _ROLES:
        role_id = org.ids.next()
        by_name[name] = {"name": name, "id": role_id}
        org.roles[role_id] = {
            "id": role_id,
            "name": name,
            "display_label": name,
            "api_name": name.replace(" ", "_"),
            "description": None,
            "reporting_to": by_name[superior] if superior else None,
            "share_with_peers": share,
            "forecast_manager": None,
            "admin_user": superior is None,
        }


def _make_profiles(org: Organisation) -> None:
    permission_ids = [org.ids.next() for _ in _PERMISSIONS]
    for name, description, custom, profile_type in _PROFILES:
        profile_id = org.ids.next()
        org.profiles[profile_id] = {
            "id": profile_id,
            "name": name,
            "display_label": name,
            "api_name": name.replace(" ", "_"),
            "description": description,
            "custom": custom,
            "type": profile_type,
            "permissions_details": [
                {
                    "id": permission_id,
                    "name": permission,
                    "display_label": label,
                    "module": module,
                    "customizable": lowest_rank != "Administrator",
                    "enabled": _RANKS.index(name) >= _RANKS.index(lowest_rank),
                }
                for permission_id, (permission, label, module, lowest_rank) in zip(
                    permission_ids, _PERMISSIONS, strict=True
                )
            ],
        }


def _info(org: Organisation, zgid: str) -> dict[str, Any]:
    return {
        "zgid": zgid,
        "photo_id": None,
        "company_name": org.name,
        "alias": None,
        "domain_name": f"org{zgid[-9:]}",
        "website": f"https://{DOMAIN}",
        "phone": "+49 30 5550100",
        "mobile": None,
        "fax": None,
        "street": "Hafenstraße 12",
        "city": "Berlin",
        "state": "Berlin",
        "zip": "10115",
        "country": "Germany",
        "country_code": "DE",
        "employee_count": "42",
        "description": None,
        "currency": "Euro - EUR",
        "currency_symbol": "€",
        "currency_locale": "de_DE",
        "iso_code": "EUR",
        "time_zone": "Europe/Berlin",
        "created_time": org.clock.iso("Europe/Berlin"),
    }
