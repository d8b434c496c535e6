"""Finds the operations that Python source calls by clients, record sets, typed records, mirrors."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .operations import CatalogueEntry, entries
from .scopes import Use

_READ = ("coql.query", "records.list", "fields.list")
_BULK_READ = ("bulk_read.create", "bulk_read.get", "bulk_read.download")
_BULK_WRITE = ("bulk_write.upload", "bulk_write.create", "bulk_write.get", "bulk_write.download")

_OF_SETS: Mapping[str, tuple[str, ...]] = {
    "iterator": _BULK_READ,
    "search": ("records.search",),
    "create": ("records.create",),
    "bulk_create": ("records.create", *_BULK_WRITE),
    "upsert": ("records.upsert", *_BULK_WRITE),
    "update": ("records.update", *_BULK_WRITE),
    "bulk_update": ("records.update", *_BULK_WRITE),
    "delete": ("records.delete",),
}
"""What methods of record sets call in addition to reading."""

_OF_RECORDS: Mapping[str, tuple[str, ...]] = {
    "save": ("records.create", "records.update"),
    "refresh": ("records.get",),
    "delete": ("records.delete",),
}
"""What methods of typed records call."""

_CLIENT_CLASSES = frozenset({"Client", "AsyncClient", "ConnectionClient", "Site"})
_CLIENT_MAKERS = frozenset({"default", "adefault"})
"""Methods of `zcrm` that return a client, in addition to `for_user` and the like."""

_TO_RECORDS = frozenset({"get", "first", "last", "earliest", "latest", "create"})
"""Methods of record sets that return a record."""

_MIRROR = (
    *_READ,
    *_BULK_READ,
    "records.get",
    "records.deleted",
    "notifications.list",
    "notifications.create",
    "notifications.update",
    "notifications.delete",
)
_PUSH = ("records.create", "records.update", "records.upsert", "records.delete", *_BULK_WRITE)


@dataclass(frozen=True)
class RecordClass:
    """A class of typed records, or with `is_mirror` a model; `is_pushed` if changes are sent."""

    module: str
    is_mirror: bool = False
    is_pushed: bool = False


@dataclass(frozen=True)
class _Records:
    """The value of an expression: a record set of a module, or one record."""

    module: str
    is_record: bool = False


def record_classes(tree: ast.AST) -> dict[str, RecordClass]:
    """Return the typed records and mirror models that source declares, by the class's name."""
    class_by_name = {}
    nodes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for node in nodes.values():
        for inner in node.body:
            if isinstance(inner, ast.ClassDef) and inner.name == "Zoho":
                options = _find_assigned(inner)
                match options.get("module"):
                    case ast.Constant(value=str(module)):
                        push = options.get("push")
                        is_empty = isinstance(push, ast.List | ast.Tuple) and not push.elts
                        is_pushed = push is not None and not is_empty
                        class_by_name[node.name] = RecordClass(
                            module, _is_mirror(node, nodes), is_pushed
                        )
    return class_by_name


def _is_mirror(node: ast.ClassDef, nodes: Mapping[str, ast.ClassDef]) -> bool:
    """Return whether a class is a Django model, by those of its base classes that are in `nodes`.

    A class with an imported base is a model if it declares fields by `models.SomeField(...)`.
    """
    for base in node.bases:
        name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
        if name in ("MirrorModel", "Record"):
            return bool(name == "MirrorModel")
        if name in nodes and name != node.name:
            # Without the class itself: its name may mean another class above it.
            rest = {other: nodes[other] for other in nodes if other != node.name}
            return _is_mirror(nodes[name], rest)
    for value in _find_assigned(node).values():
        match value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="models"))):
                return True
    return False


def _find_assigned(node: ast.ClassDef) -> dict[str, ast.expr]:
    """Return the values that a class's body assigns to names."""
    values = {}
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                values[name] = value
    return values


