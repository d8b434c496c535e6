"""Lists of records and single records: pages, tokens, order, filters, what is shown."""

from __future__ import annotations

import pytest

from django_zcrm.emulator.seed.generated import generate

from .api import Api


def test_list_has_the_newest_record_first(api: Api) -> None:
    rows = api.rows("Leads", "Last_Name,Created_Time", per_page=50)
    assert len(rows) == 50
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    assert set(rows[0]) == {"id", "Last_Name", "Created_Time"}
    assert isinstance(rows[0]["id"], str)


def test_fields_are_mandatory_from_v3_on(v2: Api, v8: Api) -> None:
    assert {"Last_Name", "Company", "Owner", "$approved"} <= set(v2.rows("Leads", "")[0])
    answer = v8.get("Leads")
    assert answer.status_code == 400
    assert answer.json["code"] == "REQUIRED_PARAM_MISSING"
    assert answer.json["details"] == {"param_name": "fields"}


def test_list_of_more_than_50_fields_is_refused(v8: Api) -> None:
    answer = v8.get("Leads", fields=",".join(["Last_Name"] * 51))
    assert (answer.status_code, answer.json["code"]) == (400, "LIMIT_EXCEEDED")


def test_pages_hold_every_record_once(api: Api) -> None:
    seen: list[str] = []
    for page in range(1, 10):
        answer = api.get("Leads", fields="Last_Name", per_page=25, page=page)
        info = answer.json["info"]
        assert (info["page"], info["per_page"]) == (page, 25)
        assert info["count"] == len(answer.json["data"])
        seen += [row["id"] for row in answer.json["data"]]
        if not info["more_records"]:
            break
    assert len(seen) == len(set(seen)) == 72


def test_info_has_counts_and_tokens(v2: Api, v8: Api) -> None:
    old = v2.get("Leads", per_page=10).json["info"]
    order = {"sort_by": "id", "sort_order": "desc"}
    assert old == {"per_page": 10, "count": 10, "page": 1, "more_records": True, **order}
    new = v8.get("Leads", fields="id", per_page=10).json["info"]
    assert new["sort_by"] == "id"
    assert new["sort_order"] == "desc"
    assert new["next_page_token"]
    assert new["previous_page_token"] is None
    assert new["page_token_expiry"].startswith("20")


def test_empty_page_is_204_without_a_body(api: Api) -> None:
    answer = api.get("Leads", fields="id", page=5)
    assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.parametrize("per_page", ["0", "201", "x"])
def test_invalid_page_size_is_refused(api: Api, per_page: str) -> None:
    assert api.get("Leads", fields="id", per_page=per_page).json["code"] == "INVALID_DATA"


