"""The client has every operation that Zoho publishes, and sends nothing that Zoho does not know.

Every exception is listed here with its reason.
"""

from __future__ import annotations

from tests.contract.cases import for_each
from tests.contract.operations import DECLARED, PUBLISHED, Declared, Published, shape

PUBLISHED_DECLARATIONS = [declared for declared in DECLARED if declared.key in PUBLISHED]

NOT_PUBLISHED = {
    "functions.execute": "docs/functions/serverless-fn-oauth.html",
    "functions.execute_post": "docs/functions/serverless-fn-oauth.html",
}
"""Operations on Zoho's pages that are missing from its OpenAPI files."""

_PER_PAGE = "spelt perPage there, per_page in the other description and on Zoho's pages"

NOT_OFFERED = {
    ("POST", "/crm/{version}/settings/layouts/{layout_id}/map_dependency"): {
        "X-ZCSRF-TOKEN": "belongs to a browser's session, not to OAuth",
    },
    ("GET", "/crm/{version}/settings/tags/{id}/actions/records_count"): {
        "id": "stands in the path",
    },
    ("PUT", "/crm/{version}/Appointments__s/{id}"): {"id": "stands in the path"},
    ("GET", "/crm/{version}/{module}/{record_id}/Notes"): {"perPage": _PER_PAGE},
    ("GET", "/crm/{version}/{module}/{record_id}/{related_list}"): {"perPage": _PER_PAGE},
    ("GET", "/crm/{version}/{module}/deleted/{record_id}/{related_list}"): {"perPage": _PER_PAGE},
    ("POST", "/crm/{version}/{module}/actions/add_tags"): {
        "over_write": "goes in the body, and to the query on v2",
    },
    ("POST", "/crm/{version}/{module}/{record_id}/actions/add_tags"): {
        "over_write": "goes in the body, and to the query on v2",
    },
    ("POST", "/crm/{version}/{module}/actions/remove_tags"): {
        "module": "filled in from the path, where the newest version has it",
        "ids": "go in the body, and to the query on v2",
    },
}
"""Published parameters that no method has."""

FILLED_IN = {
    ("PUT", "/crm/{version}/settings/tags/{id}"): {"id": "stands in the path"},
    ("POST", "/crm/{version}/{module}/actions/add_tags"): {"module": "stands in the path"},
}
"""Required parameters that no method has, since they are filled in; test_calls checks that."""

UNPUBLISHED_PARAMETERS: dict[tuple[str, str], dict[str, str]] = {
    ("GET", "/crm/{version}/Appointments__s"): {"fields": "mandatory in any list of records"},
    ("GET", "/crm/{version}/Services__s"): {"fields": "mandatory in any list of records"},
    ("GET", "/crm/{version}/{module}/{record_id}/Notes"): {"per_page": _PER_PAGE},
    ("PUT", "/crm/{version}/{module}"): {"If-Unmodified-Since": "v8 Update Records, 412"},
    ("PUT", "/crm/{version}/{module}/{id}"): {"If-Unmodified-Since": "v8 Update Records, 412"},
}
"""Parameters on Zoho's pages that are missing from its OpenAPI files."""

UNPUBLISHED_KEYS: dict[tuple[str, str], dict[str, str]] = {
    ("POST", "/crm/{version}/{module}/upsert"): {
        "apply_feature_execution": "v8 Upsert Records",
        "skip_feature_execution": "v8 Upsert Records",
    },
}
"""Keys of bodies on Zoho's pages that are missing from its OpenAPI files."""


def _reasons(table: dict[tuple[str, str], dict[str, str]], published: Published) -> set[str]:
    return {
        name
        for (method, path), names in table.items()
        if (method, shape(path)) == published.key
        for name in names
    }


@for_each(PUBLISHED.values())
def test_every_published_operation_is_declared(published: Published) -> None:
    assert [str(declared) for declared in DECLARED if declared.key == published.key]


def test_declaration_without_an_entry_needs_a_reason() -> None:
    unknown = {str(declared) for declared in DECLARED if declared.key not in PUBLISHED}
    assert unknown == set(NOT_PUBLISHED)


@for_each(PUBLISHED_DECLARATIONS)
def test_no_parameter_is_unknown_to_zoho(declared: Declared) -> None:
    published = PUBLISHED[declared.key]
    known = published.query | _reasons(UNPUBLISHED_PARAMETERS, published)
    assert not set(declared.query) - known
    assert not set(declared.operation.headers.values()) - (
        published.headers | _reasons(UNPUBLISHED_PARAMETERS, published)
    )


@for_each(PUBLISHED_DECLARATIONS)
def test_required_parameters_are_required_or_filled_in(declared: Declared) -> None:
    published = PUBLISHED[declared.key]
    required = published.required - _reasons(FILLED_IN, published)
    missing = required - set(declared.query)
    loose = {name for name, parameter in declared.query.items() if parameter.default is None}
    if declared.operation.fields:
        loose.discard("fields")  # filled in, see test_calls
    assert not missing
    assert not required & loose


@for_each(PUBLISHED.values())
def test_every_published_parameter_is_offered(published: Published) -> None:
    methods = [declared for declared in DECLARED if declared.key == published.key]
    offered = {name for method in methods for name in method.query}
    offered |= {name for method in methods for name in method.operation.headers.values()}
    parameters = published.query | published.headers
    excused = _reasons(NOT_OFFERED, published) | _reasons(FILLED_IN, published)
    assert not parameters - offered - excused


@for_each(PUBLISHED_DECLARATIONS)
def test_bodies_have_the_published_envelope(declared: Declared) -> None:
    published = PUBLISHED[declared.key]
    known = published.body | _reasons(UNPUBLISHED_KEYS, published)
    whole = declared.operation.body in declared.arguments and not declared.operation.key
    assert declared.body <= known or not published.body  # some are published without their keys
    assert declared.body or whole or not published.body
    assert declared.files <= published.files


@for_each(DECLARED)
def test_arguments_are_named_like_placeholders_and_annotations_resolve(declared: Declared) -> None:
    assert set(declared.operation.placeholders) <= set(declared.arguments)
    assert set(declared.hints) == {*declared.arguments, "return"}


def test_every_reason_is_still_needed() -> None:
    for table in (NOT_OFFERED, FILLED_IN):
        for (method, path), names in table.items():
            published = PUBLISHED[method, shape(path)]
            for name in names:
                assert name in published.query | published.headers
    for (method, path), names in UNPUBLISHED_PARAMETERS.items():
        published = PUBLISHED[method, shape(path)]
        assert not set(names) & published.query
