"""Every declared setting: create, read, change, delete, and refusals."""

from __future__ import annotations

import pickle

from django_zcrm.emulator.engine.settings import references
from django_zcrm.emulator.engine.settings.keys import (
    Flag,
    JSONObject,
    ListOf,
    Number,
    Reference,
    Text,
)
from django_zcrm.emulator.engine.settings.register import resources
from django_zcrm.emulator.engine.settings.resource import SettingsResource
from tests.cases import check_each, collect_failures

from .api import Api, Reply
from .samples import Item, body

WRITABLE = [
    resource for resource in resources if not resource.single and "POST" in resource.methods
]
READABLE = [resource for resource in resources if "GET" in resource.methods]
SINGLE = [resource for resource in resources if resource.single]


def path_of(api: Api, resource: SettingsResource, item_id: str = "") -> str:
    """The path of a collection or an item, under the first owner in the demo organisation."""
    path = resource.collection_path.replace("{version}", api.version)
    for placeholder, owner in resource.owners.items():
        first = next(iter(references.list_all(api.org, owner)))
        path = path.replace(f"{{{placeholder}}}", first["id"])
    return f"{path}/{item_id}" if item_id else path


def params_of(resource: SettingsResource) -> dict[str, str]:
    return {"module": "Leads"} if resource.by_module or resource.key.startswith("__zia") else {}


def ask(
    api: Api,
    method: str,
    resource: SettingsResource,
    item_id: str = "",
    items: object = None,
    **more: str,
) -> Reply:
    json = None if items is None else {resource.key: items}
    return api.send(method, path_of(api, resource, item_id), json, **params_of(resource), **more)


def create_item(api: Api, resource: SettingsResource, mark: str = "a") -> str:
    answer = ask(api, "POST", resource, items=[body(api.org, resource, mark)])
    assert answer.status_code == resource.created, answer.text
    result = answer.json[resource.key][0]
    assert (result["code"], result["status"]) == (resource.code, "success")
    collections = api.org.settings.collections
    return str(
        next(
            item["id"]
            for items in collections.values()
            for item in items.values()
            if all(item.get(name) == value for name, value in result["details"].items())
        )
    )


@check_each("resource", WRITABLE)
def test_new_item_is_found_and_listed(resource: SettingsResource) -> None:
    v8 = Api("v8")
    sent = body(v8.org, resource)
    item_id = create_item(v8, resource)
    item = ask(v8, "GET", resource, item_id).json[resource.key][0]
    for name, kind in resource.keys.items():
        if name in sent and isinstance(kind, Text):
            assert item[name] == sent[name]
    rows = ask(v8, "GET", resource).json[resource.key]
    same = [
        row for row in rows if row.get("id", row.get("name")) == item.get("id", item.get("name"))
    ]
    assert len(same) == 1
    assert set(same[0]) <= set(item)


def plain_text_key(resource: SettingsResource, item: Item) -> str | None:
    """Return a key of an item that an update may set to any short text."""
    return next(
        (
            name
            for name, kind in resource.keys.items()
            if isinstance(kind, Text)
            and not (kind.read_only or kind.pattern)
            and kind.length >= len("Changed")
            and name in item
        ),
        None,
    )


def test_update_of_one_key_changes_that_key_only() -> None:
    with collect_failures() as case:
        for resource in WRITABLE:
            v8 = Api("v8")
            method = next((name for name in ("PUT", "PATCH") if name in resource.item_methods), "")
            name = plain_text_key(resource, body(v8.org, resource))
            if not method or name is None:
                continue
            with case(resource.path):
                item_id = create_item(v8, resource)
                before = ask(v8, "GET", resource, item_id).json[resource.key][0]
                answer = ask(v8, method, resource, item_id, [{name: "Changed"}])
                assert answer.status_code == 200, answer.text
                assert answer.json[resource.key][0]["message"] == resource.messages.updated
                after = ask(v8, "GET", resource, item_id).json[resource.key][0]
                changed = {key for key in after if after[key] != before[key]}
                assert {name} <= changed <= {name, "modified_time"}


@check_each("resource", [resource for resource in WRITABLE if "PUT" in resource.methods])
def test_items_are_updated_by_their_ids(resource: SettingsResource) -> None:
    v8 = Api("v8")
    item_id = create_item(v8, resource)
    answer = ask(v8, "PUT", resource, items=[{"id": item_id}])
    assert answer.status_code == 200, answer.text
    assert ask(v8, "PUT", resource, items=[{}]).json[resource.key][0]["code"] == (
        "MANDATORY_NOT_FOUND"
    )
    unknown = ask(v8, "PUT", resource, items=[{"id": "99"}]).json[resource.key][0]
    assert unknown["details"]["json_path"] == f"$.{resource.key}[0].id"


