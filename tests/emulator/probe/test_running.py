"""A run: refuses production, keeps its budget, removes what it made, and resumes."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.core.faults import Fault
from django_zcrm.emulator.probe import removal, running
from django_zcrm.emulator.probe.lab import NAMES, Lab
from django_zcrm.emulator.probe.registry import all_probes
from django_zcrm.emulator.probe.running import (
    JournalOfAnother,
    OrganisationUnread,
    ProductionRefused,
)
from tests.emulator.probe.sandbox import list_remains, make_emulator, probe, spent

Fact = dict[str, str]


@pytest.fixture
def emulator() -> Emulator:
    return make_emulator({})


def methods(emulator: Emulator) -> set[str]:
    return {
        entry.request.method for entry in emulator.zoho.log.all() if "/crm/" in entry.request.path
    }


def test_production_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    emulator = make_emulator({}, "production")

    with pytest.raises(ProductionRefused, match="--production"):
        probe(emulator, tmp_path / "journal")

    assert methods(emulator) == {"GET"}


def test_production_is_probed_when_that_is_wanted(tmp_path: Path) -> None:
    emulator = make_emulator({}, "production")

    outcome = probe(emulator, tmp_path / "journal", production=True, groups=["composite"])

    assert outcome.about == {
        "environment": "production",
        "edition": "Enterprise",
        "data_center": "eu",
    }
    assert {fact["verdict"] for fact in outcome.facts.values()} == {"confirmed"}


def test_run_of_one_group_asks_only_its_guesses(emulator: Emulator, tmp_path: Path) -> None:
    outcome = probe(emulator, tmp_path / "journal", groups=["coql"])

    assert set(outcome.facts) == {name for name in all_probes() if name.startswith("coql.")}


def test_run_with_small_budget_stops_asking_and_removes_all(
    emulator: Emulator, tmp_path: Path
) -> None:
    outcome = probe(emulator, tmp_path / "journal", budget=110)

    reasons = [fact.get("reason") for fact in outcome.facts.values()]
    assert reasons.count(running.OVER_BUDGET) > 10
    assert reasons.count(None) > 10
    assert spent(emulator) <= outcome.credits <= 110
    assert list_remains(emulator) == []


@pytest.mark.parametrize("after", [3, 25, 60, 85])
def test_interrupted_run_removes_all_and_resumes(
    after: int, emulator: Emulator, tmp_path: Path
) -> None:
    names: list[str] = []

    def interrupt(name: str, fact: Fact) -> None:
        names.append(name)
        if len(names) == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        probe(emulator, tmp_path / "journal", progress=interrupt)

    assert list_remains(emulator) == []
    outcome = probe(emulator, tmp_path / "journal", progress=interrupt)
    assert {fact["verdict"] for fact in outcome.facts.values()} == {"confirmed"}
    assert len(outcome.facts) == len(all_probes())
    # The one that was interrupted may run again, no other.
    assert len(names) <= len(all_probes()) + 1
    assert list_remains(emulator) == []


@pytest.mark.parametrize("before", ["Deals", "recycle_bin"])
def test_interrupted_removal_is_completed(
    before: str, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = removal._delete
    interrupted: list[str] = []

    def interrupt(lab: Lab, kind: str, ids: list[str]) -> bool:
        if kind == before and not interrupted:
            interrupted.append(kind)
            raise KeyboardInterrupt
        return delete(lab, kind, ids)

    monkeypatch.setattr(removal, "_delete", interrupt)
    with pytest.raises(KeyboardInterrupt):
        probe(emulator, tmp_path / "journal", groups=["records"])

    assert interrupted
    assert list_remains(emulator) == []


@pytest.mark.parametrize("loses_line", [False, True])
def test_next_run_removes_what_killed_run_left(
    loses_line: bool, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(name: str, fact: Fact) -> None:
        if name == "records.related-order":
            raise SystemExit

    journal = tmp_path / "journal"
    with monkeypatch.context() as patch:
        patch.setattr(running, "remove_all", lambda lab: [])
        with pytest.raises(SystemExit):
            probe(emulator, journal, progress=kill)
    assert "Leads" in list_remains(emulator)
    if loses_line:
        lines = journal.read_text().splitlines(keepends=True)
        rest = [line for line in lines if '"Contacts"' not in line]
        assert rest != lines
        journal.write_text("".join(rest)[:-9])

    outcome = probe(emulator, journal)

    assert outcome.remaining == []
    assert list_remains(emulator) == []


def test_next_run_with_no_credits_for_probes_removes_what_was_left(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = tmp_path / "journal"
    with monkeypatch.context() as patch:
        patch.setattr(running, "remove_all", lambda lab: ["Leads"])
        used = probe(emulator, journal, groups=["records"]).credits
    assert "Leads" in list_remains(emulator)

    outcome = probe(emulator, journal, budget=used + 60)

    assert outcome.remaining == []
    assert list_remains(emulator) == []


def test_next_run_without_any_credits_asks_for_more(emulator: Emulator, tmp_path: Path) -> None:
    used = probe(emulator, tmp_path / "journal", groups=["composite"]).credits

    with pytest.raises(OrganisationUnread, match="--budget"):
        probe(emulator, tmp_path / "journal", budget=used)


def test_organisation_that_cannot_be_read_is_an_error(emulator: Emulator, tmp_path: Path) -> None:
    emulator.zoho.faults.listed.append(Fault(path="/crm/v8/org", drop="before", times=None))

    with pytest.raises(OrganisationUnread, match="no answer came"):
        probe(emulator, tmp_path / "journal")


def test_journal_of_another_organisation_is_refused(emulator: Emulator, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    probe(emulator, journal, groups=["composite"])
    lines = journal.read_text().replace(f'"{emulator.zoho.organisation.id}"', '"7"')
    journal.write_text(lines)

    with pytest.raises(JournalOfAnother, match="another organisation"):
        probe(emulator, journal, groups=["coql"])

    assert journal.read_text().startswith(lines)


def test_what_cannot_be_removed_is_reported(emulator: Emulator, tmp_path: Path) -> None:
    refused = Fault(method="DELETE", path="/crm/v8/Products", code="NO_PERMISSION", times=None)
    emulator.zoho.faults.listed.append(refused)

    outcome = probe(emulator, tmp_path / "journal", groups=["records"])

    assert outcome.remaining == ["Products"]


@pytest.mark.parametrize("code", ["OAUTH_SCOPE_MISMATCH", "NO_PERMISSION", "INTERNAL_ERROR"])
def test_refusal_of_other_cause_settles_nothing(
    code: str, emulator: Emulator, tmp_path: Path
) -> None:
    emulator.zoho.faults.listed.append(Fault(path="/crm/*/coql", code=code, times=None))

    outcome = probe(emulator, tmp_path / "journal", groups=["coql"])

    assert {fact["verdict"] for fact in outcome.facts.values()} == {"unknown"}
    # Nothing is left, but without COQL the command cannot be sure.
    assert "Leads" in outcome.remaining
    assert list_remains(emulator) == []


def test_answer_of_no_known_kind_is_different(emulator: Emulator, tmp_path: Path) -> None:
    emulator.zoho.faults.listed.append(Fault(path="/crm/v99/*", code="GONE", status=410))

    facts = probe(emulator, tmp_path / "journal", groups=["admission"]).facts

    assert facts["admission.unknown-version"] == {"verdict": "different", "observed": "410 GONE"}


@pytest.mark.parametrize("damage", ["no zip", "contents"])
def test_bulk_read_whose_result_is_no_file_settles_nothing(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    download = Lab.download

    def fail(lab: Lab, path: str) -> bytes:
        content = download(lab, path)
        if damage == "no zip":
            return b"<html>"
        begin = 30 + len(content[30:].split(b".csv")[0]) + 4  # after the entry's header
        return content[:begin] + b"\xff" * 20 + content[begin + 20 :]

    monkeypatch.setattr(Lab, "download", fail)

    facts = probe(emulator, tmp_path / "journal", groups=["bulk"]).facts

    assert "not a ZIP file" in facts["bulk.row-order"]["reason"]


def test_probe_that_meets_an_odd_body_goes_on(emulator: Emulator, tmp_path: Path) -> None:
    odd = Fault(path="/crm/v8/settings/modules", status=200, body={"modules": [None]}, times=None)
    emulator.zoho.faults.listed.append(odd)

    facts = probe(emulator, tmp_path / "journal", groups=["records"]).facts

    assert facts["records.module-list"]["verdict"] == "unknown"
    assert sum(fact["verdict"] == "confirmed" for fact in facts.values()) == len(facts) - 1


def test_slow_search_index_is_waited_for(tmp_path: Path) -> None:
    emulator = make_emulator({"records.search-equals": "exact"})
    emulator.zoho.organisation.search_lag = 10

    facts = probe(emulator, tmp_path / "journal", groups=["records"]).facts

    assert facts["records.search-equals"]["behaviour"] == "exact"


def test_requests_of_a_probe_do_not_trigger_workflows(emulator: Emulator, tmp_path: Path) -> None:
    probe(emulator, tmp_path / "journal", groups=["records", "mirror"])

    bodies = [
        entry.request.get_data()
        for entry in emulator.zoho.log.all()
        if entry.request.method in ("POST", "PUT")
        and entry.request.path.rpartition("/")[2] in NAMES
    ]
    assert len(bodies) > 30
    # One body is half of one.
    assert [body for body in bodies if b'"trigger":[]' not in body] == [b'{"data":']
    deleted = [
        entry.request.args.get("wf_trigger")
        for entry in emulator.zoho.log.all()
        if entry.request.method == "DELETE" and entry.request.path.rpartition("/")[2] in NAMES
    ]
    assert set(deleted) == {"false"}


def test_lab_keeps_no_token_in_its_journal(emulator: Emulator, tmp_path: Path) -> None:
    probe(emulator, tmp_path / "journal")

    text = (tmp_path / "journal").read_text()
    assert "1000." not in text
