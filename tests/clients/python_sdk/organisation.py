"""The organisation: users, org, and the metadata of modules."""

from __future__ import annotations

from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.currencies import CurrenciesOperations
from zohocrmsdk.src.com.zoho.crm.api.custom_views import CustomViewsOperations, GetCustomViewsParam
from zohocrmsdk.src.com.zoho.crm.api.fields import FieldsOperations, GetFieldsParam
from zohocrmsdk.src.com.zoho.crm.api.layouts import GetLayoutsParam, LayoutsOperations
from zohocrmsdk.src.com.zoho.crm.api.modules import ModulesOperations
from zohocrmsdk.src.com.zoho.crm.api.org import OrgOperations
from zohocrmsdk.src.com.zoho.crm.api.profiles import ProfilesOperations
from zohocrmsdk.src.com.zoho.crm.api.related_lists import (
    GetRelatedListsParam,
    RelatedListsOperations,
)
from zohocrmsdk.src.com.zoho.crm.api.roles import RolesOperations
from zohocrmsdk.src.com.zoho.crm.api.users import GetUsersParam, UsersOperations

from tests.clients.python_sdk.calling import Answers, ok, params, plain


def people() -> Answers:
    """Read the organisation, its users, roles, profiles and currencies; each list and one item."""
    org = ok(OrgOperations().get_organization()).get_org()[0]
    users = UsersOperations()
    everybody = ok(users.get_users(params(GetUsersParam, type="AllUsers"), HeaderMap()))
    me = ok(users.get_users(params(GetUsersParam, type="CurrentUser"), HeaderMap())).get_users()
    stored = ok(users.get_user(me[0].get_id(), HeaderMap())).get_users()[0]
    roles = ok(RolesOperations().get_roles()).get_roles()
    profiles = ok(ProfilesOperations().get_profiles(ParameterMap())).get_profiles()
    currencies = ok(CurrenciesOperations().get_currencies()).get_currencies()
    return {
        "company": org.get_company_name(),
        "zgid": org.get_zgid(),
        "users": [user.get_email() for user in everybody.get_users()],
        "count": everybody.get_info().get_count(),
        "me": [user.get_email() for user in me],
        "one": stored.get_email(),
        "active": ok(users.users_count(ParameterMap())).get_count(),
        "roles": [role.get_name() for role in roles],
        "role": ok(RolesOperations().get_role(roles[0].get_id())).get_roles()[0].get_name(),
        "profiles": [profile.get_name() for profile in profiles],
        "profile": ok(ProfilesOperations().get_profile(profiles[0].get_id()))
        .get_profiles()[0]
        .get_name(),
        "currencies": [currency.get_iso_code() for currency in currencies],
        "currency": ok(CurrenciesOperations().get_currency(currencies[0].get_id()))
        .get_currencies()[0]
        .get_iso_code(),
    }


def metadata() -> Answers:
    """Read modules, fields, layouts, custom views and related lists; each list and one item."""
    modules = ok(ModulesOperations().get_modules(ParameterMap(), HeaderMap())).get_modules()
    leads = ok(ModulesOperations().get_module_by_api_name("Leads")).get_modules()[0]
    of_leads = params(GetFieldsParam, module="Leads")
    fields = ok(FieldsOperations().get_fields(of_leads)).get_fields()
    by_name = {field.get_api_name(): field for field in fields}
    source = ok(FieldsOperations().get_field(by_name["Lead_Source"].get_id(), of_leads))
    laid = params(GetLayoutsParam, module="Leads")
    layouts = ok(LayoutsOperations().get_layouts(laid)).get_layouts()
    layout = ok(LayoutsOperations().get_layout(layouts[0].get_id(), laid)).get_layouts()[0]
    viewed = params(GetCustomViewsParam, module="Leads")
    views = ok(CustomViewsOperations().get_custom_views(viewed)).get_custom_views()
    view = ok(CustomViewsOperations().get_custom_view(views[0].get_id(), viewed))
    listed = params(GetRelatedListsParam, module="Leads")
    related = ok(RelatedListsOperations().get_related_lists(listed)).get_related_lists()
    one_list = ok(RelatedListsOperations().get_related_list(related[0].get_id(), listed))
    return {
        "modules": [module.get_api_name() for module in modules],
        "module": [leads.get_api_name(), leads.get_plural_label()],
        "types": {name: field.get_data_type() for name, field in by_name.items()},
        "mandatory": [name for name, field in by_name.items() if field.get_system_mandatory()],
        "sources": [
            plain(each.get_display_value())
            for each in source.get_fields()[0].get_pick_list_values()
        ],
        "layout": layout.get_name(),
        "sections": [section.get_api_name() for section in layout.get_sections()],
        "views": [each.get_system_name() for each in views],
        "view": view.get_custom_views()[0].get_system_name(),
        "related lists": [each.get_api_name() for each in related],
        "related list": one_list.get_related_lists()[0].get_api_name(),
    }