@check_each("resource", [resource for resource in WRITABLE if "DELETE" in resource.item_methods])
def test_deleted_item_is_gone(resource: SettingsResource) -> None:
    v8 = Api("v8")
    item_id = create_item(v8, resource)
    answer = ask(v8, "DELETE", resource, item_id)
    assert answer.status_code == 200, answer.text
    assert answer.json[resource.key][0]["status"] == "success"
    assert ask(v8, "GET", resource, item_id).status_code == 204
    assert ask(v8, "DELETE", resource, item_id).status_code == 400


@check_each("resource", [resource for resource in WRITABLE if "DELETE" in resource.methods])
def test_items_are_deleted_by_the_parameter_ids(resource: SettingsResource) -> None:
    v8 = Api("v8")
    item_id = create_item(v8, resource)
    missing = ask(v8, "DELETE", resource)
    assert missing.json["code"] == "REQUIRED_PARAM_MISSING"
    assert missing.json["details"] == {"param_name": "ids"}
    answer = ask(v8, "DELETE", resource, ids=f"{item_id},99")
    assert answer.status_code == 207
    assert [item["status"] for item in answer.json[resource.key]] == ["success", "error"]


@check_each("resource", WRITABLE)
def test_item_without_a_mandatory_key_is_refused(resource: SettingsResource) -> None:
    v8 = Api("v8")
    for name, kind in resource.keys.items():
        if kind.required:
            items = [{key: value for key, value in body(v8.org, resource).items() if key != name}]
            answer = ask(v8, "POST", resource, items=items)
            assert answer.status_code == 400, (name, answer.text)
            error = answer.json[resource.key][0]
            assert error["code"] == "MANDATORY_NOT_FOUND"
            assert error["details"] == {
                "api_name": name,
                "json_path": f"$.{resource.key}[0].{name}",
            }


@check_each("resource", WRITABLE)
def test_item_with_a_value_of_another_type_is_refused(resource: SettingsResource) -> None:
    v8 = Api("v8")
    wrong: dict[type, object] = {Text: 7, Flag: "yes", Number: "7", ListOf: {}, JSONObject: []}
    for name, kind in resource.keys.items():
        if type(kind) in wrong and not kind.read_only:
            item = body(v8.org, resource) | {name: wrong[type(kind)]}
            answer = ask(v8, "POST", resource, items=[item])
            error = answer.json[resource.key][0]
            assert error["code"] == "INVALID_DATA", (name, answer.text)
            assert error["details"]["expected_data_type"] == kind.expected
            assert error["details"]["json_path"] == f"$.{resource.key}[0].{name}"


@check_each("resource", WRITABLE)
def test_item_with_an_unknown_reference_is_refused(resource: SettingsResource) -> None:
    v8 = Api("v8")
    for name, kind in resource.keys.items():
        if isinstance(kind, Reference) and not kind.read_only:
            item = body(v8.org, resource) | {name: {"id": "99"}}
            error = ask(v8, "POST", resource, items=[item]).json[resource.key][0]
            assert (error["code"], error["details"]["api_name"]) == ("INVALID_DATA", "id")


@check_each("resource", [resource for resource in WRITABLE if resource.unique])
def test_item_with_a_duplicate_name_is_refused(resource: SettingsResource) -> None:
    v8 = Api("v8")
    item_id = create_item(v8, resource)
    error = ask(v8, "POST", resource, items=[body(v8.org, resource)]).json[resource.key][0]
    assert (error["code"], error["details"]["id"]) == ("DUPLICATE_DATA", item_id)


@check_each("resource", [resource for resource in READABLE if resource.by_module])
def test_list_without_module_parameter_is_refused(resource: SettingsResource) -> None:
    v8 = Api("v8")
    answer = v8.get(path_of(v8, resource))
    assert answer.status_code == 400
    assert answer.json["code"] == "REQUIRED_PARAM_MISSING"
    assert v8.get(path_of(v8, resource), module="Nothing").json["code"] == "INVALID_MODULE"


