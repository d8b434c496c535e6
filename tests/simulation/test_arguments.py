"""Invalid arguments of `simulate` and `replay` raise errors that name them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from django_zcrm.exceptions import ConfigurationError
from django_zcrm.mirror.models import MirrorModel
from django_zcrm.testing.simulation import History, Step, replay, simulate
from django_zcrm.testing.simulation.simulation import Simulation
from tests.mirror.shop.models import Account, Contact, Deal, Lead


class Row(MirrorModel):
    class Meta:
        abstract = True


def decide(field: str, base: Any, local: Any) -> Any:
    return local


@pytest.mark.parametrize(
    ("models", "error", "text"),
    [
        ([], ValueError, "models is empty: pass the mirrored models to simulate"),
        (Lead, TypeError, "models is .*Lead.*: pass a list of mirrored models"),
        ({Lead}, TypeError, "models is .*Lead.*: pass a list of mirrored models"),
        ("shop.Lead", TypeError, "models is 'shop.Lead': pass a list"),
        (["shop.Lead"], TypeError, "models has 'shop.Lead', which is not a subclass"),
        ([User], TypeError, "models has .*User.*, which is not a subclass of MirrorModel"),
        ([Deal], TypeError, "models has .*Deal.*, which is not a subclass of MirrorModel"),
        ([Row], TypeError, "models has Row, an abstract or proxy model"),
        ([Contact], LookupError, "Contact.account refers to Account: add this model to models"),
    ],
)
def test_wrong_models_raise_error(models: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        simulate(models)


def test_proxy_raises_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lead._meta, "proxy", True)

    with pytest.raises(TypeError, match="models has Lead, an abstract or proxy model"):
        simulate([Lead])


def test_model_passed_twice_is_simulated_once() -> None:
    assert Simulation([Lead, Lead]).models == [Lead]


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"seeds": 0}, ValueError, "seeds must be at least 1, not 0"),
        ({"seeds": "10"}, TypeError, "seeds must be an integer, not '10'"),
        ({"first": -1}, ValueError, "first must be at least 1, not -1"),
        ({"steps": True}, TypeError, "steps must be an integer, not True"),
        ({"conflict": "zohowins"}, ValueError, "conflict is 'zohowins': use one of zoho_wins, "),
        ({"conflict": 7}, TypeError, "conflict is 7: use one of zoho_wins, "),
        ({"conflict": decide}, TypeError, r"conflict cannot be called with \(field, base, local"),
    ],
)
def test_wrong_argument_raises_error(
    arguments: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        simulate([Lead], **arguments)


@pytest.mark.parametrize(
    ("history", "text"),
    [
        (History(1, (1,)), r"positions \(1,\), and models has 1: pass the models of the call"),
        (History(1, ()), r"positions \(\), and models has 1"),
        (History(1, (0,), (Step(3, "dance"),)), "step 3 is of the unknown kind 'dance': use one"),
        (
            History(1, (0,), (Step(4, "work", {"workers": [{}], "meanwhile": [("sing", {})]}),)),
            "step 4 is of the unknown kind 'sing'",
        ),
    ],
)
def test_history_that_does_not_fit_raises_error(history: History, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        replay([Lead], history)


def test_targets_of_targets_are_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = Simulation([Account, Contact, Lead])
    targets = {Lead: Contact, Contact: Account, Account: Account}
    monkeypatch.setattr(
        "django_zcrm.testing.simulation.simulation.columns_of",
        lambda model: [type("Column", (), {"to": targets[model]})],
    )

    assert simulation._with_targets([2]) == [Account, Contact, Lead]


@pytest.mark.parametrize(
    ("zoho_name", "column", "text"),
    [
        ("Website", {"max_length": 20}, "Lead.company .* max_length is 20, and its values need 25"),
        ("Demo_Scheduled_At", {}, "Lead.company .* use a DateTimeField for a datetime of Zoho"),
        ("Record_Image", {}, "Lead.company .* no values for Zoho's type"),
    ],
)
def test_text_column_that_cannot_be_filled_raises_error(
    zoho_name: str,
    column: dict[str, Any],
    text: str,
    declare: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in column.items():
        monkeypatch.setattr(Lead._meta.get_field("company"), name, value)
    declare(Lead, fields={"name": "Last_Name", "company": zoho_name}, push=["company"], match_on="")

    with pytest.raises(TypeError, match=text):
        simulate([Lead])


def test_number_column_with_few_digits_raises_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lead._meta.get_field("revenue"), "max_digits", 5)

    with pytest.raises(TypeError, match=r"Lead.revenue .* max_digits is 5, and its values need 6"):
        simulate([Lead])


@pytest.mark.parametrize("fields", [{"name": "Hue__c"}, {"name": "Last_Name"}])
def test_unknown_field_raises_error_with_hint(
    fields: dict[str, str], declare: Callable[..., None]
) -> None:
    declare(Lead, fields=fields, push=["name"], match_on="Hue__c")

    with pytest.raises(LookupError, match=r"no field Hue__c of Leads: .* as metadata=FILE"):
        simulate([Lead])


def test_models_of_the_site_and_of_owners_raise_error(declare: Callable[..., None]) -> None:
    declare(Lead, connections="site")
    declare(Account, connections="owners")

    with pytest.raises(ConfigurationError, match="models has some with the option connections"):
        simulate([Account, Lead])