def used_in(tree: ast.AST, classes: Mapping[str, RecordClass]) -> list[Use]:
    """Return the operations that parsed source calls; `classes` are those of the whole project.

    The names `zcrm` and `crm` count as clients, and so do the results of `for_user` and the like, a
    request's `azcrm()`, a client's `aio`, and names that are annotated as clients or assigned from
    one. A mirror model counts with the operations that its mirror calls.
    """
    clients = _clients(tree)
    uses = _calls(tree, clients)
    for declared in record_classes(tree).values():
        if declared.is_mirror:
            uses += _find_named_uses(
                declared.module, _MIRROR + (_PUSH if declared.is_pushed else ())
            )
    records = {
        name: record_class for name, record_class in classes.items() if not record_class.is_mirror
    }
    for module, operations in _RecordUses(clients, records).find(tree):
        uses += _find_named_uses(module, operations)
    return uses


def _find_named_uses(module: str, operations: Iterable[str]) -> list[Use]:
    entry_by_name = {entry.name: entry for entry in entries()}
    return [Use(entry_by_name[name], module, names_fields=True) for name in operations]


def _calls(tree: ast.AST, clients: set[str]) -> list[Use]:
    """Return the operations that are called on a client's resources."""
    entry_by_name = {entry.name: entry for entry in entries()}
    uses = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = node.func.value
        if not (isinstance(owner, ast.Attribute) and _is_client(owner.value, clients)):
            continue
        if entry := entry_by_name.get(f"{owner.attr}.{node.func.attr}"):
            names_fields = any(keyword.arg == "fields" for keyword in node.keywords)
            uses.append(Use(entry, _module_of(node, entry), names_fields))
    return uses


def _clients(tree: ast.AST) -> set[str]:
    """Return the names that refer to a client anywhere in a file, following assignments."""
    names = {"zcrm", "crm"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django_zcrm"):
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "zcrm"}
        match node:
            case ast.arg(arg=name, annotation=annotation) if _names_client(annotation):
                names.add(name)
            case ast.AnnAssign(
                target=ast.Name(id=name) | ast.Attribute(attr=name), annotation=annotation
            ) if _names_client(annotation):
                names.add(name)
    while True:
        more = {
            target.attr if isinstance(target, ast.Attribute) else target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr)
            and node.value is not None
            and _is_client(node.value, names)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name | ast.Attribute)
        }
        if more <= names:
            return names
        names |= more


def _names_client(annotation: ast.expr | None) -> bool:
    """Return whether an annotation names a class of clients, also in a union or a string."""
    text = "" if annotation is None else ast.unparse(annotation)
    return not _CLIENT_CLASSES.isdisjoint(re.findall(r"\w+(?!\.)\b", text))


def _is_client(node: ast.expr, clients: set[str]) -> bool:
    match node:
        case ast.Attribute(value=value, attr="aio"):
            return _is_client(value, clients)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in clients
        case ast.Call(func=ast.Attribute(value=value, attr=maker)):
            if maker == "azcrm":  # of a request, as ZCRMMiddleware sets it
                return True
            is_maker = maker in _CLIENT_MAKERS or maker.startswith(("for_", "afor_"))
            return is_maker and _is_client(value, clients)
        case ast.Await(value=value):
            return _is_client(value, clients)
    return False


def _module_of(call: ast.Call, entry: CatalogueEntry) -> str:
    """Return the module that a call names as a literal, at any position of the signature."""
    _, first, *_ = [*inspect.signature(entry.function).parameters, ""]
    modules = [keyword.value for keyword in call.keywords if keyword.arg == "module"]
    modules += call.args[:1] if first == "module" else []
    match modules:
        case [ast.Constant(value=str(module)), *_]:
            return module
    return ""


