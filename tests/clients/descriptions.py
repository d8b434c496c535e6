"""Zoho's own OpenAPI files as JSON schemas of answers, and how an answer differs from them.

The files are not part of this project; they may be next to a
checkout.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Schema = dict[str, Any]
RAW = re.compile(r"https://raw\.githubusercontent\.com/[^#]*/")
"""How the files of 2025 refer to each other."""
ID = re.compile(r"/\d{15,}")
INDEX = re.compile(r"\[\d+\]")


class Deviation(NamedTuple):
    """Something in an answer that no description of its operation allows.

    ``operation`` is the request without ids, ``place`` a JSON path without indices, possibly
    ending in a missing key; ``what`` explains it for each edition.
    """

    operation: str
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.operation} {self.place}: {self.what}"


def deviations(
    editions: Iterable[Edition], method: str, path: str, status: int, answer: Any
) -> list[Deviation]:
    """Return what in an answer no edition allows; the editions contradict each other.

    Raises LookupError for an operation that none of them describes.
    """
    described = {edition: edition.described(method, path) for edition in editions}
    closest = max(
        (each.literals for operations in described.values() for each in operations),
        default=0,
    )
    by_edition = [
        edition.complaints(method, path, status, answer)
        for edition, operations in described.items()
        if operations and operations[0].literals == closest
    ]
    if not by_edition:
        raise LookupError(f"{method} {path} is not described")
    deviations = set()
    for place in {place for complaints in by_edition for place in complaints}:
        words = [_words_about(complaints, place) for complaints in by_edition]
        if all(words):
            what = " | ".join(dict.fromkeys(words))
            deviations.add(
                Deviation(ID.sub("/{id}", f"{method} {path}"), INDEX.sub("[]", place), what)
            )
    return sorted(deviations)


def _words_about(complaints: dict[str, str], place: str) -> str:
    """An edition's rule for a place, or for its parent; empty if it allows it."""
    steps = re.split(r"(?=[.[])", place)
    for count in range(len(steps), 0, -1):
        if what := complaints.get("".join(steps[:count])):
            return what
    return ""


@dataclass(frozen=True)
class Operation:
    """An operation of one file; ``responses`` has the schema of the answer's JSON by status."""

    name: str
    pattern: re.Pattern[str]
    literals: int
    responses: dict[str, Schema]


