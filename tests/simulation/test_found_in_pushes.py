"""Histories that once violated an invariant while changes of the site were sent."""

from __future__ import annotations

import pytest

from django_zcrm.testing.simulation import History, Step, replay
from tests.mirror.shop.models import Account, Contact, Lead
from tests.simulation.traces import of_step

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_row_that_is_saved_again_after_its_deletion_may_be_shown() -> None:
    history = History(
        4000563,
        (1,),
        (
            Step(3, "edit", {"pick": 819, "field": 10}),
            Step(
                7,
                "work",
                {
                    "workers": [{"skew": 0}, {}, {}],
                    "faults": 0.0,
                    "meanwhile": [
                        ("delete", {"pick": 502, "field": 35}),
                        ("edit", {"pick": 424, "field": 12}),
                    ],
                },
            ),
        ),
        records=1,
    )

    trace = replay([Account, Lead], history)

    deleted = of_step(trace, 7).partition("a user deleted row 1 of Leads")[2]
    assert "a user saved row 1 of Leads" in deleted
    assert "site deleted Leads" in deleted


def test_value_that_a_user_had_seen_who_deleted_its_row_is_replaced_without_a_conflict() -> None:
    together = [("delete", {"pick": 224, "field": 72}), ("edit_stale", {"pick": 276, "field": 24})]
    history = History(
        914002312,
        (0,),
        (
            Step(2, "create", {"pick": 238, "field": 50}),
            Step(3, "wait", {"seconds": 3700}),
            Step(
                4,
                "work",
                {
                    "workers": [{}],
                    "faults": 0.0,
                    "meanwhile": [("zoho_create", {"pick": 126, "field": 79})],
                },
            ),
            Step(5, "create", {"pick": 901, "field": 51}),
            Step(6, "edit", {"pick": 363, "field": 84}),
            Step(7, "zoho_bulk", {"pick": 101, "field": 64}),
            Step(10, "wait", {"seconds": 3700}),
            Step(25, "work", {"workers": [{}], "faults": 0.0}),
            Step(27, "create", {"pick": 277, "field": 49}),
            Step(29, "work", {"workers": [{}, {"skew": 0}], "faults": 0.0, "meanwhile": together}),
        ),
    )

    trace = replay([Account], history)

    deleted = of_step(trace, 29).partition("a user deleted row 1 of Accounts")[2]
    assert "a user saved row 1 of Accounts" in deleted
    assert "site wrote Accounts" in deleted


def test_later_change_of_the_row_whose_record_was_taken_over_wins() -> None:
    # The first row has a new email, which is not in Zoho yet. So the second row, created with the
    # former email, gets the record, and then the change of the first one that a person retries.
    history = History(
        2,
        (1,),
        (
            Step(1, "edit", {"pick": 1, "field": 2}),
            Step(2, "create_matched", {"pick": 0, "field": 2}),
            Step(3, "edit", {"pick": 1, "field": 1}),
            Step(4, "zoho_refuse", {"pick": 3, "field": 0}),
            Step(5, "work", {"workers": [{}], "faults": 0.6}),
            Step(6, "delete", {"pick": 1, "field": 0}),
            Step(7, "wait", {"seconds": 310}),
            Step(8, "work", {"workers": [{}], "faults": 0.0}),
            Step(9, "retry", {"pick": 1, "field": 0}),
        ),
        records=1,
    )

    trace = replay([Account, Contact], history)

    assert "row 2 of Contacts: {'last_name': 'v1008', 'first_name': 'v1009'" in of_step(trace, 2)
    assert "row 1 of Contacts: {'first_name': 'v1010'}" in of_step(trace, 3)
    assert "a user deleted row 1 of Contacts" in of_step(trace, 6)
    assert "sends 1 of change 3 again" in of_step(trace, 9)
    assert "'first_name': 'v1010'" in of_step(trace, "quiet")
    assert "site deleted" not in of_step(trace, "quiet")


