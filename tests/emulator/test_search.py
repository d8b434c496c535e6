"""Search and count."""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.seed.generated import generate
from tests.cases import check_each

from .api import Api


def lead(api: Api, **values: Any) -> str:
    return api.create("Leads", **{"Last_Name": "Ruiz", "Company": "Acme", **values})


LEADS = (
    {
        "Last_Name": "Searchable",
        "First_Name": "Ann",
        "Company": "ABC Inc",
        "Score": 10.0,
        "Email": "ann@search.example",
        "Phone": "+1 (555) 010-77",
        "Languages": ["English"],
        "Follow_Up_Date": "2025-05-01",
        "Email_Opt_Out": True,
        "Lead_Source": "Chat",
    },
    {
        "Last_Name": "Searchable",
        "First_Name": "Bob",
        "Company": "ABC",
        "Score": 20.0,
        "Languages": ["English", "German"],
        "Follow_Up_Date": "2025-06-01",
        "Demo_Scheduled_At": "2025-06-01T12:00:00+02:00",
        "Lead_Source": "Partner",
    },
    {
        "Last_Name": "Searchable",
        "First_Name": "Cleo",
        "Company": "Smith (UK), Ltd\\",
        "Score": 30.0,
        "Follow_Up_Date": "2025-07-01",
        "Description": "Wants tablets",
    },
)


def search_names(api: Api, **params: Any) -> set[str]:
    answer = api.get("Leads/search", **params)
    if answer.status_code == 204:
        assert answer.data == b""
        return set()
    assert answer.status_code == 200, answer.text
    return {row["First_Name"] for row in answer.json["data"]}


def make_api(api: Api) -> Api:
    assert api.post("Leads", {"data": list(LEADS)}).status_code == 201
    return api


def test_records_are_counted_by_post_too(v8: Api) -> None:
    lead(v8, Email="one@acme.example")
    answer = v8.post("Leads/actions/count", email="one@acme.example")
    assert answer.json == {"count": 1}
    assert v8.post("Leads/actions/count").json == v8.get("Leads/actions/count").json


@check_each(
    ("criteria", "names"),
    [
        ("(Company:equals:abc)", {"Ann", "Bob"}),
        ("(Company:not_equal:ABC)", {"Ann", "Cleo"}),
        ("(Company:starts_with:smith)", {"Cleo"}),
        ("(Company:in:ABC,ABC Inc)", {"Ann", "Bob"}),
        (r"(Company:equals:Smith \(UK\)\, Ltd\\)", {"Cleo"}),
        ("(Score:greater_than:10)", {"Bob", "Cleo"}),
        ("(Score:greater_equal:10)", {"Ann", "Bob", "Cleo"}),
        ("(Score:less_than:20)", {"Ann"}),
        ("(Score:between:15,25)", {"Bob"}),
        ("(Score:in:10,30)", {"Ann", "Cleo"}),
        ("(Follow_Up_Date:less_equal:2025-06-01)", {"Ann", "Bob"}),
        ("(Demo_Scheduled_At:equals:2025-06-01T10:00:00+00:00)", {"Bob"}),
        ("(Email_Opt_Out:equals:true)", {"Ann"}),
        ("(Email_Opt_Out:not_equal:true)", {"Bob", "Cleo"}),
        ("(Lead_Source:in:Chat,Partner)", {"Ann", "Bob"}),
        ("(Languages:equals:German)", {"Bob"}),
        ("(Languages:not_equal:German)", {"Ann", "Cleo"}),
        ("(Description:starts_with:wants)", {"Cleo"}),
        ("(Email:equals:ANN@search.example)", {"Ann"}),
        ("((Company:equals:ABC)and(Score:equals:20))", {"Bob"}),
        ("(Company:equals:ABC)and(Score:equals:20)", {"Bob"}),
        (
            "((First_Name:equals:Ann)or((Score:greater_than:25)and(Company:starts_with:S)))",
            {"Ann", "Cleo"},
        ),
    ],
)
def test_search_by_criteria_finds_the_matches(api: Api, criteria: str, names: set[str]) -> None:
    make_api(api)
    both = f"((Last_Name:equals:Searchable)and({criteria}))"
    assert search_names(api, criteria=both, fields="First_Name") == names


def test_criteria_on_lookups_and_owners(api: Api) -> None:
    contact = api.first_id("Contacts")
    manager = list(api.org.users)[1]
    api.create(
        "Leads",
        Last_Name="Owned",
        First_Name="Dan",
        Referred_By={"id": contact},
        Owner={"id": manager},
    )
    criteria = f"((Referred_By:equals:{contact})and(Owner:in:{manager},1))"
    assert search_names(api, criteria=criteria) == {"Dan"}