class Edition:
    """One edition of the descriptions: all files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name.removeprefix("zoho-oas-")
        self.files: dict[str, Schema] = {
            path.name: json.loads(RAW.sub("", path.read_text()))
            for path in sorted(folder.glob("*.json"))
        }

    @cached_property
    def registry(self) -> Registry[Any]:
        """The files by name, translated from OpenAPI to JSON schema."""
        registry: Registry[Any] = Registry()
        return registry.with_resources(
            (name, DRAFT202012.create_resource(translate_schema(file)))
            for name, file in self.files.items()
        )

    @cached_property
    def operations(self) -> list[Operation]:
        """All operations, those with the fewest placeholders first."""
        operations = [each for name, file in self.files.items() for each in _operations(name, file)]
        return sorted(operations, key=lambda each: -each.literals)

    def described(self, method: str, path: str) -> list[Operation]:
        """Return the operations that a request may be for, several since the files overlap."""
        request = f"{method} {path}"
        operations = [each for each in self.operations if each.pattern.fullmatch(request)]
        return [each for each in operations if each.literals == operations[0].literals]

    def complaints(self, method: str, path: str, status: int, answer: Any) -> dict[str, str]:
        """Return what in an answer is not as described, by its place.

        If several descriptions match the request, the closest one is used.
        """
        operations = self.described(method, path)
        return min(
            (self._complaints(each, status, answer) for each in operations), key=len, default={}
        )

    def _complaints(self, operation: Operation, status: int, answer: Any) -> dict[str, str]:
        if str(status) not in operation.responses:
            known = ", ".join(sorted(operation.responses))
            return {"$": f"status {status}, not {known}"}
        schema = operation.responses[str(status)]
        validator = Draft202012Validator(schema, registry=self.registry)
        errors = validator.iter_errors(answer)
        return dict(difference for error in errors for difference in _differences(error))


def _operations(name: str, file: Schema) -> Iterator[Operation]:
    base = ""
    for server in file.get("servers", ()):
        base = re.sub(r"^https://[^/]*|/$", "", server["url"]).replace("{version}", "v8")
    for template, methods in file["paths"].items():
        whole = template if template.startswith("/crm/") else base + template
        for method, described in methods.items():
            if method in ("get", "post", "put", "patch", "delete"):
                steps = (name, "paths", template, method, "responses")
                yield Operation(
                    f"{method.upper()} {whole}",
                    _pattern(method, whole),
                    sum("{" not in part for part in whole.split("/")),
                    dict(_responses(file, steps, described["responses"])),
                )


def _pattern(method: str, template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", template)
    return re.compile(f"{method.upper()} " + "[^/]+".join(map(re.escape, parts)))


def _responses(
    file: Schema, steps: tuple[str, ...], responses: Schema
) -> Iterator[tuple[str, Schema]]:
    """Every status with a schema: a reference into the file, or one that allows anything."""
    for status, response in responses.items():
        at = (*steps, status)
        while "$ref" in response:
            at = (steps[0], *response["$ref"].removeprefix("#/").split("/"))
            response = file[at[1]][at[2]][at[3]]
        content = response.get("content", {})
        for kind, described in content.items():
            if kind.startswith("application/json"):
                known = "schema" in described
                yield status, _reference(*at, "content", kind, "schema") if known else {}


def _reference(name: str, *steps: str) -> Schema:
    pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)
    return {"$ref": f"{name}#/{pointer}"}


def translate_schema(schema: Any) -> Any:
    """Translate OpenAPI 3.0 to JSON schema, and allow only the properties listed.

    `nullable` becomes a type. `oneOf` becomes `anyOf`: if all keys are optional, more than one of
    its branches matches. A bare `object` is Zoho's notation for any value. An
    object with `properties` may have no others unless it allows them: otherwise the files of 2025
    would allow anything.
    """
    if isinstance(schema, list):
        return [translate_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    json_schema = {key: translate_schema(value) for key, value in schema.items()}
    if isinstance(json_schema.get("oneOf"), list):
        json_schema["anyOf"] = json_schema.pop("oneOf")
    if json_schema.get("type") == "object" and isinstance(json_schema.get("properties"), dict):
        json_schema.setdefault("additionalProperties", False)
    elif set(json_schema) == {"type"} and json_schema["type"] == "object":
        return {}
    if isinstance(json_schema.get("pattern"), str) and r"\p{" in json_schema["pattern"]:
        del json_schema["pattern"]  # uses ECMAScript's property classes, which Python does not have
    # Together with `allOf` it would also report each wrong key as unknown.
    json_schema.pop("unevaluatedProperties", None)
    if json_schema.pop("nullable", None) is True:
        return {"anyOf": [json_schema, {"type": "null"}]}
    return json_schema


def _differences(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Where and how an answer differs; of alternatives, from the closest one."""
    place = "$" + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path
    )
    if error.context:
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.relative_schema_path[0], []).append(inner)
        for inner in min(branches.values(), key=_distance):
            yield from _differences(inner)
        return
    # Typed as if it could be unset, which it never is in a validator's errors.
    schema: Any = error.schema
    rule: Any = error.validator_value
    answer: Any = error.instance
    if error.validator == "additionalProperties":
        for key in set(answer) - set(schema.get("properties", ())):
            yield f"{place}.{key}", "not described"
    elif error.validator == "required":
        for key in set(rule) - set(answer):
            yield f"{place}.{key}", "missing"
    elif error.validator == "type":
        yield place, f"{_kind(answer)}, not {rule}"
    else:
        yield place, f"against {error.validator} {str(rule)[:60]}"


def _distance(errors: list[ValidationError]) -> tuple[int, int]:
    """How far a branch is from the answer: the deeper the first error, the closer."""
    depth = max((len(each.absolute_path) for each in errors), default=0)
    return -depth, len(errors)


def _kind(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return "null" if value is None else kinds.get(type(value), "object")