def test_push_of_row_that_was_deleted_in_the_meantime_saves_nothing() -> None:
    together = [("push", {"pick": 424, "field": 52}), ("delete", {"pick": 883, "field": 77})]
    history = History(
        950000173,
        (0, 2),
        (
            Step(2, "create", {"pick": 149, "field": 78}),
            Step(4, "work", {"workers": [{"skew": 0, "kill": 6}]}),
            Step(6, "work", {"workers": [{"skew": 0}, {}], "meanwhile": together}),
        ),
    )

    trace = replay([Account, Contact, Lead], history)

    deleted = of_step(trace, 6).partition("a user deleted row 1 of Leads")[2]
    assert "a user tried to save row 1 of Leads" in deleted
    assert "not pushed" not in deleted


def test_change_may_wait_for_change_that_waits_for_failed_one() -> None:
    meanwhile = "create", {"pick": 618, "field": 67}
    history = History(
        960000375,
        (0,),
        (
            Step(18, "create", {"pick": 3, "field": 10}),
            Step(19, "relate", {"pick": 19, "field": 61}),
            Step(23, "create", {"pick": 544, "field": 2}),
            Step(24, "create", {"pick": 860, "field": 66}),
            Step(26, "work", {"workers": [{"skew": -45.0}], "meanwhile": [meanwhile]}),
            Step(32, "zoho_delete", {"pick": 826, "field": 6}),
            Step(37, "relate", {"pick": 420, "field": 26}),
            Step(46, "relate", {"pick": 373, "field": 65}),
        ),
        records=1,
    )

    trace = replay([Account], history)

    quiet = of_step(trace, "quiet")
    assert "POST /crm/v8/Accounts -> 207" in quiet
    # Row 2 fails, for which row 4 waits, for which row 1 waits.
    assert "v1004" not in quiet
    assert "v1008" not in quiet
    assert "PUT /crm/v8/Accounts" not in quiet


def test_change_of_row_whose_lookup_waits_for_failed_row_waits_too() -> None:
    history = History(
        960001237,
        (0,),
        (
            Step(18, "create", {"pick": 586, "field": 96}),
            Step(24, "edit_invalid", {"pick": 677, "field": 4}),
            Step(26, "create", {"pick": 410, "field": 71}),
            Step(30, "runner", {}),
            Step(34, "relate", {"pick": 407, "field": 67}),
            Step(36, "edit", {"pick": 919, "field": 5}),
        ),
    )

    trace = replay([Account], history)

    assert "POST /crm/v8/Accounts -> 207" in of_step(trace, 30)
    assert "a user saved row 2 of Accounts: {'employees': 1006}" in of_step(trace, 36)
    assert "PUT /crm/v8/Accounts" not in of_step(trace, "quiet")


def test_change_before_a_deletion_is_sent_if_the_row_is_saved_again() -> None:
    history = History(
        21711755,
        (0,),
        (
            Step(14, "zoho_create", {"pick": 238, "field": 73}),
            Step(19, "wait", {"seconds": 3700}),
            Step(21, "work", {"workers": [{"skew": 0}]}),
            Step(24, "edit_invalid", {"pick": 229, "field": 9}),
            Step(
                34,
                "work",
                {
                    "workers": [{"skew": 0}],
                    "meanwhile": [
                        ("delete", {"pick": 188, "field": 85}),
                        ("edit", {"pick": 514, "field": 83}),
                    ],
                },
            ),
        ),
    )

    trace = replay([Account, Contact, Lead], history)

    # The oracle forgets what was saved before a deletion, so only the refusal shows it was sent.
    deleted = of_step(trace, 34).partition("a user deleted row 1 of Accounts")[2]
    assert "a user saved row 1 of Accounts: {'employees': 1005}" in deleted
    assert "PUT /crm/v8/Accounts -> 400" in deleted


