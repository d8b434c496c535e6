"""Histories that once violated an invariant while records were read, or a connection moved."""

from __future__ import annotations

import pytest

from django_zcrm.testing.simulation import History, Step, replay
from tests.mirror.shop.models import Account, Contact, Lead
from tests.simulation.traces import of_step

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_row_deleted_after_export_of_worker_with_clock_ahead_does_not_come_back() -> None:
    # A worker with the right clock has Zoho write the file, and is killed before it reads it.
    history = History(
        1,
        (0,),
        (
            Step(1, "resync"),
            Step(2, "work", {"workers": [{"skew": 3600.0}], "faults": 0.0}),
            Step(3, "wait", {"seconds": 5}),
            Step(4, "work", {"workers": [{"kill": 14}], "faults": 0.0}),
            Step(5, "delete", {"pick": 1, "field": 0}),
            Step(6, "wait", {"seconds": 310}),
            Step(7, "runner"),
        ),
        records=3,
        is_small=True,
    )

    trace = replay([Account], history)

    assert "worker1 ended: ProcessKilled()" in of_step(trace, 4)
    assert "/result -> 200" not in of_step(trace, 4)
    sent, _, read = of_step(trace, 7).partition("site deleted Accounts")
    assert "/result -> 200" not in sent
    assert "/result -> 200" in read


def test_record_restored_after_deletion_by_worker_with_clock_ahead_is_exported() -> None:
    history = History(
        1,
        (0,),
        (
            Step(1, "wait", {"seconds": 400}),
            Step(2, "delete", {"pick": 1, "field": 0}),
            Step(3, "work", {"workers": [{"skew": 3600.0}], "faults": 0.0}),
            Step(4, "zoho_restore", {"pick": 0, "field": 0}),
            Step(5, "wait", {"seconds": 400}),
            Step(6, "resync"),
            Step(7, "work", {"workers": [{}], "faults": 0.0}),
        ),
        records=3,
        is_small=True,
    )

    trace = replay([Account], history)

    assert "site deleted Accounts" in of_step(trace, 3)
    assert "zoho wrote Accounts" in of_step(trace, 4)
    assert "POST /crm/bulk/v8/read -> 201" in of_step(trace, 7)
    assert "/result -> 200" in of_step(trace, "quiet")


def test_conflicts_are_removed_with_the_organisation_that_a_connection_left() -> None:
    history = History(
        4000547,
        (1,),
        (
            Step(1, "zoho_edit", {"pick": 629, "field": 73}),
            Step(5, "edit", {"pick": 209, "field": 79}),
            Step(13, "work", {"workers": [{"skew": 0}], "faults": 0.0}),
            Step(19, "move", {"pick": 562, "field": 53}),
            Step(40, "move", {"pick": 912, "field": 90}),
        ),
        records=3,
        conflict="local_wins",
    )

    trace = replay([Account, Contact], history)

    assert "{'first_name': 'v1019'}" in of_step(trace, 1)
    assert "site wrote Contacts" in of_step(trace, 13)
    assert "{'first_name': 'v1020'}" in of_step(trace, 13)
    assert "GET /crm/v8/org -> 200" in of_step(trace, 19)


def test_key_of_row_that_another_connection_could_not_save_is_used_again() -> None:
    history = History(
        82357160,
        (1,),
        (
            Step(
                32,
                "work",
                {
                    "workers": [{"skew": 0}],
                    "faults": 0.0,
                    "database": 0.1,
                    "meanwhile": [("create", {"pick": 664, "field": 37})],
                },
            ),
            Step(35, "create", {"pick": 563, "field": 10}),
        ),
        connections=2,
    )

    trace = replay([Account, Lead], history)

    assert "a user tried to save row 1 of Leads" in of_step(trace, 32)
    assert "a user saved row 1 of Leads" in of_step(trace, 35)


