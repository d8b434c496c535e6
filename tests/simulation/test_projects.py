"""Models, fields and tables as projects have them, and errors of their code."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import models

from django_zcrm.exceptions import ConfigurationError
from django_zcrm.testing.simulation import History, Step, Violation, replay, simulate
from django_zcrm.testing.simulation.database import find_needed_models
from django_zcrm.testing.simulation.running import explain
from django_zcrm.testing.simulation.scheduler import EndlessLoop
from django_zcrm.testing.simulation.simulation import Simulation, keep_larger
from django_zcrm.testing.simulation.world import create_owner
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Declare = Callable[..., None]

WORK: tuple[str, dict[str, Any]] = ("work", {"workers": [{}]})


def play(*steps: tuple[str, dict[str, Any]], model: Any = Lead, **setup: Any) -> str:
    """Play a history of a model, and return its trace."""
    numbered = (Step(number, *step) for number, step in enumerate(steps, 1))
    options = {name: setup.pop(name) for name in ("metadata",) if name in setup}
    return "\n".join(replay([model], History(1, (0,), tuple(numbered), **setup), **options))


def at(kind: str, pick: int = 0, field: int = 0) -> tuple[str, dict[str, Any]]:
    """Return a step that picks a row or record, and a field."""
    return kind, {"pick": pick, "field": field}


LOCAL = tuple(
    at(kind, 3)
    for kind in ("create", "create_matched", "edit", "edit_stale", "push", "rollback", "delete")
)
ZOHO = (at("zoho_edit"), at("zoho_bulk"), at("zoho_create"), ("wait", {"seconds": 400}), WORK)


def test_rows_of_model_without_push_are_not_changed(declare: Declare) -> None:
    declare(Lead, push=[])

    trace = play(*ZOHO, *LOCAL, *ZOHO, records=2)

    assert "zoho wrote Leads" in trace
    assert "a user saved" not in trace


@pytest.mark.parametrize(
    "options",
    [
        {"push": []},
        {"fields": {"owner_id_in_zoho": "Owner"}, "push": [], "match_on": ""},
        {"fields": {"name": "Last_Name", "source": "Lead_Source"}, "push": ["source"]},
        {"connections": "site"},
        {"connections": "owners"},
    ],
)
def test_histories_of_projects_models_have_no_violations(
    options: dict[str, Any], declare: Declare
) -> None:
    declare(Lead, **{"match_on": "", **options})

    assert simulate([Lead], seeds=3, steps=15).histories == 3


def test_records_of_model_without_free_fields_are_mirrored(declare: Declare) -> None:
    declare(Lead, fields={"owner_id_in_zoho": "Owner"}, push=[], match_on="")

    assert "zoho wrote Leads" in play(*ZOHO, records=1)


def test_rows_of_model_that_pushes_only_lookups_are_related(declare: Declare) -> None:
    declare(Account, push=["parent"])

    trace = play(*ZOHO, *LOCAL[:-1], at("relate", 1), WORK, model=Account, records=2)

    assert "PUT /crm/v8/Accounts -> 200" in trace


@pytest.mark.parametrize(
    ("zoho_name", "value"),
    [
        ("Website", "https://v1002.example.com"),
        ("Secondary_Email", "v1002@example.com"),
        ("Mobile", "v1002"),
        ("Founded__c", "2003-09-30"),
    ],
)
def test_text_column_has_values_of_the_type_in_zoho(
    zoho_name: str, value: str, declare: Declare, tmp_path: Path
) -> None:
    path = write_metadata(tmp_path, {"api_name": "Founded__c", "data_type": "date"})
    declare(Lead, fields={"name": "Last_Name", "company": zoho_name}, push=["company"], match_on="")

    changes = at("edit", 0), WORK, at("zoho_edit", 0, 1), at("create"), WORK, *ZOHO
    trace = play(*changes, records=1, metadata=path)

    assert value in trace
    assert "PUT /crm/v8/Leads -> 200" in trace


def write_metadata(folder: Path, *fields: dict[str, Any]) -> Path:
    """Write a file of metadata with fields of leads."""
    path = folder / "organisation.json"
    path.write_text(json.dumps({"fields": {"Leads": fields}}))
    return path


def test_custom_field_in_metadata_is_simulated(declare: Declare, tmp_path: Path) -> None:
    declare(Lead, fields={"name": "Last_Name", "company": "Region__c"}, push=["company"])
    path = write_metadata(
        tmp_path, {"api_name": "Region__c", "data_type": "text", "custom_field": True}
    )

    assert simulate([Lead], seeds=2, steps=10, metadata=path).histories == 2
    assert "Region__c" in str(Simulation([Lead], metadata=path)._shapes_of([Lead]))


def test_refused_records_raise_error(declare: Declare, tmp_path: Path) -> None:
    # A text, as the simulation takes it to be, in a field of numbers.
    declare(Lead, fields={"name": "Last_Name", "company": "No_of_Employees"}, push=[])

    with pytest.raises(LookupError, match=r"refuses the simulated records of Leads: .*No_of_Emp"):
        play(records=1)


# Errors of the code


def test_error_in_a_history_is_a_violation_with_the_history(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = TypeError("broken")

    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr("django_zcrm.testing.simulation.actions.run_due", fail)

    with pytest.raises(Violation, match=r"no errors: TypeError: broken\nThe shortest") as caught:
        simulate([Account, Contact], seeds=1, first=3, steps=5, conflict=keep_larger)

    assert caught.value.__cause__ is error
    text = str(caught.value)
    assert "of seed 3, with 0 steps:" in text
    assert "  from tests.mirror.shop.models import Account, Contact\n" in text
    assert "  from django_zcrm.testing.simulation.simulation import keep_larger\n" in text
    assert "  replay([Account, Contact], History(3, (" in text
    assert text.endswith("conflict=keep_larger)")


def test_violation_that_does_not_occur_again_is_reported_with_its_trace() -> None:
    simulation = Simulation([Lead])
    with simulation.installed():
        outcome = simulation.play(History(1, (0,), records=1))
        outcome.violation = Violation("equality", "phone")
        violation = explain(simulation, outcome)

    assert "Played again, the history has no violation. The history of seed 1" in str(violation)


def test_endless_loop_is_a_violation_of_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    def loop(*args: Any) -> None:
        raise EndlessLoop

    simulation = Simulation([Lead])
    monkeypatch.setattr(simulation.world, "begin", loop)
    with simulation.installed():
        violation = simulation.play(History(1, (0,))).violation

    assert violation is not None
    assert violation.invariant == "progress"


# Tables


def break_table(model: type[models.Model], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a column the type of an array, which SQLite does not have."""
    monkeypatch.setattr(model._meta.get_field(name), "db_type", lambda connection: "varchar(9)[]")


