"""The emulator has a file or package for each resource of the client, and the other way round."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from django_zcrm.emulator import Emulator, api
from django_zcrm.emulator.core.routing import Route, Router
from django_zcrm.emulator.metadata.catalogue import standard_catalogue
from django_zcrm.zoho.catalogue.operations import CatalogueEntry, entries
from django_zcrm.zoho.catalogue.resource_table import Resources
from tests.cases import check_each

API = Path(str(api.__file__)).parent
RESOURCES = sorted(Resources.__annotations__)
#: In Zoho's SDKs and in none of its descriptions, so that the client has no operation for them.
SDKS_ONLY = {"email_signatures", "signals", "taxes", "territory_transfers", "webforms"}
#: Published paths in which a module or a list of the CRM stands for a placeholder.
EXAMPLES = {"{version}": "v8", "{module}": "Quotes", "{related_list}": "Products"}


@pytest.fixture(scope="module")
def router() -> Router:
    return Emulator(data="empty").router


def route_of(router: Router, entry: CatalogueEntry) -> Route | None:
    """The emulator's route of an operation; None if it has no behaviour or no path in the API."""
    if not entry.operation.path.startswith("/crm/"):
        return None  # a download at the address in a response
    parts = [
        EXAMPLES.get(part, "1" if part.startswith("{") else part)
        for part in entry.operation.path.split("/")
    ]
    route = router.find(entry.operation.method, "/".join(parts), 8.0).route
    return route if route is not None and route.handler is not None else None


def home_of(route: Route) -> str:
    """The file or package of `api` in whose table a route stands."""
    (name,) = (
        name
        for name, room in vars(api).items()
        if isinstance(room, ModuleType) and any(served is route for served in _table(room))
    )
    return name


def _table(room: ModuleType) -> list[Route]:
    table: Any = getattr(room, "routes", None)
    return [] if table is None else list(table.table)


def test_every_emulated_resource_has_a_file_of_its_name(router: Router) -> None:
    emulated = {entry.resource for entry in entries() if route_of(router, entry) is not None}
    files = {
        path.stem for path in API.iterdir() if path.stem != "__init__" and path.suffix == ".py"
    }
    packages = {path.parent.name for path in API.glob("*/__init__.py")}
    assert files & packages == set()
    assert sorted(files | packages) == sorted(emulated | SDKS_ONLY)
    assert set(RESOURCES) == emulated


@check_each("resource", RESOURCES)
def test_the_operations_of_a_resource_are_in_its_file(router: Router, resource: str) -> None:
    """Or in `records` and `related_records`, for the module or list that the file names."""
    room = import_module(f"{api.__name__}.{resource}")
    module = getattr(room, "MODULE", None)
    related_list = getattr(room, "RELATED_LIST", None)
    for entry in entries():
        route = route_of(router, entry) if entry.resource == resource else None
        if route is None:
            continue
        parts = entry.operation.path.split("/")
        if home_of(route) == resource:
            continue
        if home_of(route) == "records":
            assert module in parts, entry.name
            assert module in standard_catalogue().modules
        else:
            assert home_of(route) == "related_records", entry.name
            assert related_list in parts, entry.name
