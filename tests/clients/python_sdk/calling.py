"""Shorthand for Zoho's Python SDK: filled objects, parameters, and answers checked for refusals."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.record import BodyWrapper, Record
from zohocrmsdk.src.com.zoho.crm.api.util import Choice

Answers = dict[str, Any]
MAX_WAIT = 30.0
"""How many seconds a job may take."""


class Refused(Exception):
    """Zoho refused a call, or one item of it."""


def made(kind: type, **attributes: Any) -> Any:
    """Make one of the SDK's objects and set these attributes."""
    instance = kind()
    for name, value in attributes.items():
        getattr(instance, f"set_{name}")(value)
    return instance


def params(kind: type, **values: Any) -> ParameterMap:
    """Make the parameters of a call; ``kind`` is the SDK's class that lists them."""
    parameters = ParameterMap()
    for name, value in values.items():
        parameters.add(getattr(kind, name), value)
    return parameters


def headers(kind: type, **values: Any) -> HeaderMap:
    """Make the headers of a call, as ``params`` makes its parameters."""
    headers = HeaderMap()
    for name, value in values.items():
        headers.add(getattr(kind, name), value)
    return headers


def record(**values: Any) -> Record:
    """Make a record of API names and values; ``id`` is its id."""
    record = Record()
    if "id" in values:
        record.set_id(values.pop("id"))
    for name, value in values.items():
        record.add_key_value(name, value)
    return record


def records(*rows: Record) -> BodyWrapper:
    """Make the body for writing records."""
    return made(BodyWrapper, data=list(rows))


def ok(response: Any, status: int | None = None) -> Any:
    """Return the object of an answer.

    Raises Refused for a refusal, even of a single item, and for any status other than ``status``.
    """
    reply = response.get_object()
    refused = [reason(item) for item in [reply, *items(reply)] if is_refusal(item)]
    if refused or status not in (None, response.get_status_code()):
        raise Refused(response.get_status_code(), *refused)
    return reply


def is_refusal(item: Any) -> bool:
    """Return whether an object is an ``APIException``, which the SDK returns and never raises."""
    return type(item).__name__ == "APIException"


def reason(item: Any) -> Answers:
    """Return the body of a refusal."""
    return {"code": plain(item.get_code()), "details": item.get_details()}


def items(found: Any) -> list[Any]:
    """Return the items of an answer, whatever the SDK calls their list."""
    lists = [value for value in vars(found).values() if isinstance(value, list)] if found else []
    return lists[0] if lists else []


def details(found: Any) -> list[Answers]:
    """Return the details of every item of a write."""
    return [dict(item.get_details()) for item in items(found)]


def ids(found: Any) -> list[int]:
    """Return the ids in the answer to a write."""
    return [int(each["id"]) for each in details(found)]


def wait_for_job(look: Callable[[], Any], state: Callable[[Any], str]) -> Any:
    """Poll a job until its state is final, and return it. Raises TimeoutError."""
    deadline = time.monotonic() + MAX_WAIT
    while time.monotonic() < deadline:
        job = look()
        if state(job) in ("COMPLETED", "FAILED"):
            return job
        time.sleep(0.05)
    raise TimeoutError("a job does not come to its end")


def plain(value: Any) -> Any:
    """Return the value in one of the SDK's ``Choice`` objects."""
    return value.get_value() if isinstance(value, Choice) else value


def content(wrapper: Any) -> bytes:
    """Return the bytes of a download."""
    read: bytes = wrapper.get_file().get_stream().content
    return read