def test_pages_end_at_two_thousand_records(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        generate(api.org, "Leads", 2_100)
    assert v8.get("Leads", fields="id", page=10).status_code == 200
    answer = v8.get("Leads", fields="id", page=11)
    assert answer.status_code == 400
    assert answer.json["code"] == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
    assert answer.json["details"] == {"limit": 2000}
    assert v2.get("Leads", fields="id", page=11).status_code == 200


def test_page_tokens_continue_past_two_thousand(v8: Api) -> None:
    generate(v8.org, "Leads", 2_500)
    seen: list[str] = []
    pages: list[list[str]] = []
    info = {"next_page_token": None}
    while True:
        token = {"page_token": info["next_page_token"]} if seen else {}
        answer = v8.get("Leads", fields="Last_Name", **token)
        info = answer.json["info"]
        pages.append([row["id"] for row in answer.json["data"]])
        seen += pages[-1]
        if not info["more_records"]:
            break
    assert len(seen) == len(set(seen)) == 2_572
    assert info["next_page_token"] is None
    back = v8.get("Leads", fields="Last_Name", page_token=info["previous_page_token"])
    assert [row["id"] for row in back.json["data"]] == pages[-2]


def test_page_token_is_stable_while_records_change(v8: Api) -> None:
    first = v8.get("Leads", fields="id", per_page=20)
    v8.create("Leads", Last_Name="Newcomer")
    second = v8.get(
        "Leads", fields="id", per_page=20, page_token=first.json["info"]["next_page_token"]
    )
    assert max(row["id"] for row in second.json["data"]) < min(
        row["id"] for row in first.json["data"]
    )


def test_page_token_of_another_query_is_refused(v8: Api) -> None:
    token = v8.get("Leads", fields="id", per_page=10).json["info"]["next_page_token"]

    def code(**params: object) -> str:
        answer = v8.get("Leads", **{"fields": "id", "per_page": 10, "page_token": token, **params})
        assert answer.status_code == 400
        return str(answer.json["code"])

    assert code(page=2) == "AMBIGUITY_DURING_PROCESSING"
    assert code(fields="id,Email") == "TOKEN_BOUND_DATA_MISMATCH"
    assert code(page_token="x" * 64) == "INVALID_DATA"
    other = list(v8.org.users.values())[1]
    v8.caller.connect("ZohoCRM.modules.ALL", email=other.email)
    assert code() == "INVALID_DATA"


def test_page_token_expires_after_a_day(v8: Api) -> None:
    token = v8.get("Leads", fields="id", per_page=10).json["info"]["next_page_token"]
    v8.org.clock.advance(24 * 3600 + 1)
    v8.caller.connect()
    answer = v8.get("Leads", fields="id", per_page=10, page_token=token)
    assert (answer.status_code, answer.json["code"]) == (400, "EXPIRED_VALUE")


def test_page_tokens_end_at_a_hundred_thousand(v8: Api) -> None:
    answer = v8.get("Leads", fields="id", per_page=10)
    tokens = v8.org.records.page_tokens
    text = answer.json["info"]["next_page_token"]
    tokens[text] = type(tokens[text])(
        **{
            **{name: getattr(tokens[text], name) for name in tokens[text].__slots__},
            "offset": 99_995,
        }
    )
    answer = v8.get("Leads", fields="id", per_page=10, page_token=text)
    assert (answer.status_code, answer.json["code"]) == (400, "PAGINATION_LIMIT_EXCEEDED")


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_list_is_sorted_by_a_time(api: Api, order: str) -> None:
    rows = api.rows("Leads", "Modified_Time", sort_by="Modified_Time", sort_order=order)
    times = [row["Modified_Time"] for row in rows]
    assert times == sorted(times, reverse=order == "desc")


def test_v2_ignores_page_tokens(v2: Api, v8: Api) -> None:
    token = v8.get("Leads", fields="id", per_page=10).json["info"]["next_page_token"]
    v2.caller = v8.caller
    first = v2.rows("Leads", "id", per_page=10)
    assert v2.rows("Leads", "id", per_page=10, page_token=token) == first


def test_only_v2_sorts_by_any_field(v2: Api, v8: Api) -> None:
    names = [
        row["Company"].casefold()
        for row in v2.rows("Leads", "Company", sort_by="Company", sort_order="asc")
    ]
    assert names == sorted(names)
    assert v8.get("Leads", fields="id", sort_by="Company").json["code"] == "INVALID_DATA"


def test_custom_view_filters_and_excludes_sort_by(v8: Api) -> None:
    views = v8.get("settings/custom_views", module="Leads").json["custom_views"]
    view = next(view for view in views if view["name"] == "Not Contacted")
    rows = v8.rows("Leads", "Lead_Status", cvid=view["id"])
    assert rows
    assert {row["Lead_Status"] for row in rows} == {"Not Contacted"}
    answer = v8.get("Leads", fields="id", cvid=view["id"], sort_by="id")
    assert answer.json["code"] == "AMBIGUITY_DURING_PROCESSING"
    assert v8.get("Leads", fields="id", cvid="123").json["code"] == "INVALID_DATA"


def test_view_of_own_records_has_the_callers_records(api: Api) -> None:
    views = api.get("settings/custom_views", module="Leads").json["custom_views"]
    view = next(view for view in views if view["system_name"] == "MYVIEWS")
    owners = {row["Owner"]["id"] for row in api.rows("Leads", "Owner", cvid=view["id"])}
    assert owners == {next(iter(api.org.users))}


def test_list_by_ids_has_these_records(api: Api) -> None:
    ids = [row["id"] for row in api.rows("Leads", per_page=5)][1:4]
    assert [row["id"] for row in api.rows("Leads", ids=",".join(ids))] == ids
    assert api.get("Leads", fields="id", ids="abc").json["code"] == "UNABLE_TO_PARSE_DATA_TYPE"


def test_times_are_in_the_callers_zone(api: Api) -> None:
    lead = api.first_id("Leads")
    here = api.record("Leads", lead)["Created_Time"]
    api.caller.request("GET", "/crm/v8/org")
    user = next(iter(api.org.users.values()))
    user.time_zone = "Asia/Shanghai"
    there = api.record("Leads", lead)["Created_Time"]
    assert there.endswith("+08:00")
    assert here != there


def test_list_with_if_modified_since_has_changed_records(api: Api) -> None:
    lead = api.first_id("Leads")
    now = api.org.clock.iso("UTC")
    headers = {"If-Modified-Since": now}
    answer = api.get("Leads", fields="id", headers=headers)
    assert (answer.status_code, answer.data) == (304, b"")
    assert api.get(f"Leads/{lead}", headers=headers).status_code == 304
    api.org.clock.advance(5)
    api.put(f"Leads/{lead}", {"data": [{"City": "Bern"}]})
    answer = api.get("Leads", fields="id", headers=headers)
    assert [row["id"] for row in answer.json["data"]] == [lead]
    bad = api.get("Leads", fields="id", headers={"If-Modified-Since": "yesterday"})
    assert bad.status_code == 400


def test_record_is_returned_by_id(api: Api) -> None:
    lead = api.first_id("Leads")
    record = api.record("Leads", lead)
    assert record["id"] == lead
    assert set(record["Owner"]) == {"name", "id", "email"}
    assert ("$converted" in record) is api.is_v2
    assert ("Converted__s" in record) is not api.is_v2
    some = api.get(f"Leads/{lead}", fields="Email").json["data"][0]
    assert set(some) == {"id", "Email"}


def test_unknown_id_is_204_and_a_malformed_one_400(api: Api) -> None:
    assert api.get("Leads/3652397000009999999").status_code == 204
    answer = api.get("Leads/12ab")
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_DATA")
    if not api.is_v2:
        assert answer.json["details"] == {"resource_path_index": 1}


@pytest.mark.parametrize("module", ["leads", "Foo"])
def test_unknown_module_is_refused(api: Api, module: str) -> None:
    if api.is_v2:
        module = module.replace("leads", "leds")  # v2 ignores the case
    answer = api.get(module, fields="id")
    assert answer.status_code in (400, 404)
    assert answer.json["code"] in ("INVALID_MODULE", "INVALID_URL_PATTERN")
    assert api.get(f"{module}/123").status_code in (400, 404)


def test_subforms_are_in_single_records_and_in_lists_of_v2(v2: Api, v8: Api) -> None:
    quote = v8.first_id("Quotes")
    rows = v8.record("Quotes", quote)["Quoted_Items"]
    assert rows[0]["Product_Name"]["name"]
    assert "Quoted_Items" not in v8.rows("Quotes", "Subject,Quoted_Items")[0]
    old = v2.rows("Quotes", "")[0]
    assert old["Product_Details"][0]["product"]["name"]
    assert "Quoted_Items" not in old


def test_subform_module_can_be_listed(v8: Api) -> None:
    row = v8.rows("Quoted_Items", "Product_Name,Parent_Id,Quantity", per_page=1)[0]
    assert row["Parent_Id"]["id"]


@pytest.mark.slow
def test_v2_lists_all_activities_as_a_module(v2: Api, v8: Api) -> None:
    kinds = {row["Activity_Type"] for row in v2.get("Activities").json["data"]}
    assert kinds == {"Tasks", "Events", "Calls"}
    assert v8.get("Activities", fields="id").json["code"] == "INVALID_MODULE"


def test_activities_are_filtered_by_if_modified_since(v2: Api) -> None:
    now = v2.org.clock.iso()
    v2.org.clock.advance(5)
    task = v2.create("Tasks", Subject="Call")
    later = v2.org.clock.iso()

    changed = v2.get("Activities", headers={"If-Modified-Since": now})
    unchanged = v2.get("Activities", headers={"If-Modified-Since": later})

    assert [row["id"] for row in changed.json["data"]] == [task]
    assert unchanged.status_code == 304


def test_activities_hold_no_records_of_other_modules(v2: Api) -> None:
    lead, task = v2.first_id("Leads"), v2.first_id("Tasks")
    v2.caller.connect("ZohoCRM.modules.activities.READ")

    assert v2.get(f"Activities/{task}").status_code == 200
    assert v2.get(f"Activities/{lead}").status_code == 204


def test_only_administrators_list_notes(v8: Api) -> None:
    assert v8.rows("Notes", "Note_Title")
    other = next(
        user
        for user in v8.org.users.values()
        if v8.org.profiles[user.profile_id]["name"] != "Administrator"
        and user.status == "active"
        and user.confirmed
    )
    v8.caller.connect("ZohoCRM.modules.ALL", email=other.email)
    answer = v8.get("Notes", fields="id")
    assert (answer.status_code, answer.json["code"]) == (403, "NOT_SUPPORTED")


def test_rich_texts_are_truncated_in_lists(v8: Api) -> None:
    project = v8.create("Projects", Name="Long", Specification="x" * 900)
    assert len(v8.rows("Projects", "Specification", ids=project)[0]["Specification"]) == 500
    assert len(v8.record("Projects", project)["Specification"]) == 900
    full = v8.get(f"Projects/{project}/actions/fetch_full_data", fields="Specification")
    assert len(full.json["data"][0]["Specification"]) == 900
    many = v8.get("Projects/actions/fetch_full_data", ids=project, fields="Specification")
    assert len(many.json["data"][0]["Specification"]) == 900


def test_records_are_found_by_an_external_field(v8: Api) -> None:
    header = {"X-EXTERNAL": "Leads.External_Reference"}
    record = v8.get("Leads/REF-0003", headers=header).json["data"][0]
    assert record["External_Reference"] == "REF-0003"
    answer = v8.put("Leads/REF-0003", {"data": [{"City": "Bern"}]}, headers=header)
    assert answer.json["data"][0]["details"]["id"] == record["id"]
    bad = v8.get("Leads/x", headers={"X-EXTERNAL": "Leads.City"})
    assert bad.json["code"] == "INVALID_DATA"


def test_external_value_that_is_a_list_is_refused(v8: Api) -> None:
    body = {"data": [{"External_Reference": ["REF-0003"], "City": "Bern"}]}

    answer = v8.put("Leads", body, headers={"X-EXTERNAL": "Leads.External_Reference"})

    assert (answer.status_code, answer.json["data"][0]["code"]) == (400, "INVALID_DATA")


def test_page_token_of_another_order_is_refused(v8: Api) -> None:
    by_time = v8.get("Leads", fields="id", per_page=10, sort_by="Modified_Time")
    token = by_time.json["info"]["next_page_token"]

    answer = v8.get("Leads", fields="id", per_page=10, page_token=token)

    assert (answer.status_code, answer.json["code"]) == (400, "TOKEN_BOUND_DATA_MISMATCH")


def test_scope_of_another_module_is_refused(api: Api) -> None:
    api.caller.connect("ZohoCRM.modules.leads.READ")
    assert api.get("Leads", fields="id").status_code == 200
    answer = api.get("Contacts", fields="id")
    assert (answer.status_code, answer.json["code"]) == (401, "OAUTH_SCOPE_MISMATCH")
    assert api.post("Leads", {"data": [{"Last_Name": "X"}]}).status_code == 401
