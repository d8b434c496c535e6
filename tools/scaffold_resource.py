"""Draft a resource file from an OpenAPI description of Zoho's, for a person to name and own.

    python tools/scaffold_resource.py tags-openapi.json > django_zcrm/zoho/resources/tags.py

Paths, parameters, enums, envelopes and scopes are the description's; names are guesses by shape,
and every docstring is left to write. Two methods with one name are printed as they are: that is
where naming begins. See docs/contributing/add-an-operation.md.
"""

from __future__ import annotations

import argparse
import json
import keyword
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

VERBS = {"get": "get", "post": "create", "put": "update", "patch": "patch", "delete": "delete"}
TYPES = {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}
LISTS = {"fields", "ids", "include"}

HEAD = '''\
"""{title}."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from ..http.downloads import Download
from ..http.encoding import File
from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import Values
from . import Resource


class {title}(Resource):
    """{title} (Zoho's manual: {title})."""

'''

Node = Mapping[str, Any]


class Description:
    """One OpenAPI file."""

    def __init__(self, document: Node) -> None:
        self.document = document

    def resolved(self, node: Any) -> Node:
        """Follow references within the file; a dangling or outside one is empty."""
        while isinstance(node, Mapping) and "$ref" in node:
            target: Any = self.document if node["$ref"].startswith("#/") else {}
            for name in node["$ref"].removeprefix("#/").split("/"):
                target = target.get(name, {}) if isinstance(target, Mapping) else {}
            node = target
        return node if isinstance(node, Mapping) else {}

    def operations(self) -> Iterator[tuple[str, str, Node, Node]]:
        """Yield method, whole path, the operation and the path's common part."""
        servers = self.document.get("servers") or [{}]
        base = re.sub(r"https?://[^/]*", "", servers[0].get("url", ""))
        for path, item in self.document.get("paths", {}).items():
            whole = path if path.startswith("/crm") else base + path
            whole = re.sub(r"/v\d+(\.\d+)?/", "/{version}/", whole)
            for method in VERBS:
                if method in item:
                    yield method, _snake_path(whole), item[method], item

    def parameters(self, operation: Node, item: Node) -> list[Node]:
        """Return the parameters outside of the path, those that are required first.

        One that bears the name of another, such as a placeholder of the path, is left out.
        """
        described = [*item.get("parameters", []), *operation.get("parameters", [])]
        parameters = [self.resolved(parameter) for parameter in described]
        inside = {snake(each["name"]) for each in parameters if each.get("in") == "path"}
        outside = {
            snake(each["name"]): each
            for each in parameters
            if each.get("in") in {"query", "header"}
        }
        remaining = [parameter for name, parameter in outside.items() if name not in inside]
        return sorted(remaining, key=lambda parameter: not parameter.get("required"))

    def schema(self, content: Any, media_type: str = "application/json") -> Node:
        """Return the schema of a body, of its first branch where there are several."""
        media = self.resolved(content).get("content", {}).get(media_type, {})
        schema = self.resolved(media.get("schema"))
        while branches := schema.get("oneOf") or schema.get("anyOf"):
            schema = self.resolved(branches[0])
        return schema

    def files(self, operation: Node) -> list[str]:
        """Return the names of the files in a multipart body."""
        form = self.schema(operation.get("requestBody", {}), "multipart/form-data")
        parts = {name: self.resolved(node) for name, node in form.get("properties", {}).items()}
        return [
            name
            for name, node in parts.items()
            if "binary" in {node.get("format"), self.resolved(node.get("items")).get("format")}
        ]

    def scopes(self, operation: Node) -> list[str]:
        """Return the scopes of the operation, or of the file."""
        requirements = operation.get("security", self.document.get("security", []))
        return sorted(
            {scope for each in requirements for scopes in each.values() for scope in scopes}
        )


def snake(name: str) -> str:
    """Return `moduleApiName` as `module_api_name`."""
    snaked = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
    return f"{snaked}_" if keyword.iskeyword(snaked) else snaked


def _snake_path(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: f"{{{snake(match.group(1))}}}", path)


def method_name(method: str, path: str, result: str) -> str:
    """Guess a name: what follows `actions/`, or a verb, with `_one` for one thing of many."""
    if "/actions/" in path:
        return snake(path.rpartition("/actions/")[2].split("/")[0])
    by_id = path.endswith("}")
    if method == "get":
        return "get" if by_id else "list"
    return VERBS[method] + ("_one" if by_id and result == "Outcome" else "")


