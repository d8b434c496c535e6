"""Composite requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..answers import Answer, Unexpected
from ..lab import Lab
from ..registry import probe

_KEY = "__composite_requests"


def _ask(lab: Lab, **part: Any) -> Answer:
    return lab.ask("POST", _KEY, {_KEY: [{"sub_request_id": "1", **part}]})


@probe("composite.per-page")
def read_without_per_page(lab: Lab) -> str:
    """Read a list without a size of pages."""
    lab.lead  # noqa: B018 - an empty list has no size
    params = {"fields": "id"}
    answer = _ask(lab, method="GET", uri="/crm/v8/Leads", params=params).check()
    response = answer.details.get("response")
    body = response.get("body") if isinstance(response, Mapping) else None
    size = body["info"].get("per_page") if isinstance(body, Mapping) and "info" in body else None
    if size not in (25, 200):
        raise Unexpected("another size of pages")
    return str(size)


@probe("composite.too-many-records")
def query_too_many(lab: Lab) -> str:
    """Query for 26 records."""
    query = {"select_query": "select id from Leads where id is not null limit 26"}
    return _ask(lab, method="POST", uri="/crm/v8/coql", body=query).either("taken", "refused")


@probe("composite.deleting-ids")
def delete_by_ids(lab: Lab) -> str:
    """Delete a record that does not exist by the parameter `ids`."""
    params = {"ids": lab.unknown_id}
    answer = _ask(lab, method="DELETE", uri="/crm/v8/Leads", params=params)
    return answer.either("taken", "refused")


@probe("composite.nested")
def nest(lab: Lab) -> str:
    """Put a composite request into another."""
    body = {_KEY: [{"sub_request_id": "2", "method": "GET", "uri": "/crm/v8/org"}]}
    answer = _ask(lab, method="POST", uri=f"/crm/v8/{_KEY}", body=body)
    return answer.either("taken", "refused")
