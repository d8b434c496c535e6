"""Holds answers to the schemas that Zoho's SDKs carry in their `json_details.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Schema = dict[str, Any]
#: JSON values that a simple type may have; ids are text or numbers, null stands for nothing.
SIMPLE: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int, str),
    "boolean": (bool,),
    "double": (int, float),
    "float": (int, float),
    "date": (str,),
    "datetime": (str,),
    "list": (list,),
    "map": (dict,),
}
NUMBERS = ("integer", "double", "float")
#: Names of classes that hold a whole answer, and those that hold a body or what came of one.
_ANSWERS = re.compile(r"wrapper$", re.IGNORECASE)
_REQUESTS = re.compile(r"(action|body|request|file)_?wrapper$", re.IGNORECASE)


class Schemas:
    """The schemas of one SDK."""

    def __init__(self, file: Path) -> None:
        self._classes: dict[str, Schema] = json.loads(file.read_text("utf-8"))
        self._wrappers: dict[str, list[Schema]] = {}
        for name, schema in self._classes.items():
            if _ANSWERS.search(name) and not _REQUESTS.search(name):
                for member in _members(schema):
                    self._wrappers.setdefault(member["name"], []).append(member)

    def mismatches(self, answer: Any) -> list[str]:
        """Return where an answer fits none of the schemas that have its keys.

        Records are left out: their keys are those of the organisation.
        """
        names: list[str] = []
        for key, value in answer.items() if isinstance(answer, dict) else ():
            if key in ("data", "info"):
                continue
            candidates = [list(self._check(key, value, it)) for it in self._wrappers.get(key, ())]
            if candidates and all(candidates):
                names += sorted(candidates, key=len)[0]
        return names

    def _check(self, place: str, value: Any, member: Schema) -> Iterator[str]:
        if value is None:
            return
        kind = str(member["type"]).rpartition("/")[2].rpartition(".")[2].lower()
        structure = member.get("structure_name")
        if kind == "list":
            if not isinstance(value, list):
                yield f"{place}: {type(value).__name__}, not a list"
                return
            for item in value:
                yield from self._check_object(f"{place}[]", item, structure)
        elif kind in SIMPLE:
            fits = isinstance(value, SIMPLE[kind])
            if not fits or (isinstance(value, bool) and kind in NUMBERS):
                yield f"{place}: {type(value).__name__}, not {kind}"
            elif kind == "long" and not str(value).lstrip("-").isdigit():
                yield f"{place}: {value!r}, not a number"
        elif kind == "choice":
            allowed = member.get("values")
            if allowed and value not in allowed:
                yield f"{place}: {value!r}, not one of {allowed}"
        elif structure:
            yield from self._check_object(place, value, structure)

    def _check_object(self, place: str, value: Any, structure: str | None) -> Iterator[str]:
        schema = self._classes.get(structure or "")
        if schema is None or schema.get("interface") or value is None:
            return
        if str(structure).lower().endswith("choice"):
            return
        if not isinstance(value, dict):
            if value not in ("", []):
                yield f"{place}: {type(value).__name__}, not an object"
            return
        for member in _members(schema):
            if member["name"] in value:
                child = f"{place}.{member['name']}"
                yield from self._check(child, value[member["name"]], member)


def _members(schema: Schema) -> Iterator[Schema]:
    return (it for it in schema.values() if isinstance(it, dict) and "name" in it and "type" in it)