def test_table_that_no_simulated_model_needs_may_be_impossible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_table(Contact, "last_name", monkeypatch)

    trace = play(at("zoho_create"), *ZOHO, at("delete"), WORK, model=Account)

    assert "DELETE /crm/v8/Accounts" in trace


def test_needed_table_that_is_impossible_raises_error(monkeypatch: pytest.MonkeyPatch) -> None:
    break_table(Account, "name", monkeypatch)

    with pytest.raises(
        ConfigurationError, match=r"the table of mirror_shop\.Account, which SQLite"
    ):
        simulate([Account, Contact])


def test_index_that_is_impossible_raises_error(monkeypatch: pytest.MonkeyPatch) -> None:
    index = models.Index(fields=["name"], name="lead_gin")
    monkeypatch.setattr(index, "create_sql", lambda *args, **kw: "CREATE INDEX a USING gin (b)")
    monkeypatch.setattr(Lead._meta, "indexes", [index])

    with pytest.raises(ConfigurationError, match=r'shop\.Lead, .* near "USING": syntax error'):
        simulate([Lead])
    assert simulate([Account], seeds=1, steps=3).histories == 1


def test_needed_tables_are_those_to_which_the_models_refer() -> None:
    needed = find_needed_models([Contact])

    assert {Account, Contact} <= needed
    assert Lead not in needed


# Owners


def test_owner_of_another_model_has_the_name_in_its_texts() -> None:
    assert str(create_owner(Group, "second")) == "second"


def test_owner_that_cannot_be_created_raises_error() -> None:
    create = partial(create_owner, Permission, "second")

    with pytest.raises(ConfigurationError, match=r"cannot create a auth\.Permission, which owns"):
        create()
