"""An organisation with records to query."""

from __future__ import annotations

import pytest

from ..caller import Caller, make_caller
from .asking import create, query


@pytest.fixture(scope="module")
def caller() -> Caller:
    """An organisation with the records that the queries need, shared by the tests of a file."""
    caller = make_caller()
    create(
        caller,
        "Accounts",
        [
            {"Account_Name": "Acme", "Annual_Revenue": 100.5, "Industry": "Technology"},
            {"Account_Name": "O'Brien (Sons)", "Annual_Revenue": 50},
            {"Account_Name": "Zeta"},
        ],
    )
    accounts = {
        row["Account_Name"]: row["id"]
        for row in query(caller, "select Account_Name from Accounts where id is not null")["data"]
    }
    create(
        caller,
        "Contacts",
        [
            {
                "Last_Name": "Wong",
                "Email": "w@acme.example",
                "Account_Name": {"id": accounts["Acme"]},
            },
            {"Last_Name": "Brien", "Account_Name": {"id": accounts["O'Brien (Sons)"]}},
            {"Last_Name": "Alone"},
        ],
    )
    return caller
