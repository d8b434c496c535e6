"""Search and count."""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from ...core import Refusal, Request, Response, Routes, dialect, invalid_data, missing_param
from ...engine import search_criteria
from ...engine.access import find_module, get_fields_param, path_index, rows_newest_first
from ...engine.criteria import Test
from ...engine.paging import paginate
from ...engine.paths import MODULE, READ
from ...engine.rendering import Renderer
from ...engine.views import get_view_rows, make_converted_test
from ...engine.visibility import filter_indexed, filter_visible
from ...guesses import behaves
from ...state import Module, Organisation, StoredRecord

routes = Routes()

#: If several are given, the first in this order is used (Zoho docs v7 search-records).
_WAYS = ("criteria", "email", "phone", "word")
_WORD = re.compile(r"[\w\s@.'+\-]+")
_WORDY = ("text", "email", "phone", "website", "textarea", "picklist", "autonumber")


@routes.route("GET", MODULE + "/search", scope=READ)
def search_records(
    org: Organisation, request: Request, module: str
) -> Response | dict[str, Any] | None:
    """Return a page of the records found by criteria, email, phone or word."""
    crm_module = find_module(org, request, module)
    _check_searchable(request, crm_module)
    rows = _find_rows(org, request, crm_module)
    if rows is None:
        raise Refusal(
            "EXPECTED_PARAM_MISSING",
            "One of the expected parameter is missing",
            details={"param_names": list(_WAYS)},
        )
    fields = get_fields_param(request, crm_module, mandatory=False)
    page = paginate(org, request, rows, tokens=False)
    if not page.rows:
        return None
    renderer = Renderer(
        org, request, crm_module, fields, children=dialect(request.version).lists_children
    )
    return {"data": renderer.rows(page.rows), "info": page.info}


@routes.route(
    "GET", "/crm/{version}/search", scope=("ZohoSearch.securesearch.READ", "ZohoCRM.modules.READ")
)
def search_all_modules(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Return a page of the records of all modules that have the word `searchword` in them."""
    word = _word(request, "searchword")
    records = (
        record
        for module in org.metadata.modules.values()
        if module.searchable and module.parent_module is None
        for record in _filter_by_word(org, module, word, _iterate_index(org, request, module))
    )
    page = paginate(org, request, records, tokens=False)
    if not page.rows:
        return None
    rows = []
    for record in page.rows:
        module = org.metadata.modules[org.records.homes[record["id"]]]
        fields = [module.display_field] if behaves("records.global-search", "partial") else None
        row = Renderer(org, request, module, fields).row(record)
        rows.append({**row, "$setype": module.api_name})
    return {"data": rows, "info": page.info}


@routes.route("GET", MODULE + "/actions/count", scope=READ)
@routes.route("POST", MODULE + "/actions/count", scope=READ, versions=(8, 8))
def count_records(org: Organisation, request: Request, module: str) -> dict[str, Any]:
    """Return the number of records: all, those of a custom view, or those found."""
    crm_module = find_module(org, request, module)
    searched = [name for name in _WAYS if name in request.args]
    if "cvid" in request.args:
        if searched:
            raise Refusal(
                "AMBIGUITY_DURING_PROCESSING",
                "Please use either Cvid or Search Params. "
                "Combination of both the params is not allowed",
                details={
                    "ambiguity_due_to": [{"param_name": name} for name in ("cvid", *searched)]
                },
            )
        rows = get_view_rows(org, request, crm_module)
    elif searched:
        rows = _find_rows(org, request, crm_module) or ()
    else:
        rows = _filter_visible(org, request, crm_module, rows_newest_first(org, crm_module))
    return {"count": sum(1 for _ in rows)}


def _check_searchable(request: Request, module: Module) -> None:
    if not module.searchable:
        raise Refusal(
            "NOT_SUPPORTED",
            "search is not supported for the module",
            details=path_index(request, 0),
        )


def _filter_visible(
    org: Organisation, request: Request, module: Module, rows: Iterable[StoredRecord]
) -> Iterable[StoredRecord]:
    rows, test = filter_visible(org, request, module, rows), make_converted_test(request, module)
    return rows if test is None else filter(test, rows)


def _iterate_index(org: Organisation, request: Request, module: Module) -> Iterable[StoredRecord]:
    """Return the indexed records of a module, newest first."""
    return _filter_visible(
        org, request, module, filter_indexed(org, rows_newest_first(org, module))
    )


def _find_rows(
    org: Organisation, request: Request, module: Module
) -> Iterable[StoredRecord] | None:
    """Return the records that match the search parameters, newest first; None without any."""
    params = request.args
    if request.args.get("approved", "true").lower() == "false":
        return ()
    rows = _iterate_index(org, request, module)
    if "criteria" in params:
        return filter(_criteria_test(org, request, module), rows)
    if "email" in params:
        table = org.records.table(module.api_name)
        records = {
            record["id"]: record
            for name in _names(module, ("email",))
            for record in table.find(name, params["email"])
        }
        newest_first = sorted(records.values(), key=itemgetter("id"), reverse=True)
        return _filter_visible(org, request, module, filter_indexed(org, newest_first))
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
        return _filter_by_word(org, module, _word(request, "word"), rows)
    return None


def _word(request: Request, name: str) -> str:
    """Return the word in a parameter. Raises Refusal for a missing or invalid one."""
    if name not in request.args:
        raise missing_param(name)
    word = request.args[name].strip().casefold()
    if len(word) < 2 or not _WORD.fullmatch(word):
        raise invalid_data(param_name=name)
    return word


def _filter_by_word(
    org: Organisation, module: Module, word: str, rows: Iterable[StoredRecord]
) -> Iterable[StoredRecord]:
    table, names = org.records.table(module.api_name), _names(module, _WORDY)
    return (record for record in rows if word in table.text(record, names))


def _criteria_test(org: Organisation, request: Request, module: Module) -> Test:
    tree = search_criteria.parse(request.args["criteria"], dialect(request.version).max_criteria)
    return search_criteria.predicate(org, module, tree, request.version)


def _names(module: Module, types: tuple[str, ...]) -> list[str]:
    return [
        field.api_name
        for field in module.fields
        if field.value_type in types and not field.is_list_of_tags
    ]
