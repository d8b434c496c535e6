"""Python names for Zoho's fields and modules, as `zcrm_inspect` writes them.

The rules are those of Django's `inspectdb`, as far as they fit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import partial
from keyword import iskeyword

from .record import Record

_TAKEN = frozenset(
    {*(name for name in dir(Record) if not name.startswith("_")), "self", "validate"}
)
"""Names of a record's own attributes, of its constructor's argument, and of one of `create`."""


def attributes(names: Iterable[str], reserved: frozenset[str] = _TAKEN) -> dict[str, str]:
    """Return an attribute for each API name of a field: `last_name` for `Last_Name`.

    The attributes are unique, independently of the order of the names. None is in `reserved`, by
    default the names of a record's own attributes.
    """
    return _without_clashes(names, partial(_attribute, reserved=reserved))


def classes(modules: Iterable[str], reserved: Iterable[str]) -> dict[str, str]:
    """Return the name of a class for each API name of a module: `PriceBook` for `Price_Books`.

    No returned name is in `reserved`.
    """
    reserved_names = frozenset(reserved)

    def class_name(module: str) -> str:
        words = _words(module).split("_")
        words[-1] = _singular(words[-1])
        name = "".join(word[:1].upper() + word[1:] for word in words) or "Module"
        name = f"Module{name}" if not name.isidentifier() else name
        return f"{name}Record" if name in reserved_names or iskeyword(name) else name

    return _without_clashes(modules, class_name)


def _without_clashes(names: Iterable[str], make_name: Callable[[str], str]) -> dict[str, str]:
    chosen_names: dict[str, str] = {}
    used_names = set[str]()
    # Fields of the organisation get the shorter name; Zoho's own fields end in __s.
    for name in sorted(names, key=lambda name: (name.endswith("__s"), name)):
        first, number = make_name(name), 2
        candidate = first
        while candidate in used_names:
            candidate, number = f"{first}_{number}", number + 1
        used_names.add(candidate)
        chosen_names[name] = candidate
    return chosen_names


def _words(name: str) -> str:
    """Return a name as words with underscores between them, of letters and digits only."""
    plain = unicodedata.normalize("NFKC", name.removesuffix("__s"))
    words = "".join(char if f"a{char}".isidentifier() else "_" for char in plain)
    return re.sub("_+", "_", words).strip("_")


def _attribute(name: str, reserved: frozenset[str]) -> str:
    attribute = unicodedata.normalize("NFKC", _words(name).lower()).strip("_") or "field"
    if not attribute.isidentifier():  # it begins with a digit, or with an accent
        attribute = f"number_{attribute}" if attribute[0].isdigit() else f"field_{attribute}"
    if iskeyword(attribute) or attribute in reserved:
        # No underscore at the end: `class___in` would be ambiguous.
        attribute = f"{attribute}_field"
    return attribute


def _singular(word: str) -> str:
    lower = word.lower()
    if lower.endswith("ies") and len(lower) > 4:
        return f"{word[:-3]}y"
    if lower.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if lower.endswith("s") and not lower.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