@check_each(
    "criteria",
    [
        "",
        "(Last_Name:equals:X",
        "((Last_Name:equals:X)",
        "(Last_Name:like:X)",
        "(Nope:equals:X)",
        "(Score:starts_with:1)",
        "(Score:equals:abc)",
        "(Follow_Up_Date:equals:yesterday)",
        "(Score:between:1)",
        "(Email_Opt_Out:equals:maybe)",
        "(Last_Name:equals:X)AND(Last_Name:equals:Y)",
        "(Last_Name:equals:a(b)",
        "()",
        "(Owner:equals:somebody)",
        "(Record_Image:equals:x)",
        "(Last_Name:equals:)",
        "(Score:in:1,)",
        "(id:starts_with:5)",
        "(id:equals:x)",
    ],
)
def test_search_with_invalid_criteria_is_refused(api: Api, criteria: str) -> None:
    answer = api.get("Leads/search", criteria=criteria)
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_QUERY"), answer.text
    assert answer.json["message"] == "Invalid query formed"


def test_search_with_too_many_criteria_is_refused(v2: Api, v8: Api) -> None:
    for api, limit in ((v2, 10), (v8, 15)):

        def criteria(count: int) -> str:
            return "and".join(["(Last_Name:equals:xyzzy)"] * count)

        assert api.get("Leads/search", criteria=criteria(limit)).status_code == 204
        answer = api.get("Leads/search", criteria=criteria(limit + 1))
        assert (answer.status_code, answer.json["code"]) == (400, "CRITERIA_LIMIT_EXCEEDED")
    values = ",".join(str(number) for number in range(101))
    answer = v8.get("Leads/search", criteria=f"(Score:in:{values})")
    assert answer.json["code"] == "LIMIT_EXCEEDED"


def test_search_by_email_phone_or_word_finds_the_matches(api: Api) -> None:
    make_api(api)
    assert search_names(api, email="Ann@search.example") == {"Ann"}
    assert search_names(api, phone="+155501077") == {"Ann"}
    assert search_names(api, word="tablets", fields="First_Name") >= {"Cleo"}
    assert search_names(api, word="searchab") == {"Ann", "Bob", "Cleo"}
    assert search_names(api, word="nowhere to be found") == set()


def test_search_with_several_parameters_uses_the_first(api: Api) -> None:
    make_api(api)
    assert search_names(api, word="Bob", email="ann@search.example") == {"Ann"}
    assert search_names(api, email="ann@search.example", criteria="(First_Name:equals:Bob)") >= {
        "Bob"
    }
    answer = api.get("Leads/search")
    assert (answer.status_code, answer.json["code"]) == (400, "EXPECTED_PARAM_MISSING")


@check_each("word", ["x", "a*b", "(x)", ""])
def test_search_with_an_invalid_word_is_refused(api: Api, word: str) -> None:
    answer = api.get("Leads/search", word=word)
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_DATA")


def test_search_in_a_module_without_search_is_refused(api: Api) -> None:
    assert api.get("Notes/search", word="abc").json["code"] == "NOT_SUPPORTED"


def test_search_reaches_two_thousand_records(api: Api) -> None:
    generate(api.org, "Leads", 2_300)
    criteria = "(Email:starts_with:person)"
    answer = api.get("Leads/search", criteria=criteria, page=10, fields="Email")
    assert answer.json["info"]["more_records"] is True
    answer = api.get("Leads/search", criteria=criteria, page=11)
    assert (answer.status_code, answer.json["code"]) == (400, "LIMIT_REACHED")


def test_search_finds_changed_records_by_new_values(api: Api) -> None:
    lead = api.create("Leads", Last_Name="Before", First_Name="Eve", Email="old@search.example")
    assert search_names(api, word="before") == {"Eve"}
    assert search_names(api, email="old@search.example") == {"Eve"}
    api.put(f"Leads/{lead}", {"data": [{"Last_Name": "Later", "Email": "new@search.example"}]})
    assert search_names(api, word="before") == set()
    assert search_names(api, email="old@search.example") == set()
    assert search_names(api, email="new@search.example") == {"Eve"}
    api.delete(f"Leads/{lead}")
    assert search_names(api, word="later") == set()


def test_tags_are_searched_by_name(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="Tagged", First_Name="Fay", Tag=[{"name": "Special"}])
    assert search_names(v8, criteria="(Tag:equals:special)") == {"Fay"}
    assert v8.record("Leads", lead)["Tag"][0]["name"] == "Special"


def test_count_matches_the_criteria(api: Api) -> None:
    make_api(api)

    def count(**params: Any) -> object:
        return api.get("Leads/actions/count", **params).json

    assert count() == {"count": 75}
    assert count(criteria="(Last_Name:equals:Searchable)") == {"count": 3}
    assert count(email="ann@search.example") == {"count": 1}
    assert count(word="nowhere to be found") == {"count": 0}
    view = api.get("settings/custom_views", module="Leads").json["custom_views"][0]["id"]
    assert count(cvid=view) == {"count": 75}
    answer = api.get("Leads/actions/count", cvid=view, word="abc")
    assert answer.json["code"] == "AMBIGUITY_DURING_PROCESSING"