def test_hidden_record_is_compared_after_initial_sync_of_killed_worker() -> None:
    # The small files of the initial sync and of the comparison need more steps than the quiet
    # period once had.
    history = History(
        146401374,
        (0,),
        (
            Step(13, "zoho_hide", {"pick": 170, "field": 45}),
            Step(17, "create", {"pick": 353, "field": 44}),
            Step(18, "wait", {"seconds": 310}),
            Step(21, "create", {"pick": 833, "field": 63}),
            Step(22, "edit", {"pick": 16, "field": 94}),
            Step(23, "zoho_create", {"pick": 588, "field": 9}),
            Step(34, "runner"),
            Step(39, "wait", {"seconds": 61}),
            Step(40, "resync"),
            Step(41, "create", {"pick": 639, "field": 74}),
            Step(43, "runner"),
            Step(45, "edit", {"pick": 581, "field": 71}),
            Step(46, "push", {"pick": 996, "field": 17}),
            Step(47, "zoho_merge", {"pick": 762, "field": 85}),
            Step(48, "work", {"workers": [{"skew": 0, "kill": 50}], "faults": 0.0}),
        ),
        records=3,
        is_small=True,
    )

    trace = replay([Account, Lead], history)

    assert of_step(trace, 48).endswith("/result -> 200\n  worker1 ended: ProcessKilled()")
    assert of_step(trace, "quiet").count("/result -> 200") > 5


def test_lookup_to_record_that_the_site_deleted_and_zoho_restored_is_set_again() -> None:
    history = History(
        2,
        (0, 1, 2),
        (
            Step(2, "zoho_convert", {"pick": 0, "field": 0}),
            Step(3, "wait", {"seconds": 400}),
            Step(4, "work", {"workers": [{"skew": 0}], "faults": 0.0}),
            Step(5, "wait", {"seconds": 400}),
            Step(6, "delete", {"pick": 1, "field": 0}),
            Step(7, "work", {"workers": [{"skew": 0}], "faults": 0.0}),
            Step(8, "zoho_restore", {"pick": 0, "field": 0}),
        ),
        records=1,
    )

    trace = replay([Account, Contact, Lead], history)

    # The account and the contact that Zoho made of the lead are read before the deletion.
    assert "'account_id': " in of_step(trace, 2)
    assert of_step(trace, 4).count("POST /crm/v8/coql -> 200") == 2
    assert "site deleted Accounts" in of_step(trace, 7)
    assert "zoho wrote Accounts" in of_step(trace, 8)


def test_lookup_read_while_its_record_was_deleted_may_stay_empty() -> None:
    # Zoho shows the lookup again after it restores the account, but gives the contact no new time.
    history = History(
        2,
        (0, 1, 2),
        (
            Step(1, "work", {"workers": [{"skew": 0}], "faults": 0.0}),
            Step(2, "zoho_convert", {"pick": 0, "field": 0}),
            Step(3, "wait", {"seconds": 400}),
            Step(4, "work", {"workers": [{"skew": 0}], "faults": 0.0}),
            Step(5, "wait", {"seconds": 400}),
            Step(6, "delete", {"pick": 1, "field": 0}),
            Step(7, "work", {"workers": [{"skew": 0}], "faults": 0.0}),
            Step(8, "zoho_edit", {"pick": 2, "field": 0}),
            Step(9, "wait", {"seconds": 400}),
            Step(10, "work", {"workers": [{"skew": 0}], "faults": 0.0}),
            Step(11, "zoho_restore", {"pick": 0, "field": 0}),
        ),
        records=1,
    )

    trace = replay([Account, Contact, Lead], history)

    assert of_step(trace, 4).count("POST /crm/v8/coql -> 200") == 2
    assert "site deleted Accounts" in of_step(trace, 7)
    assert "zoho wrote Contacts" in of_step(trace, 8)
    assert "POST /crm/v8/coql -> 200" in of_step(trace, 10)
    assert "zoho wrote Accounts" in of_step(trace, 11)


def test_row_that_was_saved_between_two_moves_does_not_wait_for_ever() -> None:
    created = [("create", {"pick": 433, "field": 11})]
    history = History(
        1230000097,
        (1,),
        (
            Step(20, "wait", {"seconds": 61}),
            Step(21, "work", {"workers": [{}, {"kill_after": 1}]}),
            Step(29, "move", {"pick": 475, "field": 62}),
            Step(30, "work", {"workers": [{}], "meanwhile": created}),
            Step(39, "move", {"pick": 304, "field": 97}),
        ),
        records=3,
    )

    trace = replay([Account, Contact, Lead], history)

    # The killed worker's lease of the contacts lasts until both moves are over.
    assert "worker2 ended: ProcessKilled()" in of_step(trace, 21)
    assert "a user saved row 4 of Contacts" in of_step(trace, 30)
    assert "GET /crm/v8/Accounts -> 204" in of_step(trace, 30)
    assert "/crm/v8/Contacts" not in of_step(trace, 30)
    assert "GET /crm/v8/org -> 200" in of_step(trace, 39)


