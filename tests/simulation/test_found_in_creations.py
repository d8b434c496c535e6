"""Histories that once violated an invariant while rows of the site were created in Zoho."""

from __future__ import annotations

import pytest

from django_zcrm.testing.simulation import History, Step, replay
from tests.mirror.shop.models import Account, Contact, Lead
from tests.simulation.traces import of_step

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_record_of_creation_in_doubt_that_returns_with_other_values_is_in_conflict() -> None:
    # A worker's clock is an hour ahead, so the creation is in doubt although a poll has linked its
    # record. Zoho changes and deletes the record before the check, and restores it after that.
    history = History(
        4000429,
        (1,),
        (
            Step(17, "create", {"pick": 304, "field": 86}),
            Step(30, "work", {"workers": [{"skew": 3600.0}, {}], "faults": 0.0}),
            Step(32, "zoho_edit", {"pick": 385, "field": 0}),
            Step(33, "wait", {"seconds": 3700}),
            Step(34, "zoho_delete", {"pick": 639, "field": 55}),
            Step(36, "work", {"workers": [{}], "faults": 0.0}),
            Step(39, "zoho_restore", {"pick": 941, "field": 26}),
        ),
    )

    trace = replay([Account, Lead], history)

    authors = [line.split()[0] for line in trace if " wrote Leads" in line]
    assert authors == ["site", "zoho", "zoho"]
    assert "worker2: POST /crm/v8/Leads/upsert -> 200" in of_step(trace, 30)
    assert "zoho deleted Leads" in of_step(trace, 34)
    # One read finds no record of the creation in doubt, the other no changes.
    assert of_step(trace, 36).count("POST /crm/v8/coql -> 204") == 2
    assert "zoho wrote Leads" in of_step(trace, 39)


def test_record_changed_after_creation_in_doubt_of_clock_ahead_is_in_conflict() -> None:
    # The worker with the wrong clock loses the database before it stores the response. All its
    # times are in the future, so none shows that the request came before the change in Zoho.
    history = History(
        960002505,
        (1, 2),
        (
            Step(21, "reconnect", {"pick": 484, "field": 78}),
            Step(
                41,
                "work",
                {
                    "workers": [{"skew": 0}],
                    "faults": 0.5,
                    "meanwhile": [
                        ("edit_invalid", {"pick": 785, "field": 94}),
                        ("zoho_remove_field", {"pick": 741, "field": 78}),
                    ],
                },
            ),
            Step(
                43,
                "work",
                {
                    "workers": [{"skew": 3600.0}],
                    "database": 0.1,
                    "meanwhile": [("create", {"pick": 412, "field": 78})],
                },
            ),
            Step(48, "zoho_edit", {"pick": 92, "field": 22}),
        ),
    )

    trace = replay([Account, Contact, Lead], history)

    sent = of_step(trace, 43).partition("worker1: POST /crm/v8/Contacts/upsert -> 200")[2]
    assert "worker1: Contacts failed: OperationalError" in sent
    authors = [line.split()[0] for line in trace if " wrote Contacts" in line]
    assert authors == ["site", "zoho"]


def test_creation_of_which_zoho_ignored_a_value_may_be_sent_again() -> None:
    workers = [{"skew": 0}, {"skew": 0, "delay": 70.0}]
    history = History(
        1310000208,
        (0,),
        (
            Step(33, "zoho_remove_field", {"pick": 960, "field": 13}),
            Step(38, "create", {"pick": 700, "field": 62}),
            Step(39, "work", {"workers": workers, "faults": 0.5}),
        ),
    )

    trace = replay([Account, Contact, Lead], history)

    assert "POST /crm/v8/Accounts -> 201 (lost response)" in of_step(trace, 39)
    assert "POST /crm/v8/Accounts -> 201" in of_step(trace, "quiet")


def test_creation_by_a_clock_ahead_is_not_sent_again_while_its_request_is_under_way() -> None:
    # The first worker stands still before it sends. The second one, whose clock is ahead, takes its
    # lease, and puts the check of the creation off to a time that the third one corrects.
    workers = [
        {"skew": 0, "freeze": 12},
        {"skew": 3600.0, "delay": 5.0},
        {"skew": -35.0, "delay": 10.0},
    ]
    history = History(
        1,
        (0,),
        (Step(1, "create", {"pick": 0, "field": 1}), Step(6, "work", {"workers": workers})),
    )

    trace = replay([Account, Contact, Lead], history)

    waiting, _, sent = of_step(trace, 6).partition("site wrote Accounts")
    assert "worker2: " in waiting
    assert "worker3: " in waiting
    assert "worker1: POST /crm/v8/Accounts -> 201" in sent


