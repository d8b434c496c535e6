"""Makes any number of records of a module, fast."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any

from ..engine.numbers import drop_zero_fraction
from ..engine.values import format_moment
from ..state import Field, Module, Organisation, StoredRecord
from .names import COMPANIES, FIRST_NAMES, LAST_NAMES, TITLES

MANY = 100_000
"""So many records are enough for garbage collection to be felt."""

Make = Callable[[int, random.Random], Any]


def generate(org: Organisation, module: str, count: int, *, linked: bool = False) -> list[str]:
    """Add `count` plausible records to a module and return their ids, oldest first.

    The same call on an organisation with the same ids makes the same records. Lookups stay empty
    or, with `linked`, refer to existing records. Raises KeyError for an unknown module.
    """
    crm_module = org.metadata.modules[module]
    chance = random.Random(f"{module}/{count}")  # noqa: S311
    makers = [
        (field.api_name, make) for field in crm_module.fields if (make := maker(field)) is not None
    ]
    if linked:
        makers += [
            (field.api_name, _lookup_maker(targets))
            for field in crm_module.fields
            if field.data_type == "lookup" and not field.read_only and field.lookup != module
            if (targets := list(org.records.table(field.lookup or "").rows))
        ]
    users = list(org.users)
    start = org.clock.now() - timedelta(days=365)
    step = timedelta(days=365) / max(count, 1)
    store = org.records
    table = store.table(module)
    numbered = [field for field in crm_module.fields if field.data_type == "autonumber"]
    ids = []
    for number in range(count):
        at = format_moment(start + step * number)
        record: StoredRecord = {"id": org.ids.next()}
        for name, make in makers:
            record[name] = make(number, chance)
        user = users[number % len(users)]
        if crm_module.has_owner:
            record["Owner"] = user
        record.update(Created_By=user, Modified_By=user, Created_Time=at, Modified_Time=at)
        for field in numbered:
            serial = table.next_number(field.api_name, field.start_number)
            record[field.api_name] = f"{field.prefix}{serial}"
        for name, formula in crm_module.computed:
            record[name] = drop_zero_fraction(formula(record))
        store.put(module, record)
        ids.append(record["id"])
    return ids


def generate_all(org: Organisation, counts_or_number: int | Mapping[str, int]) -> None:
    """Add so many records to each self-contained module, or to the modules named.

    Raises ValueError for an unknown module.
    """
    counts = (
        dict.fromkeys(filter(None, map(_alone, org.metadata.modules.values())), counts_or_number)
        if isinstance(counts_or_number, int)
        else counts_or_number
    )
    if unknown := set(counts) - set(org.metadata.modules):
        raise ValueError(f"there is no module {min(unknown)!r} to generate records of")
    # First those that the lookups of others refer to.
    first = [name for name in _POINTED_AT if name in counts]
    with _many() if sum(counts.values()) >= MANY else nullcontext():
        for name in dict.fromkeys((*first, *counts)):
            generate(org, name, counts[name], linked=True)


@contextmanager
def _many() -> Iterator[None]:
    """Keep Python from searching all objects for garbage again and again.

    A search through a million records takes more than a second, and finds nothing.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_enabled:
            gc.enable()


_POINTED_AT = ("Accounts", "Contacts", "Vendors", "Products", "Campaigns")


def _alone(module: Module) -> str | None:
    """Return the module's name if its records need neither a parent nor subform rows, else None."""
    needs = any(
        field.mandatory and field.data_type in ("subform", "multi_module_lookup")
        for field in module.fields
    )
    return None if needs or module.parent_module or not module.show_as_tab else module.api_name


def _lookup_maker(targets: list[str]) -> Make:
    return lambda number, chance: targets[number % len(targets)]


def maker(field: Field) -> Make | None:
    """Return a maker of plausible values for a field; None if it stays empty."""
    if field.read_only:
        return None if field.default is None else (lambda number, chance: field.default)
    if field.formula is not None or field.api_name.endswith(_LEFT_EMPTY):
        return None
    make = _BY_NAME.get(field.api_name)
    if make is not None and field.data_type in ("text", "email", "phone"):
        return make
    if field.values:
        choices = [value.actual_value for value in field.values if value.actual_value != "-None-"]
        if field.data_type == "multiselectpicklist":
            return lambda number, chance: [choices[number % len(choices)]]
        return lambda number, chance: choices[chance.randrange(len(choices))]
    if field.unique:
        return None
    if field.mandatory and field.data_type in ("text", "textarea"):
        return lambda number, chance: f"{field.label} {number + 1}"
    return _BY_TYPE.get(field.data_type)


#: Fields that would contradict others: a place that is not that of the city.
_LEFT_EMPTY = ("Latitude", "Longitude", "Unsubscribed_Mode")


def _company(number: int, chance: random.Random) -> str:
    return f"{COMPANIES[number % len(COMPANIES)][0]} {number // len(COMPANIES) + 1}"


_BY_NAME: dict[str, Make] = {
    "First_Name": lambda number, chance: FIRST_NAMES[number % len(FIRST_NAMES)],
    "Last_Name": lambda number, chance: LAST_NAMES[chance.randrange(len(LAST_NAMES))],
    "Email": lambda number, chance: f"person{number + 1}@generated.example",
    "Company": _company,
    "Account_Name": _company,
    "City": lambda number, chance: COMPANIES[number % len(COMPANIES)][4],
    "Country": lambda number, chance: COMPANIES[number % len(COMPANIES)][5],
    "Designation": lambda number, chance: TITLES[number % len(TITLES)],
    "Phone": lambda number, chance: f"+49 30 555 {number % 10000:04d}",
}
_BY_TYPE: dict[str, Make] = {
    "integer": lambda number, chance: chance.randrange(1, 5000),
    "currency": lambda number, chance: chance.randrange(1000, 9_000_000),
    "double": lambda number, chance: drop_zero_fraction(chance.randrange(0, 1000) / 10),
    "percent": lambda number, chance: chance.randrange(0, 100),
    "boolean": lambda number, chance: number % 7 == 0,
    "date": lambda number, chance: f"2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
    "datetime": lambda number, chance: (
        f"2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}T{number % 24:02d}:00:00+00:00"
    ),
}
