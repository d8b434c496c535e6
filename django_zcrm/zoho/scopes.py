"""The scopes that calls need, combined into as few as possible.

Based on the declared scopes; whether the Zoho user has the permissions is another matter.
"""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .catalogue import CatalogueEntry, entries
from .errors import ConfigurationError

_ALL = frozenset({"READ", "CREATE", "UPDATE", "DELETE"})
_FIELDS = "ZohoCRM.settings.fields.READ"
_STANDARD_MODULES = frozenset(
    "Leads Contacts Accounts Deals Campaigns Tasks Cases Events Calls Solutions Products Vendors "
    "Price_Books Quotes Sales_Orders Purchase_Orders Invoices Notes Attachments Emails Activities "
    "Appointments__s Services__s".split()
)


@dataclass(frozen=True)
class Use:
    """A call of an operation; `module` is empty if it is only known at run time."""

    entry: CatalogueEntry
    module: str = ""
    names_fields: bool = False


def named(words: Iterable[str], modules: Iterable[str] = ()) -> list[Use]:
    """Return the uses that words refer to: `records`, `records.list`, or `bulk` for `bulk_...`.

    Raises ConfigurationError for a word that matches nothing.
    """
    uses = []
    for word in words:
        meant = [
            entry
            for entry in entries()
            if word in {entry.resource, entry.name} or entry.resource.startswith(f"{word}_")
        ]
        exact = [entry for entry in meant if word in {entry.resource, entry.name}]
        if not meant:
            known = {name for entry in entries() for name in (entry.resource, entry.name)}
            close = difflib.get_close_matches(word, known, 1)
            raise ConfigurationError(
                f"There is no {word!r}" + (f"; did you mean {close[0]!r}?" if close else ".")
            )
        uses += [
            Use(entry, module) for entry in exact or meant for module in (list(modules) or [""])
        ]
    return uses


def needed(uses: Iterable[Use]) -> list[str]:
    """Return the fewest scopes that allow these uses, none of them broader than needed."""
    actions_by_name: dict[str, set[str]] = {}
    for scope in {scope for use in uses for scope in _scopes_of(use)}:
        name, _, action = scope.rpartition(".")
        actions_by_name.setdefault(name, set()).add(action)
    return sorted(
        f"{name}.{action}"
        for name, actions in actions_by_name.items()
        for action in _fewest(actions - _wider(name, actions_by_name))
    )


def _scopes_of(use: Use) -> Iterator[str]:
    operation = use.entry.operation
    for scope in operation.scopes:
        yield _for_module(scope, use.module)
    if operation.fields and isinstance(operation.fields, str) and not use.names_fields:
        yield _FIELDS  # the client looks them up


def _for_module(scope: str, module: str) -> str:
    """Fill in a module the way scopes spell it: in lower case, without underscores, or `custom`."""
    if "{module}" not in scope:
        return scope
    if module:
        known = module in _STANDARD_MODULES
        name = module.removesuffix("__s").replace("_", "").lower() if known else "custom"
        return scope.replace("{module}", name)
    # Without a module a scope covers all of them; only these two keep a word in its place.
    if scope.startswith("ZohoCRM.send_mail."):
        return scope.replace("{module}", "all")
    return scope if scope.startswith("ZohoCRM.share.") else scope.replace(".{module}", "")


def _wider(name: str, actions_by_name: dict[str, set[str]]) -> set[str]:
    """Return the actions that a scope for all modules already allows."""
    above = actions_by_name.get(name.rpartition(".")[0], set())
    return set(_ALL | {"ALL"}) if "ALL" in above or above >= _ALL else above


def _fewest(actions: set[str]) -> set[str]:
    return {"ALL"} if "ALL" in actions or actions >= _ALL else actions


def used_in(source: str, filename: str = "<source>") -> list[Use]:
    """Return the operations that Python source calls on a client.

    The names `zcrm` and `crm` count as clients, and so do the results of `for_user` and the like, a
    client's `aio`, and anything assigned from one. Raises SyntaxError.
    """
    tree = ast.parse(source, filename)
    known = {entry.name: entry for entry in entries()}
    clients = _clients(tree)
    uses = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = node.func.value
        if not (isinstance(owner, ast.Attribute) and _is_client(owner.value, clients)):
            continue
        if entry := known.get(f"{owner.attr}.{node.func.attr}"):
            names_fields = any(keyword.arg == "fields" for keyword in node.keywords)
            uses.append(Use(entry, _module_of(node, entry), names_fields))
    return uses


def _clients(tree: ast.AST) -> set[str]:
    """Return the names that refer to a client anywhere in a file, following assignments."""
    names = {"zcrm", "crm"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django_zcrm"):
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "zcrm"}
        if isinstance(node, ast.arg) and _says_client(node.annotation):
            names.add(node.arg)
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


def _says_client(annotation: ast.expr | None) -> bool:
    text = "" if annotation is None else ast.unparse(annotation)
    return text.strip("'\"").rpartition(".")[2] == "Client"


def _is_client(node: ast.expr, clients: set[str]) -> bool:
    match node:
        case ast.Attribute(value=value, attr="aio"):
            return _is_client(value, clients)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in clients
        case ast.Call(func=ast.Attribute(value=value, attr=maker)):
            return maker.startswith("for_") and _is_client(value, clients)
        case ast.Await(value=value):
            return _is_client(value, clients)
    return False


def _module_of(call: ast.Call, entry: CatalogueEntry) -> str:
    """Return the module that a call names as a literal, wherever the signature has it."""
    _, first, *_ = [*inspect.signature(entry.function).parameters, ""]
    modules = [keyword.value for keyword in call.keywords if keyword.arg == "module"]
    modules += call.args[:1] if first == "module" else []
    match modules:
        case [ast.Constant(value=str(module)), *_]:
            return module
    return ""