class _RecordUses:
    """Finds the operations that record sets and typed records call."""

    def __init__(self, clients: set[str], classes: Mapping[str, RecordClass]) -> None:
        self._clients = clients
        self._classes = classes
        self._names: dict[str, set[_Records]] = {}

    def find(self, tree: ast.AST) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield modules with the operations that are called for them."""
        self._follow_names(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call | ast.Attribute):
                continue
            for records in self._meaning(node):
                yield records.module, _READ
            if not isinstance(node, ast.Call):
                continue
            if module := self._find_mirrored(node):
                yield module, _MIRROR
            if isinstance(node.func, ast.Attribute):
                for records in self._meaning(node.func.value):
                    methods = _OF_RECORDS if records.is_record else _OF_SETS
                    yield records.module, methods.get(_blocking_name(node.func.attr), ())

    def _follow_names(self, tree: ast.AST) -> None:
        """Collect the names that are assigned from record sets and records, until none is new."""
        pairs = [pair for node in ast.walk(tree) for pair in _bindings(node)]
        size = -1
        while size != (size := sum(map(len, self._names.values()))):
            for target, value, is_loop in pairs:
                name = target.attr if isinstance(target, ast.Attribute) else target.id
                meanings = {
                    _Records(records.module, records.is_record or is_loop)
                    for records in self._meaning(value)
                }
                if meanings:
                    self._names.setdefault(name, set()).update(meanings)

    def _meaning(self, node: ast.expr) -> set[_Records]:
        """Return the possible values of an expression; nothing if it is neither set nor record."""
        match node:
            case ast.Name(id=name):
                return self._names.get(name, set())
            case ast.Attribute(value=ast.Name(id=name), attr="objects") if name in self._classes:
                return {_Records(self._classes[name].module)}
            case ast.Attribute(attr=name):
                return self._names.get(name, set())
            case ast.Call(func=ast.Name(id=name)) if name in self._classes:
                return {_Records(self._classes[name].module, is_record=True)}
            case ast.Call(func=ast.Attribute(value=value, attr="objects"), args=[model, *_]) if (
                _is_client(value, self._clients)
            ):
                module = self._module_named(model)
                return {_Records(module)}
            case ast.Call(func=ast.Attribute(value=value, attr=method)):
                is_record = _blocking_name(method) in _TO_RECORDS
                return {
                    _Records(records.module, is_record)
                    for records in self._meaning(value)
                    if not records.is_record
                }
            case ast.Subscript(value=value, slice=part):
                is_record = not isinstance(part, ast.Slice)
                return {
                    _Records(records.module, is_record)
                    for records in self._meaning(value)
                    if not records.is_record
                }
            case ast.Await(value=value):
                return self._meaning(value)
            case ast.BinOp(left=left, right=right):
                return self._meaning(left) | self._meaning(right)
        return set()

    def _module_named(self, model: ast.expr) -> str:
        match model:
            case ast.Constant(value=str(module)):
                return module
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in self._classes:
                return self._classes[name].module
        return ""

    def _find_mirrored(self, call: ast.Call) -> str:
        """Return the module of `crm.mirror("Leads")`; empty for any other call."""
        match call:
            case ast.Call(func=ast.Attribute(value=value, attr="mirror"), args=[model, *_]) if (
                _is_client(value, self._clients)
            ):
                return self._module_named(model)
        return ""


def _blocking_name(method: str) -> str:
    """Return a method's name without the `a` of its async version."""
    bare = method.removeprefix("a")
    return bare if bare in _OF_SETS or bare in _OF_RECORDS or bare in _TO_RECORDS else method


def _bindings(node: ast.AST) -> Iterator[tuple[ast.Name | ast.Attribute, ast.expr, bool]]:
    """Yield the names that a node binds, each with its value and whether the node is a loop."""
    targets: Sequence[ast.expr]
    match node:
        case ast.Assign():
            targets, value, is_loop = node.targets, node.value, False
        case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
            targets, is_loop = [node.target], False
        case ast.For(iter=value) | ast.AsyncFor(iter=value) | ast.comprehension(iter=value):
            targets, is_loop = [node.target], True
        case _:
            return
    for target in targets:
        if isinstance(target, ast.Name | ast.Attribute):
            yield target, value, is_loop
