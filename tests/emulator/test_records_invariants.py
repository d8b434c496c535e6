"""Whatever is done in whatever order: what was created is found until it is deleted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)

from .api import Api
from .caller import ALL_SCOPES

Leads = dict[str, dict[str, Any]]
"""What is known about leads, by id."""

names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=10)
SCOPES = f"{ALL_SCOPES},ZohoCRM.composite_requests.CUSTOM"


class Records(RuleBasedStateMachine):
    """Random operations on the leads of an empty organisation, compared with a simple model."""

    leads = Bundle("leads")
    binned = Bundle("binned")

    def __init__(self) -> None:
        super().__init__()
        self.api = Api("v8", data="empty")
        self.api.caller.connect(SCOPES)
        self.model: Leads = {}
        self.gone: dict[str, tuple[Leads, dict[str, Any]]] = {}
        self.deleted: set[str] = set()
        self.in_bin: set[str] = set()
        self.converted: Leads = {}
        self.seen: set[str] = set()

    def learn(self, record_id: str, **values: Any) -> str:
        assert record_id not in self.seen
        self.seen.add(record_id)
        self.model[record_id] = values
        return record_id

    @rule(target=leads, name=names)
    def create(self, name: str) -> str:
        return self.learn(self.api.create("Leads", Last_Name=name), Last_Name=name)

    @rule(target=leads, some=st.lists(st.one_of(names, st.none()), min_size=1, max_size=5))
    def create_several(self, some: list[str | None]) -> MultipleResults[str]:
        """Records without a name are refused; the others are created nevertheless."""
        answer = self.api.post("Leads", {"data": [{"Last_Name": name} for name in some]})
        made: list[str] = []
        for name, item in zip(some, answer.json["data"], strict=True):
            assert (item["status"] == "success") is (name is not None)
            if name is not None:
                made.append(self.learn(item["details"]["id"], Last_Name=name))
        assert answer.status_code == (201 if len(made) == len(some) else 207 if made else 400)
        return multiple(*made)

    @rule(name=names)
    def create_and_roll_back(self, name: str) -> None:
        """The second part of a composite request fails, so that the first leaves no trace."""
        parts = [
            {"method": "POST", "uri": "/crm/v8/Leads", "body": {"data": [values]}}
            for values in ({"Last_Name": name}, {"Company": "nameless"})
        ]
        body = {"rollback_on_fail": True, "__composite_requests": parts}
        first = self.api.post("__composite_requests", body).json["__composite_requests"][0]
        assert first["code"] == "ROLLBACK_PERFORMED"

    @rule(target=leads, name=names, address=st.sampled_from(["a", "b", "c"]))
    def upsert(self, name: str, address: str) -> str:
        email = f"{address}@example.com"
        answer = self.api.post("Leads/upsert", {"data": [{"Last_Name": name, "Email": email}]})
        item = answer.json["data"][0]
        record_id = str(item["details"]["id"])
        known = [
            record_id for record_id, values in self.model.items() if values.get("Email") == email
        ]
        if item["action"] == "insert":
            assert known == []
            return self.learn(record_id, Last_Name=name, Email=email)
        assert record_id in known, "one of them: what was restored may double an address"
        self.model[record_id]["Last_Name"] = name
        return record_id

    @rule(lead=leads, name=names)
    def update(self, lead: str, name: str) -> None:
        answer = self.api.put(f"Leads/{lead}", {"data": [{"Last_Name": name}]})
        assert (answer.status_code == 200) is (lead in self.model)
        if lead in self.model:
            self.model[lead]["Last_Name"] = name

    @rule(lead=leads)
    def clone(self, lead: str) -> None:
        answer = self.api.post(f"Leads/{lead}/actions/clone", {"data": [{"Email": None}]})
        assert (answer.status_code == 201) is self.is_there(lead)
        if self.is_there(lead):
            name = (self.model.get(lead) or self.converted[lead])["Last_Name"]
            self.learn(answer.json["data"][0]["details"]["id"], Last_Name=name)

    @rule(lead=consumes(leads))
    def convert(self, lead: str) -> None:
        answer = self.api.post(f"Leads/{lead}/actions/convert", {"data": [{}]})
        assert (answer.status_code == 200) is (lead in self.model)
        if lead in self.model:
            self.converted[lead] = self.model.pop(lead)
            became = answer.json["data"][0]["details"]
            new = {each["id"] for each in became.values() if each}
            assert new
            assert not new & self.seen
            self.seen |= new

    @rule(target=binned, lead=consumes(leads))
    def delete(self, lead: str) -> str:
        answer = self.api.delete(f"Leads/{lead}")
        assert (answer.status_code == 200) is self.is_there(lead)
        self.forget(lead)
        return lead

    @rule(target=binned, first=consumes(leads), second=consumes(leads))
    def delete_two(self, first: str, second: str) -> MultipleResults[str]:
        known = [self.is_there(first), self.is_there(second) and second != first]
        answer = self.api.delete("Leads", ids=f"{first},{second}")
        assert [item["status"] == "success" for item in answer.json["data"]] == known
        self.forget(first)
        self.forget(second)
        return multiple(first, second)

    def is_there(self, lead: str) -> bool:
        return lead in self.model or lead in self.converted

    def forget(self, lead: str) -> None:
        for home in (self.model, self.converted):
            if lead not in home:
                continue
            self.gone[lead] = (home, home.pop(lead))
            self.deleted.add(lead)
            self.in_bin.add(lead)

    @rule(target=leads, lead=consumes(binned))
    def restore(self, lead: str) -> MultipleResults[str]:
        answer = self.api.post(f"settings/recycle_bin/{lead}/actions/restore")
        assert (answer.status_code == 200) is (lead in self.in_bin)
        if lead not in self.in_bin:
            return multiple()
        self.in_bin.discard(lead)
        self.deleted.discard(lead)
        home, values = self.gone.pop(lead)
        home[lead] = values
        return multiple(lead)

    @rule(lead=consumes(binned))
    def delete_for_good(self, lead: str) -> None:
        answer = self.api.delete(f"settings/recycle_bin/{lead}")
        assert answer.status_code == (200 if lead in self.in_bin else 400)
        self.in_bin.discard(lead)

    @rule(field=st.sampled_from(["id", "Created_Time", "Modified_Time"]), size=st.integers(1, 5))
    def walk(self, field: str, size: int) -> None:
        seen: list[str] = []
        token: dict[str, str] = {}
        while True:
            params: dict[str, Any] = {"fields": "id", "per_page": size, "sort_by": field, **token}
            answer = self.api.get("Leads", **params)
            if answer.status_code == 204:
                break
            seen += [row["id"] for row in answer.json["data"]]
            if not answer.json["info"]["more_records"]:
                break
            token = {"page_token": answer.json["info"]["next_page_token"]}
        assert sorted(seen) == sorted(self.model)

    @invariant()
    def lists_and_counts_agree(self) -> None:
        rows = self.api.rows("Leads", "Last_Name,Email")
        listed = {
            row["id"]: {name: row[name] for name in ("Last_Name", "Email") if row[name]}
            for row in rows
        }
        assert listed == self.model
        assert self.api.get("Leads/actions/count").json == {"count": len(self.model)}
        converted = self.api.rows("Leads", converted="true")
        assert {row["id"] for row in converted} == set(self.converted)

    @invariant()
    def queries_find_the_same(self) -> None:
        text = "select Last_Name from Leads where id is not null order by id limit 200"
        answer = self.api.post("coql", {"select_query": text})
        rows = answer.json["data"] if answer.status_code == 200 else []
        assert {row["id"]: row["Last_Name"] for row in rows} == {
            lead: values["Last_Name"] for lead, values in self.model.items()
        }

    @invariant()
    def each_is_found_by_its_id_until_it_is_converted_or_deleted(self) -> None:
        for lead in [*self.model, *self.converted, *self.deleted]:
            answer = self.api.get(f"Leads/{lead}", fields="Last_Name")
            assert (answer.status_code == 200) is (lead in self.model)
        for lead in [*self.converted, *self.deleted]:
            answer = self.api.get(f"Leads/{lead}", fields="Last_Name", converted="true")
            assert (answer.status_code == 200) is self.is_there(lead)

    @invariant()
    def the_lists_of_deleted_records_are_complete(self) -> None:
        kinds = {
            "all": self.deleted,
            "recycle": self.in_bin,
            "permanent": self.deleted - self.in_bin,
        }
        for kind, expected in kinds.items():
            answer = self.api.get("Leads/deleted", type=kind)
            rows = answer.json["data"] if answer.status_code == 200 else []
            assert sorted(row["id"] for row in rows) == sorted(expected)

    @invariant()
    def names_are_found(self) -> None:
        for values in list(self.model.values())[:1]:
            name = values["Last_Name"]
            rows = self.api.rows("Leads/search", criteria=f"(Last_Name:in:{name})")
            folded = name.casefold()
            expected = {
                record_id
                for record_id, values in self.model.items()
                if values["Last_Name"].casefold() == folded
            }
            assert {row["id"] for row in rows} == expected


Records.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestRecords = pytest.mark.slow(Records.TestCase)