def draft_method(
    described: Description, method: str, path: str, operation: Node, item: Node
) -> str:
    """Return one method as source."""
    answers = [
        answer
        for status, answer in operation.get("responses", {}).items()
        if str(status).startswith("2")
    ]
    answer = described.resolved(answers[0]) if answers else {}
    properties = described.schema(answer).get("properties", {})
    sent = described.schema(operation.get("requestBody", {})).get("properties", {})
    files = described.files(operation)
    result = _result(method, path, properties, answer)
    if files and result == "BatchResult":
        result = "Outcome"
    declared = [f'"{method.upper()}"', f'"{path}"']
    arguments = [f"{name}: str" for name in re.findall(r"\{(\w+)\}", path) if name != "version"]
    key = _envelope(sent) or _envelope(properties)
    if key:
        declared.append(f'key="{key}"')
    if key in sent:
        declared += [f'body="{key}"', *(["in_list=True"] if result == "Outcome" else [])]
        arguments.append(f"{key}: {'Values' if result == 'Outcome' else 'Sequence[Values]'}")
    if files:
        declared.append(f"files={tuple(files)!r}")
        arguments += [f"{name}: File" for name in files]
    top_level = [snake(name) for name in sent if name != key]
    if top_level:
        declared.append(f"top_level={tuple(top_level)!r}")
    optional, words = _parameters(described, operation, item)
    in_body = {snake(name) for name in sent}
    optional = [argument for argument in optional if argument.partition(":")[0] not in in_body]
    optional = [f"{name}: Any = None" for name in top_level] + optional
    if scopes := described.scopes(operation):
        words["scopes"] = tuple(scopes)
    declared += [f"{word}={value!r}" for word, value in words.items()]
    parameters = ["self", *arguments, *(["*", *optional] if optional else [])]
    return (
        f"    @operation({', '.join(declared)})\n"
        f"    def {method_name(method, path, result)}({', '.join(parameters)}) -> {result}:\n"
        '        """."""\n        ...\n'
    )


def _parameters(
    described: Description, operation: Node, item: Node
) -> tuple[list[str], dict[str, Any]]:
    """Return the arguments for query and headers, and the decorator's words for their names."""
    arguments = []
    names: dict[str, dict[str, str]] = {"query": {}, "header": {}}
    for parameter in described.parameters(operation, item):
        name = snake(parameter["name"])
        if parameter["in"] == "header" or name != parameter["name"]:
            names[parameter["in"]][name] = parameter["name"]
        annotation = _annotation(parameter["name"], described.resolved(parameter.get("schema")))
        arguments.append(
            f"{name}: {annotation}" + ("" if parameter.get("required") else " | None = None")
        )
    words = {"rename": names["query"], "headers": names["header"]}
    return arguments, {word: value for word, value in words.items() if value}


def _envelope(properties: Node) -> str:
    """Return the key that holds the things themselves."""
    lists = [name for name, node in properties.items() if _is_list(node)]
    return lists[0] if lists else ""


def _is_list(node: Any) -> bool:
    return isinstance(node, Mapping) and (node.get("type") == "array" or "items" in node)


def _result(method: str, path: str, properties: Node, answer: Node) -> str:
    """Return the annotation of the result."""
    content = answer.get("content", {})
    if content and "application/json" not in content:
        return "Download"
    if method != "get":
        return "Outcome" if path.endswith("}") else "BatchResult"
    if path.endswith("}"):
        return "dict[str, Any]"
    return f"{'Page' if 'info' in properties else 'Sequence'}[dict[str, Any]]"


def _annotation(name: str, schema: Node) -> str:
    if choices := schema.get("enum"):
        return f"Literal[{', '.join(json.dumps(choice) for choice in choices)}]"
    if schema.get("format") in {"date-time", "date"}:
        return "datetime" if schema["format"] == "date-time" else "date"
    if schema.get("type") == "array" or name in LISTS:
        return "Sequence[str]"
    return TYPES.get(str(schema.get("type")), "str")


def draft(document: Node, name: str) -> str:
    """Return a whole resource file as source; ruff formats it and drops needless imports."""
    described = Description(document)
    methods = [draft_method(described, *operation) for operation in described.operations()]
    title = "".join(word.capitalize() for word in re.split(r"[\W_]+", name))
    return HEAD.format(title=title) + "\n".join(methods)


def main() -> None:
    """Print the draft of a description's resource."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("description", type=Path, help="an OpenAPI file, as JSON")
    parser.add_argument("--name", help="the resource's; left out, the file's")
    options = parser.parse_args()
    name = options.name or re.sub(r"^zoho-crm-|-openapi$", "", options.description.stem)
    print(draft(json.loads(options.description.read_text("utf-8")), name))


if __name__ == "__main__":
    main()
