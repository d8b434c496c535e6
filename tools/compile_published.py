"""Compile Zoho's published descriptions into the facts that the contract tests compare with.

    python tools/compile_published.py DESCRIPTIONS > tests/contract/published.txt

DESCRIPTIONS is a directory that holds `zoho-operations.json` (the operations of both of Zoho's
OpenAPI sets) and the sets themselves, `zoho-oas-3.0` and `zoho-oas-3.1`. It is no part of the
project; only names and flags are taken from it. One line is one operation:

    METHOD path !query-required ?query-optional @header <body-key ^file >response-key status

Paths that differ only in the names of placeholders or in the case of letters are one operation.
Where the sets disagree on what is required, the newer decides; a parameter that it does not know
is optional.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Facts = dict[str, Any]


def shape(path: str) -> str:
    """Return the path without the names of its placeholders and the case of its letters."""
    return re.sub(r"\{[^}]*\}", "{}", path).lower()


def read_descriptions(directory: Path) -> Iterator[tuple[str, str, str, dict[str, bool]]]:
    """Yield file, method, tail of the path, and which parameters are required."""
    for file in sorted(directory.glob("zoho-oas-*/*.json")):
        document = json.loads(file.read_text())
        name = f"{file.parent.name.removeprefix('zoho-oas-')}/{file.stem}"
        for path, item in document.get("paths", {}).items():
            for method, operation in item.items():
                if method not in {"get", "post", "put", "patch", "delete"}:
                    continue
                parameters = [
                    _resolve(document, parameter)
                    for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]
                ]
                yield (
                    name,
                    method.upper(),
                    _tail(path),
                    {
                        p["name"]: bool(p.get("required"))
                        for p in parameters
                        if p.get("in") == "query"
                    },
                )


def _tail(path: str) -> str:
    """Return what follows the version: only some files write what stands before it."""
    return re.sub(r"^/crm(/bulk|/email)?/(v8|\{\})/", "/", shape(path))


def _resolve(document: Any, node: Any) -> Any:
    while "$ref" in node:
        pointer = node["$ref"].partition("#")[2]
        node = document
        for key in pointer.strip("/").split("/"):
            # One reference of the older set leads nowhere (notes).
            node = node.get(key.replace("~1", "/").replace("~0", "~"), {})
    return node


def read_facts(directory: Path) -> dict[tuple[str, str], Facts]:
    """Return the facts of each operation by method and shape of the path."""
    newer: dict[tuple[str, str, str], list[dict[str, bool]]] = {}
    for name, method, tail, flags in read_descriptions(directory):
        newer.setdefault((name, method, tail), []).append(flags)
    operations: dict[tuple[str, str], Facts] = {}
    for operation in json.loads((directory / "zoho-operations.json").read_text()):
        method, path = operation["method"], operation["path"]
        facts = operations.setdefault(
            (method, shape(path)),
            {"path": path, "!": set(), "?": set(), "@": set(), "<": set(), "^": set(), ">": set()},
        )
        files = [name for name in operation["described_in"] if name.startswith("3.1/")]
        decisions = [d for name in files for d in newer.get((name, method, _tail(path)), [])]
        for parameter in operation["parameters"]:
            name = parameter["name"]
            if parameter["in"] == "header":
                facts["@"].add(name)
            elif parameter["in"] == "query":
                required = any(
                    decision.get(name, False)
                    for decision in decisions or [{name: parameter["required"]}]
                )
                facts["!" if required else "?"].add(name)
        for media_type, keys in operation["body"].items():
            facts["<" if "json" in media_type else "^"].update(keys)
        facts.setdefault("statuses", set()).update(s for s in operation["responses"] if s < "3")
        for status, kinds in operation["responses"].items():
            if status < "3":
                facts[">"].update(key for keys in kinds.values() for key in keys)
        facts["?"] -= facts["!"]
    return operations


def line(method: str, facts: Facts) -> str:
    """Write the facts of one operation."""
    words = [f"{mark}{name}" for mark in "!?@<^>" for name in sorted(facts[mark])]
    return " ".join([method, facts["path"], *words, *sorted(facts["statuses"])])


if __name__ == "__main__":
    facts = read_facts(Path(sys.argv[1]))
    sys.stdout.writelines(
        f"{line(method, of_operation)}\n"
        for (method, _), of_operation in sorted(
            facts.items(), key=lambda fact: (fact[1]["path"], fact[0][0])
        )
    )