def test_list_in_an_empty_organisation_is_204_or_the_defaults() -> None:
    with collect_failures() as case:
        for resource in READABLE:
            api = Api("v8", data="empty")
            if any(
                not list(references.list_all(api.org, owner)) for owner in resource.owners.values()
            ):
                continue  # It has no owner whose items could be listed.
            with case(resource.path):
                answer = ask(api, "GET", resource)
                expected = 200 if list(resource.default_items(api.org)) else 204
                assert answer.status_code == expected, answer.text


@check_each("resource", [resource for resource in READABLE if resource.item_methods])
def test_item_with_a_malformed_id_is_refused(resource: SettingsResource) -> None:
    v8 = Api("v8")
    assert ask(v8, "GET", resource, "999").status_code == 204
    if not resource.lookup_key:
        answer = ask(v8, "GET", resource, "abc")
        assert (answer.status_code, answer.json["code"]) == (400, "INVALID_DATA")
        assert answer.json["details"] == {"resource_path_index": resource.index}


@check_each("resource", READABLE)
def test_list_without_its_scope_is_refused(resource: SettingsResource) -> None:
    v8 = Api("v8")
    v8.caller.connect("ZohoCRM.coql.READ")
    assert ask(v8, "GET", resource).json["code"] == "OAUTH_SCOPE_MISMATCH"
    v8.caller.connect(resource.scope_of("GET"))
    assert ask(v8, "GET", resource).status_code in (200, 204)


@check_each("resource", [resource for resource in READABLE if resource.since > 2])
def test_list_in_an_older_version_is_unknown(resource: SettingsResource) -> None:
    v2 = Api("v2")
    assert ask(v2, "GET", resource).json["code"] == "INVALID_URL_PATTERN"


@check_each("resource", [resource for resource in READABLE if resource.paged])
def test_list_is_paged(resource: SettingsResource) -> None:
    v8 = Api("v8")
    if "POST" in resource.methods and resource.name != "record_locking_configurations":
        create_item(v8, resource)
    answer = ask(v8, "GET", resource, per_page="1")
    info = answer.json["info"]
    assert (info["per_page"], info["count"], info["page"]) == (1, 1, 1)
    assert ask(v8, "GET", resource, page="99").status_code == 204
    assert ask(v8, "GET", resource, per_page="9999").json["code"] == "INVALID_DATA"


@check_each("resource", SINGLE)
def test_singleton_update_is_stored(resource: SettingsResource) -> None:
    v8 = Api("v8")
    before = ask(v8, "GET", resource).json[resource.key]
    name, value = (
        next(
            (name, not before[name])
            for name, kind in resource.keys.items()
            if isinstance(kind, Flag)
        )
        if any(isinstance(kind, Flag) for kind in resource.keys.values())
        else (
            "start_month",
            "APRIL",
        )
    )
    answer = ask(v8, "PUT", resource, items={name: value})
    if resource.key == "business_hours":
        assert answer.json[resource.key]["code"] == "DEPENDENT_FIELD_MISSING"
        return
    assert answer.status_code == 200, answer.text
    assert answer.json[resource.key]["message"] == resource.messages.updated
    assert ask(v8, "GET", resource).json[resource.key] == before | {name: value}


@check_each("resource", SINGLE)
def test_singleton_with_an_invalid_value_is_refused(resource: SettingsResource) -> None:
    v8 = Api("v8")
    name = next(iter(resource.keys))
    answer = ask(v8, "PUT", resource, items={name: 77})
    assert (answer.status_code, answer.json[resource.key]["code"]) == (400, "INVALID_DATA")
    empty = v8.put(path_of(v8, resource), {})
    assert empty.json["code"] == "MANDATORY_NOT_FOUND"
    assert empty.json["details"]["json_path"] == f"$.{resource.key}"


def test_settings_can_be_pickled_and_reset(v8: Api) -> None:
    v8.post(
        "settings/holidays",
        {"holidays": [{"name": "x", "date": "2030-01-01", "type": "business_holiday"}]},
    )
    again = pickle.loads(pickle.dumps(v8.org.settings))  # noqa: S301
    assert again == v8.org.settings
    v8.caller.emulator.reset()
    assert v8.org.settings != again


def test_organisations_share_no_settings() -> None:
    first, second = Api("v8"), Api("v8")
    create_item(first, next(item for item in resources if item.name == "holidays"))
    assert (
        len(first.org.settings.items("holidays")) == len(second.org.settings.items("holidays")) + 1
    )