def test_deletion_before_two_moves_is_read() -> None:
    deleted = [("zoho_delete", {"pick": 992, "field": 96})]
    history = History(
        1260001025,
        (1,),
        (
            Step(13, "wait", {"seconds": 3700}),
            Step(15, "work", {"workers": [{"skew": 0, "kill_after": 6}], "meanwhile": deleted}),
            Step(19, "move", {"pick": 314, "field": 27}),
            Step(46, "move", {"pick": 362, "field": 13}),
        ),
        records=3,
        refreshes=True,
    )

    trace = replay([Account, Contact, Lead], history)

    assert "zoho deleted Accounts" in of_step(trace, 15)
    assert "worker1 ended: ProcessKilled()" in of_step(trace, 15)
    assert "GET /crm/v8/Accounts/deleted" not in of_step(trace, 15)
    assert "GET /crm/v8/org -> 200" in of_step(trace, 46)
    # The comparison would find the deletion as well, if it is not one of many.
    assert "GET /crm/v8/Accounts/deleted -> 200" in of_step(trace, "quiet")


def test_field_that_was_restored_is_read_a_day_later() -> None:
    history = History(
        1341405111,
        (2,),
        (
            Step(11, "zoho_remove_field", {"pick": 502, "field": 22}),
            Step(13, "work", {"workers": [{"delay": 70.0}]}),
            Step(22, "zoho_restore_fields", {}),
            Step(41, "zoho_create", {"pick": 498, "field": 3}),
        ),
        records=1,
    )

    trace = replay([Account, Contact, Lead], history)

    refused = of_step(trace, 13).partition("POST /crm/v8/coql -> 400")[2]
    assert "GET /crm/v8/settings/fields -> 200" in refused


def test_poll_after_the_initial_sync_reads_what_was_announced_during_it() -> None:
    # A worker is done with the notice while the initial sync waits for a file. Another worker ends
    # the initial sync, and is killed before its poll has read the record.
    history = History(
        1,
        (2,),
        (
            Step(1, "zoho_edit", {"pick": 0, "field": 0}),
            Step(3, "notify", {"pick": 0, "field": 0}),
            Step(8, "work", {"workers": [{"skew": 0}, {"skew": 0, "delay": 70.0, "kill": 40}]}),
        ),
        records=5,
        is_small=True,
    )

    trace = replay([Account, Contact, Lead], history)

    assert "notice" in of_step(trace, 3)
    waiting, _, ended = of_step(trace, 8).partition("worker2: ")
    assert "worker1: POST /crm/bulk/v8/read -> 201" in waiting
    assert "/result -> 200" in ended
    assert ended.endswith("POST /crm/v8/coql -> 200\n  worker2 ended: ProcessKilled()")


def test_history_ends_after_a_poll_reads_what_zoho_filled_in_in_a_new_record() -> None:
    # The record is created in the quiet period only, and Zoho shows it 20 seconds later.
    history = History(
        57,
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

    created, _, later = of_step(trace, "quiet").partition("site wrote Leads")
    assert "owner_id_in_zoho" in later
    assert "site wrote" not in created
    assert "POST /crm/v8/coql -> 200" in later


def test_deletion_announced_during_an_initial_sync_is_left_to_the_first_poll_after_it() -> None:
    # The poll loses a response before it reads the deletions, and ends.
    history = History(
        912008045,
        (0, 2),
        (
            Step(9, "create", {"pick": 922, "field": 24}),
            Step(18, "work", {"workers": [{"skew": 0}]}),
            Step(19, "zoho_edit", {"pick": 855, "field": 37}),
            Step(20, "create", {"pick": 17, "field": 67}),
            Step(21, "zoho_delete", {"pick": 675, "field": 5}),
            Step(24, "resync"),
            Step(26, "edit", {"pick": 321, "field": 38}),
            Step(
                29,
                "work",
                {
                    "workers": [{"skew": -2.0}, {"skew": 3600.0}, {"skew": 0}, {"delay": 70.0}],
                    "faults": 0.15,
                    "meanwhile": [("notify", {"pick": 749, "field": 90})],
                },
            ),
        ),
    )

    trace = replay([Account, Contact, Lead], history)

    assert "notice" in of_step(trace, 29)
    assert "(lost response)" in of_step(trace, 29)