def test_value_of_zoho_is_not_that_of_a_discarded_creation() -> None:
    history = History(
        21711746,
        (1,),
        (
            Step(3, "create", {"pick": 376, "field": 95}),
            Step(13, "expire", {}),
            Step(14, "work", {"workers": [{"skew": 0}], "faults": 0.5}),
            Step(15, "edit", {"pick": 237, "field": 53}),
            Step(16, "create", {"pick": 873, "field": 24}),
            Step(17, "discard", {"pick": 152, "field": 80}),
            Step(18, "edit", {"pick": 595, "field": 93}),
            Step(22, "wait", {"seconds": 61}),
            Step(
                23,
                "work",
                {
                    "workers": [{}],
                    "faults": 0.15,
                    "meanwhile": [("zoho_restore", {"pick": 465, "field": 90})],
                },
            ),
            Step(24, "wait", {"seconds": 310}),
            Step(25, "edit", {"pick": 277, "field": 32}),
            Step(
                27,
                "work",
                {"workers": [{"skew": 0}], "meanwhile": [("discard", {"pick": 185, "field": 30})]},
            ),
            Step(28, "create", {"pick": 357, "field": 68}),
            Step(30, "relate", {"pick": 863, "field": 98}),
            Step(35, "wait", {"seconds": 310}),
            Step(36, "work", {"workers": [{"skew": 0, "kill": 38}]}),
            Step(46, "edit", {"pick": 346, "field": 63}),
            Step(47, "zoho_edit", {"pick": 676, "field": 6}),
        ),
    )

    trace = replay([Account, Contact, Lead], history)

    assert "discarded 1 of change 3" in of_step(trace, 17)
    assert "site wrote Contacts" in of_step(trace, 36)
    assert "{'last_name': 'v1006'," in of_step(trace, 36)
    assert "zoho wrote Contacts" in of_step(trace, 47)
    assert "{'last_name': 'v1011'}" in of_step(trace, 47)
    assert "v1010" not in of_step(trace, "quiet")


def test_value_set_back_in_zoho_counts_as_own_if_the_user_saw_an_earlier_own_value() -> None:
    # Before the row is sent with the third value, it has the first one. Zoho's users set the column
    # to the first one, and back; a user of the site who sees the first one saves another value.
    history = History(
        911029121,
        (0,),
        (
            Step(1, "create", {"pick": 53, "field": 37}),
            Step(2, "edit", {"pick": 280, "field": 32}),
            Step(7, "edit", {"pick": 698, "field": 53}),
            Step(8, "wait", {"seconds": 3700}),
            Step(
                9,
                "work",
                {
                    "workers": [{"skew": 0}],
                    "faults": 0.0,
                    "meanwhile": [("zoho_edit", {"pick": 1, "field": 45})],
                },
            ),
            Step(10, "create", {"pick": 672, "field": 22}),
            Step(
                11,
                "work",
                {
                    "workers": [{"skew": -35.0}],
                    "faults": 0.0,
                    "meanwhile": [("zoho_edit", {"pick": 524, "field": 69})],
                },
            ),
            Step(18, "create", {"pick": 358, "field": 38}),
            Step(19, "zoho_edit", {"pick": 698, "field": 2}),
            Step(
                20,
                "work",
                {
                    "workers": [{"delay": 70.0}],
                    "meanwhile": [("zoho_create", {"pick": 242, "field": 57})],
                },
            ),
            Step(21, "zoho_edit", {"pick": 859, "field": 91}),
            Step(25, "create", {"pick": 980, "field": 13}),
            Step(26, "work", {"workers": [{"delay": 70.0}], "faults": 0.0}),
            Step(27, "zoho_delete", {"pick": 75, "field": 74}),
            Step(29, "edit", {"pick": 2, "field": 33}),
            Step(30, "edit", {"pick": 437, "field": 7}),
            Step(31, "zoho_edit", {"pick": 386, "field": 23}),
            Step(32, "zoho_edit", {"pick": 857, "field": 93}),
            Step(34, "create", {"pick": 942, "field": 74}),
            Step(35, "edit", {"pick": 544, "field": 77}),
        ),
        connections=2,
        records=1,
        is_new=True,
        has_repetitions=True,
    )

    trace = replay([Account, Contact, Lead], history)

    assert "'employees': 1}" in of_step(trace, 19)
    assert "'employees': 3}" in of_step(trace, 31)
    assert "{'employees': 2}" in of_step(trace, "quiet")
