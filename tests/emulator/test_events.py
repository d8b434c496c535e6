"""Meetings are cancelled."""

from __future__ import annotations

from .api import Api


def test_future_meeting_is_cancelled(v8: Api) -> None:
    coming = v8.create(
        "Events",
        Event_Title="Demo",
        Start_DateTime="2090-01-01T10:00:00+00:00",
        End_DateTime="2090-01-01T11:00:00+00:00",
    )
    over = v8.create(
        "Events",
        Event_Title="Demo",
        Start_DateTime="2001-01-01T10:00:00+00:00",
        End_DateTime="2001-01-01T11:00:00+00:00",
    )
    body = {"data": [{"send_cancelling_mail": False}]}
    missing = v8.post(f"Events/{coming}/actions/cancel", {"data": [{}]}).json["data"][0]
    assert missing["code"] == "MANDATORY_NOT_FOUND"
    late = v8.post(f"Events/{over}/actions/cancel", body).json["data"][0]
    assert late["code"] == "CANNOT_PERFORM_ACTION"
    assert v8.post(f"Events/{coming}/actions/cancel", body).status_code == 200
    assert v8.get(f"Events/{coming}").status_code == 204
