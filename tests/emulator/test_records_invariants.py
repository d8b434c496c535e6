"""Whatever is done in whatever order: what was made is found until it is deleted."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from .api import Api

names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=10)


class Records(RuleBasedStateMachine):
    """Random operations on the leads of an empty organisation, beside a plain model of them."""

    leads = Bundle("leads")
    binned = Bundle("binned")

    def __init__(self) -> None:
        super().__init__()
        self.api = Api("v8", data="empty")
        self.model: dict[str, dict[str, Any]] = {}
        self.deleted: set[str] = set()
        self.in_bin: set[str] = set()
        self.seen: set[str] = set()

    def learn(self, record_id: str, **values: Any) -> str:
        assert record_id not in self.seen
        self.seen.add(record_id)
        self.model[record_id] = values
        return record_id

    @rule(target=leads, name=names)
    def create(self, name: str) -> str:
        return self.learn(self.api.create("Leads", Last_Name=name), Last_Name=name)

    @rule(target=leads, name=names, address=st.sampled_from(["a", "b", "c"]))
    def upsert(self, name: str, address: str) -> str:
        email = f"{address}@example.com"
        answer = self.api.post("Leads/upsert", {"data": [{"Last_Name": name, "Email": email}]})
        item = answer.json["data"][0]
        record_id = str(item["details"]["id"])
        known = [one for one, values in self.model.items() if values.get("Email") == email]
        if item["action"] == "insert":
            assert known == []
            return self.learn(record_id, Last_Name=name, Email=email)
        assert known == [record_id]
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
        assert (answer.status_code == 201) is (lead in self.model)
        if lead in self.model:
            name = self.model[lead]["Last_Name"]
            self.learn(answer.json["data"][0]["details"]["id"], Last_Name=name)

    @rule(target=binned, lead=consumes(leads))
    def delete(self, lead: str) -> str:
        answer = self.api.delete(f"Leads/{lead}")
        assert (answer.status_code == 200) is (lead in self.model)
        if self.model.pop(lead, None) is not None:
            self.deleted.add(lead)
            self.in_bin.add(lead)
        return lead

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
        shown = {
            row["id"]: {name: row[name] for name in ("Last_Name", "Email") if row[name]}
            for row in rows
        }
        assert shown == self.model
        assert self.api.get("Leads/actions/count").json == {"count": len(self.model)}

    @invariant()
    def the_list_of_deleted_records_is_complete(self) -> None:
        answer = self.api.get("Leads/deleted", type="all")
        rows = answer.json["data"] if answer.status_code == 200 else []
        assert {row["id"] for row in rows} == self.deleted

    @invariant()
    def names_are_found(self) -> None:
        for values in list(self.model.values())[:1]:
            name = values["Last_Name"]
            rows = self.api.rows("Leads/search", criteria=f"(Last_Name:in:{name})")
            folded = name.casefold()
            wanted = {
                record_id
                for record_id, one in self.model.items()
                if one["Last_Name"].casefold() == folded
            }
            assert {row["id"] for row in rows} == wanted


Records.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestRecords = Records.TestCase
