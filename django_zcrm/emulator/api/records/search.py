"""Search and count."""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from django_zcrm.emulator.core.errors import Problem, invalid_data
from django_zcrm.emulator.core.request import Call
from django_zcrm.emulator.core.response import Answer
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine import search_criteria
from django_zcrm.emulator.engine.access import (
    asked_fields,
    find_module,
    path_index,
    rows_newest_first,
)
from django_zcrm.emulator.engine.criteria import Test
from django_zcrm.emulator.engine.paging import paginate
from django_zcrm.emulator.engine.paths import MODULE, READ
from django_zcrm.emulator.engine.rendering import Renderer
from django_zcrm.emulator.engine.views import asked_view_rows, converted_test
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.store import Record

routes = Routes()

#: If several are given, the first in this order is used (Zoho docs v7 search-records).
_WAYS = ("criteria", "email", "phone", "word")
_WORD = re.compile(r"[\w\s@.'+\-]+")
_WORDY = ("text", "email", "phone", "website", "textarea", "picklist", "autonumber")


@routes.route("GET", MODULE + "/search", scope=READ)
def search_records(org: Organisation, call: Call, module: str) -> Answer | dict[str, Any] | None:
    """Answer a page of the records found by criteria, email, phone or word."""
    crm_module = find_module(org, call, module)
    _check_searchable(call, crm_module)
    rows = _found(org, call, crm_module)
    if rows is None:
        raise Problem(
            "EXPECTED_PARAM_MISSING",
            "One of the expected parameter is missing",
            details={"param_names": list(_WAYS)},
        )
    fields = asked_fields(call, crm_module, mandatory=False)
    page = paginate(org, call, rows, tokens=False)
    if not page.rows:
        return None
    renderer = Renderer(
        org, call, crm_module, fields, children=dialect(call.version).lists_children
    )
    return {"data": renderer.rows(page.rows), "info": page.info}


@routes.route("GET", MODULE + "/actions/count", scope=READ)
@routes.route("POST", MODULE + "/actions/count", scope=READ, versions=(8, 8))
def count_records(org: Organisation, call: Call, module: str) -> dict[str, Any]:
    """Answer the number of records: all, those of a custom view, or those found."""
    crm_module = find_module(org, call, module)
    searched = [name for name in _WAYS if name in call.params]
    if "cvid" in call.params:
        if searched:
            raise Problem(
                "AMBIGUITY_DURING_PROCESSING",
                "Please use either Cvid or Search Params. "
                "Combination of both the params is not allowed",
                details={
                    "ambiguity_due_to": [{"param_name": name} for name in ("cvid", *searched)]
                },
            )
        rows = asked_view_rows(org, call, crm_module)
    elif searched:
        rows = _found(org, call, crm_module) or ()
    else:
        rows = _visible(call, crm_module, rows_newest_first(org, crm_module))
    return {"count": sum(1 for _ in rows)}


def _check_searchable(call: Call, module: Module) -> None:
    if not module.searchable:
        raise Problem(
            "NOT_SUPPORTED", "search is not supported for the module", details=path_index(call, 0)
        )


def _visible(call: Call, module: Module, rows: Iterable[Record]) -> Iterable[Record]:
    test = converted_test(call, module)
    return rows if test is None else filter(test, rows)


def _found(org: Organisation, call: Call, module: Module) -> Iterable[Record] | None:
    """Return what the search parameters find, newest first; None without search parameters."""
    params = call.params
    if call.params.get("approved", "true").lower() == "false":
        return ()
    rows = _visible(call, module, rows_newest_first(org, module))
    if "criteria" in params:
        return filter(_criteria_test(org, call, module), rows)
    if "email" in params:
        table = org.records.table(module.api_name)
        records = {
            record["id"]: record
            for name in _names(module, ("email",))
            for record in table.find(name, params["email"])
        }
        return _visible(call, module, sorted(records.values(), key=itemgetter("id"), reverse=True))
    if "phone" in params:
        digits = re.sub(r"\D", "", params["phone"])
        if not digits:
            raise invalid_data(param_name="phone")
        names = _names(module, ("phone",))
        return (
            record
            for record in rows
            if any(digits in re.sub(r"\D", "", record.get(name) or "") for name in names)
        )
    if "word" in params:
        word = params["word"].strip().casefold()
        if len(word) < 2 or not _WORD.fullmatch(word):
            raise invalid_data(param_name="word")
        table, names = org.records.table(module.api_name), _names(module, _WORDY)
        return (record for record in rows if word in table.text(record, names))
    return None


def _criteria_test(org: Organisation, call: Call, module: Module) -> Test:
    tree = search_criteria.parse(call.params["criteria"], dialect(call.version).most_criteria)
    return search_criteria.predicate(org, module, tree, call.version)


def _names(module: Module, types: tuple[str, ...]) -> list[str]:
    return [
        field.api_name
        for field in module.fields
        if field.value_type in types and not field.is_list_of_tags
    ]
