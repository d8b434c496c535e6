"""Python's names for what Zoho calls fields and modules, as `zcrm_inspect` writes them.

The rules are those of Django's `inspectdb`, as far as they fit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import partial
from keyword import iskeyword

from .record import Record

_TAKEN = frozenset({*(name for name in dir(Record) if not name.startswith("_")), "self"})
"""Names of a record's own attributes, and of its constructor's argument."""


def attributes(names: Iterable[str], taken: frozenset[str] = _TAKEN) -> dict[str, str]:
    """Return an attribute for each API name of a field: `last_name` for `Last_Name`.

    No two are the same, whatever the order of the names, and none is among those that are `taken`,
    by default those of a record's own attributes.
    """
    return _without_clashes(names, partial(_attribute, taken=taken))


def classes(modules: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Return the name of a class for each API name of a module: `PriceBook` for `Price_Books`.

    None is among the names that are `taken`.
    """
    reserved = frozenset(taken)

    def class_name(module: str) -> str:
        words = _words(module).split("_")
        words[-1] = _singular(words[-1])
        name = "".join(word[:1].upper() + word[1:] for word in words) or "Module"
        name = f"Module{name}" if not name.isidentifier() else name
        return f"{name}Record" if name in reserved or iskeyword(name) else name

    return _without_clashes(modules, class_name)


def _without_clashes(names: Iterable[str], named: Callable[[str], str]) -> dict[str, str]:
    chosen_names: dict[str, str] = {}
    taken = set[str]()
    # Zoho's own fields, which end in __s, make room for those of the organisation.
    for name in sorted(names, key=lambda name: (name.endswith("__s"), name)):
        first, number = named(name), 2
        chosen = first
        while chosen in taken:
            chosen, number = f"{first}_{number}", number + 1
        taken.add(chosen)
        chosen_names[name] = chosen
    return chosen_names


def _words(name: str) -> str:
    """Return a name as words with underscores between them, of letters and digits only."""
    plain = unicodedata.normalize("NFKC", name.removesuffix("__s"))
    words = "".join(char if f"a{char}".isidentifier() else "_" for char in plain)
    return re.sub("_+", "_", words).strip("_")


def _attribute(name: str, taken: frozenset[str]) -> str:
    attribute = unicodedata.normalize("NFKC", _words(name).lower()).strip("_") or "field"
    if not attribute.isidentifier():  # it begins with a digit, or with an accent
        attribute = f"number_{attribute}" if attribute[0].isdigit() else f"field_{attribute}"
    if iskeyword(attribute) or attribute in taken:
        # Not with an underscore at the end, which `class___in` could not tell from a lookup's.
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