@pytest.mark.parametrize(
    ("step", "happened"),
    [
        (Step(38, "zoho_edit", {"pick": 298, "field": 30}), "zoho wrote Leads"),
        (Step(38, "zoho_delete", {"pick": 298, "field": 30}), "zoho deleted Leads"),
    ],
)
def test_creation_in_doubt_fails_if_its_match_value_went_to_another_row(
    step: Step, happened: str
) -> None:
    # The worker is killed before it stores the response. A user creates a second lead with the same
    # email, and Zoho's users delete the record of the first one or change its email: a search by
    # the email then finds the record of the second lead.
    history = History(
        94009504,
        (1,),
        (
            Step(15, "create", {"pick": 453, "field": 47}),
            Step(18, "work", {"workers": [{"kill": 22}], "faults": 0.0}),
            Step(22, "create_matched", {"pick": 247, "field": 17}),
            step,
        ),
    )

    trace = replay([Account, Lead], history)

    assert "worker1 ended: ProcessKilled()" in of_step(trace, 18)
    match = "'email': 'v1003@example.com'"
    assert match in of_step(trace, 22)
    assert happened in of_step(trace, 38)
    assert "site wrote Leads" in of_step(trace, "quiet")
    assert match in of_step(trace, "quiet")


def test_creation_that_was_sent_twice_fails_if_its_last_response_is_lost() -> None:
    # Zoho shows new records late, and a worker whose clock is an hour ahead looks for the record of
    # the lost response too early. After the second lost response there are two records.
    history = History(
        40,
        (1,),
        (
            Step(1, "create", {"pick": 0, "field": 1}),
            Step(2, "work", {"workers": [{}], "faults": 0.3}),
            Step(3, "work", {"workers": [{"skew": 3600.0}], "faults": 0.0}),
            Step(4, "work", {"workers": [{}], "faults": 0.5}),
        ),
        row_lag=20.0,
    )

    trace = replay([Account, Lead], history)

    assert len([line for line in trace if "site wrote Leads" in line]) == 2
    assert "site wrote Leads" not in of_step(trace, "quiet")


def test_worker_does_not_stand_still_for_longer_than_settle_time_while_a_clock_is_ahead() -> None:
    # A worker is about to send a creation. Another one, whose clock is an hour ahead, takes its
    # lease at once, so the creation is sent again as soon as SETTLE_TIME has passed.
    history = History(
        913060396,
        (2,),
        (
            Step(
                48,
                "work",
                {
                    "workers": [{"freeze": 13}, {"skew": 3600.0}, {"skew": -2.0}, {"delay": 70.0}],
                    "faults": 0.0,
                    "meanwhile": [("create", {"pick": 170, "field": 9})],
                },
            ),
        ),
    )

    trace = replay([Account, Contact, Lead], history)

    assert [line.strip()[:16] for line in trace if "wrote" in line] == ["site wrote Leads"]


def test_record_hidden_before_its_creation_was_repeated_may_outlive_the_row() -> None:
    history = History(
        914036590,
        (1,),
        (
            Step(2, "create", {"pick": 235, "field": 57}),
            Step(3, "work", {"workers": [{"skew": 0}, {}], "faults": 0.5}),
            Step(6, "zoho_create", {"pick": 737, "field": 92}),
            Step(7, "zoho_hide", {"pick": 558, "field": 40}),
            Step(8, "wait", {"seconds": 120}),
            Step(26, "work", {"workers": [{}]}),
            Step(32, "zoho_hide", {"pick": 658, "field": 81}),
            Step(36, "delete", {"pick": 314, "field": 88}),
        ),
        records=3,
    )

    trace = replay([Account, Contact, Lead], history)

    assert "(lost response)" in of_step(trace, 3)
    assert "site wrote Contacts" in of_step(trace, 26)
    assert "site deleted Contacts" in of_step(trace, "quiet")


def test_deletion_of_another_row_of_a_created_record_keeps_the_row_of_its_creation() -> None:
    edits = [("edit", {"pick": 275, "field": 21}), ("edit", {"pick": 288, "field": 18})]
    history = History(
        916004373,
        (1, 2),
        (
            Step(13, "create", {"pick": 804, "field": 66}),
            Step(14, "create", {"pick": 907, "field": 12}),
            Step(15, "work", {"workers": [{"skew": 3600.0}], "faults": 0.5, "meanwhile": edits}),
            Step(16, "create", {"pick": 842, "field": 36}),
            Step(18, "zoho_remove_field", {"pick": 300, "field": 0}),
            Step(20, "work", {"workers": [{"skew": 0}]}),
            Step(23, "create", {"pick": 117, "field": 16}),
            Step(
                28,
                "work",
                {
                    "workers": [{"skew": -35.0}],
                    "faults": 0.0,
                    "meanwhile": [("delete", {"pick": 331, "field": 25})],
                },
            ),
        ),
    )

    trace = replay([Account, Contact, Lead], history)

    assert "POST /crm/v8/Accounts -> 201 (lost response)" in of_step(trace, 15)
    assert "a user deleted row 2 of Accounts" in of_step(trace, 28)
    assert "site deleted" not in of_step(trace, "quiet")
