"""Settings that do more than store values: preferences, backups, features, hours, templates."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api

Item = dict[str, Any]


def first(api: Api, collection: str, number: int = 0) -> Item:
    return list(api.org.settings.items(collection).values())[number]


def test_a_preference_for_duplicates(v8: Api) -> None:
    path = "settings/duplicate_check_preference"
    key = "duplicate_check_preference"
    assert v8.get(path, module="Leads").status_code == 204
    assert v8.get(path, module="Deals").json["code"] == "NOT_SUPPORTED"
    body = {key: {"type": "converted_records"}}
    assert v8.put(path, body, module="Leads").json[key]["code"] == "NOT_ALLOWED"
    assert v8.post(path, body, module="Leads").status_code == 200
    assert v8.post(path, body, module="Leads").json[key]["code"] == "ALREADY_CONFIGURED"
    mapped = {key: {"type": "mapped_module_records"}}
    missing = v8.put(path, mapped, module="Leads").json[key]
    assert missing["code"] == "DEPENDENT_FIELD_MISSING"
    assert v8.get(path, module="Leads").json[key]["type"] == "converted_records"
    assert v8.delete(path, module="Leads").status_code == 200
    assert v8.delete(path, module="Leads").status_code == 400


def test_backups_are_planned_and_given_up(v8: Api) -> None:
    def ask(method: str, path: str = "", body: Any = None) -> Any:
        return v8.caller.request(method, f"/crm/bulk/v8/backup{path}", json=body)

    v8.caller.connect("ZohoCRM.bulk.ALL")
    for path in ("", "/history", "/urls"):
        assert ask("GET", path).status_code == 204
    done = ask("POST", body={"backup": {"rrule": "RRULE:FREQ=WEEKLY"}}).json["backup"]
    backup = done["details"]["id"]
    assert ask("POST", body={"backup": {}}).json["backup"]["code"] == "BACKUP_ALREADY_SCHEDULED"
    assert ask("GET").json["backup"]["rrule"] == "RRULE:FREQ=WEEKLY"
    assert ask("GET", "/urls").json["urls"]["data_links"]
    assert ask("PUT", f"/{backup}/actions/cancel").status_code == 200
    assert ask("PUT", f"/{backup}/actions/cancel").json["backup"]["code"] == "ALREADY_CANCELLED"
    actions = [one["action"] for one in ask("GET", "/history").json["history"]]
    assert actions == ["Backup cancelled", "Backup scheduled"]


def test_exports_of_the_audit_log_say_what(v8: Api) -> None:
    refused: tuple[Any, ...] = ("x", {}, {"group": []})
    for criteria in refused:
        body = {"audit_log_export": [{"criteria": criteria}]}
        answer = v8.post("settings/audit_log_export", body)
        assert answer.status_code == 400


def test_features_tell_limits_and_use(v8: Api) -> None:
    features = v8.get("__features", module="Leads").json["__features"]
    assert "custom_field" in [one["api_name"] for one in features]
    one = v8.get("__features/unique_field", module="Leads").json["__features"][0]
    assert one["details"]["used_count"]["total"] >= 1
    assert v8.get("__features/nothing").json["code"] == "INVALID_DATA"
    assert v8.get("__features", api_names="nothing").json["code"] == "INVALID_DATA"
    licences = v8.get("__features/user_licenses").json["__features"][0]
    active = sum(user.status == "active" for user in v8.org.users.values())
    assert licences["details"]["used_count"]["total"] == active
    before = v8.get("__features/data_enrichment").json["__features"][0]["details"]["used_count"]
    assert before["total"] == 0
    asked = {"__zia_people_enrichment": [{"enrich_based_on": {"email": "a@b.example"}}]}
    v8.post("__zia_people_enrichment", asked, module="Leads")
    after = v8.get("__features/data_enrichment").json["__features"][0]["details"]["used_count"]
    assert after["total"] == 1


def test_the_api_tells_what_it_has(v8: Api) -> None:
    listed = v8.get("__apis").json["__apis"]
    assert len(listed) > 200
    one = v8.get("__apis", filters='{"value": "/crm/v8/settings/roles"}').json["__apis"]
    assert {operation["method"] for operation in one[0]["operation_types"]} >= {"GET", "POST"}
    assert v8.get("__apis", filters='{"value": "/crm/v8/nothing"}').status_code == 204
    assert v8.get("__apis", filters="x").json["details"] == {"param_name": "filters"}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", 12, "1.5"),
        ("float", "1.5", "x"),
        ("boolean", True, "yes"),
        ("date", "2030-01-31", "31.01.2030"),
        ("text", "x", []),
    ],
)
def test_a_variable_holds_its_type(v8: Api, kind: str, good: Any, bad: Any) -> None:
    variable = {
        "name": "Mine",
        "api_name": "Mine",
        "type": kind,
        "variable_group": {"api_name": "General"},
    }
    path = "settings/variables"
    wrong = v8.post(path, {"variables": [variable | {"value": bad}]}).json["variables"][0]
    assert wrong["code"] == "INVALID_DATA"
    assert v8.post(path, {"variables": [variable | {"value": good}]}).status_code == 201
    shown = v8.get(f"{path}/Mine", group="General").json["variables"][0]
    assert shown["value"] == (str(good).lower() if isinstance(good, bool) else str(good))
    kept = v8.put(f"{path}/Mine", {"variables": [{"type": "email"}]}).json["variables"][0]
    assert kept["code"] == "NOT_ALLOWED"
    assert len(v8.get(path, group="Shop").json["variables"]) == 2


def test_hours_need_days_and_times(v8: Api) -> None:
    body = {"week_starts_on": "Monday", "type": "custom", "same_as_everyday": True}

    def put(**more: Any) -> Item:
        answer = v8.put("settings/business_hours", {"business_hours": {**body, **more}})
        result: Item = answer.json["business_hours"]
        return result

    assert put(business_days=[])["details"]["api_name"] == "business_days"
    assert put(business_days=["Monday"], daily_timing=[])["code"] == "DEPENDENT_FIELD_MISSING"
    assert put(business_days=["Monday"], daily_timing=["25:00"])["code"] == "INVALID_DATA"
    assert put(business_days=["Monday"], daily_timing=["09:00", "12:00"])["status"] == "success"
    hours = v8.get("settings/business_hours").json["business_hours"]
    assert hours["daily_timing"] == ["09:00", "12:00"]


def test_shifts_and_their_holidays(v8: Api) -> None:
    answer = v8.get("settings/business_hours/shift_hours").json
    assert answer["shift_count"] == {"total_shift_with_user": 2}
    early = answer["shift_hours"][0]
    shift = v8.get(f"settings/business_hours/shift_hours/{early['id']}").json["shift_hours"][0]
    assert shift["users_count"] == 2
    holiday = {"name": "Off", "date": "2031-02-03", "type": "shift_holiday"}
    missing = v8.post("settings/holidays", {"holidays": [holiday]}).json["holidays"][0]
    assert missing["details"]["api_name"] == "shift_hour"
    v8.post("settings/holidays", {"holidays": [holiday | {"shift_hour": {"id": early["id"]}}]})
    found = v8.get("settings/holidays", shift_id=early["id"], year="2031").json["holidays"]
    assert [(one["name"], one["year"]) for one in found] == [("Off", 2031)]


def test_a_custom_fiscal_year_needs_its_structure(v8: Api) -> None:
    answer = v8.put("settings/fiscal_year", {"fiscal_year": {"calendar_type": "custom"}})
    assert answer.json["fiscal_year"]["code"] == "DEPENDENT_FIELD_MISSING"


def test_a_wizard_is_shown_for_a_layout(v8: Api) -> None:
    wizard = v8.get("settings/wizards").json["wizards"][0]["id"]
    path = f"settings/wizards/{wizard}"
    assert v8.get(path).json["code"] == "REQUIRED_PARAM_MISSING"
    layout = v8.org.metadata.modules["Leads"].layout_id
    screens = v8.get(path, layout_id=layout).json["wizards"][0]["containers"][0]["screens"]
    assert [one["display_label"] for one in screens] == ["Person", "Company"]
    assert v8.get(path, layout_id="9").json["details"] == {"param_name": "layout_id"}


def test_addresses_and_the_composer(v8: Api) -> None:
    path = "settings/emails/actions/from_addresses"
    person = list(v8.org.users.values())[1]
    own = v8.get(path, user_id=person.id).json["from_addresses"][0]
    assert own["email"] == person.email
    assert v8.get(path, user_id="9").json["code"] == "INVALID_DATA"

    def compose(method: str, body: Any = None, **params: str) -> Any:
        return v8.caller.request(
            method, "/crm/email/v8/settings/compose", json=body, query_string=params
        )

    font = {"size": 12, "family": "Arial"}
    done = compose("PUT", {"email_compose": [{"type": "default", "font": font}]})
    assert done.status_code == 200, done.text
    assert compose("GET", type="default").json["email_compose"][0]["font"] == font
    assert len(compose("GET").json["email_compose"]) == 3
    wrong = compose("PUT", {"email_compose": [{"type": "other"}]})
    assert wrong.json["email_compose"][0]["code"] == "INVALID_DATA"
    assert compose("GET", type="x").json["details"]["param_name"] == "type"


def test_unsubscribe_links_and_their_templates(v8: Api) -> None:
    path = "settings/unsubscribe_link/actions/associations"
    assert v8.get(path).status_code == 204
    link, template = first(v8, "unsubscribe_links"), first(v8, "email_templates")
    template["content"] = f"<a href='{link['id']}'>leave</a>"
    found = v8.get(path).json["associations"]
    assert found[0]["associated_places"][0]["resource"]["id"] == template["id"]
    custom = {"name": "Own", "page_type": "custom", "submission_action_type": "redirect"}
    wrong = v8.post("settings/unsubscribe_links", {"unsubscribe_links": [custom]})
    error = wrong.json["unsubscribe_links"][0]
    assert error["details"]["api_name"] == "custom_location_url"
