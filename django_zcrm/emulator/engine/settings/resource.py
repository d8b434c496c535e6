"""The declaration of a setting: its path, its keys and its operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ...core import Request
from ...core.routing import HIGHEST, LOWEST
from ...state import Item, Organisation
from ..values import JSONPath
from .keys import ValueType

ROOT = "/crm/{version}"
#: The id under which a singleton keeps its only item.
ONLY = "only"
#: Who created and modified an item, and when.
AUDIT = ("created_by", "created_time", "modified_by", "modified_time")
_OPERATIONS = {"GET": "READ", "POST": "CREATE", "DELETE": "DELETE"}


class Check(Protocol):
    """Checks values that were read, before they are stored.

    ``before`` is the item to change, None for a new one. Raises Refusal; may add values.
    """

    def __call__(
        self, org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
    ) -> None: ...


class Changed(Protocol):
    """Called after an item was created (no ``before``), changed, or deleted (no ``after``)."""

    def __call__(
        self, org: Organisation, request: Request, before: Item | None, after: Item | None
    ) -> None: ...


#: Whether an item matches the value of a query parameter.
Filter = Callable[[Organisation, Item, str], bool]
#: The items that a new organisation has, as a client would send them.
ItemBodies = Callable[[Organisation], Iterable[Item]]


def no_items(org: Organisation) -> Iterable[Item]:
    """Start with no items."""
    return ()


@dataclass(frozen=True)
class Messages:
    """The success messages."""

    created: str
    updated: str
    deleted: str


def messages_from(template: str) -> Messages:
    """Make the messages from a template: ``Holidays {verb} successfully``."""
    return Messages(*(template.format(verb=verb) for verb in ("created", "updated", "deleted")))


@dataclass(frozen=True, kw_only=True)
class SettingsResource:
    """A collection, or (``single``) one object.

    path: as Zoho publishes it, after the version; root: the path before it.
    item: the placeholder for a single item.
    methods, item_methods: those supported of GET, POST, PUT, PATCH, DELETE.
    key: the envelope of request and response bodies; name: the collection's name in the state.
    scope: of the group, to which .READ, .CREATE, .UPDATE and .DELETE are added, or one per method.
    since: the first API version; ``method_since`` has later ones for some methods.
    owners: the collections that placeholders in ``path`` refer to, by placeholder.
    by_module: items belong to the module that the parameter ``module`` must name.
    params: further mandatory query parameters. paged: lists have pages and ``info``.
    filters: for each query parameter, the key or function to filter by.
    lookup_key: another key than the id by which a path may name an item.
    unique: keys whose values must be unique in the collection.
    details: the keys of an item in the response to a write.
    audit: the keys of AUDIT that items show. max_items: how many items a body may have.
    created, code: status and code of the response to POST.
    item_extras: what responses add to an item; envelope_extras: what they add to the envelope.
    check, check_deletion, on_change: rules beyond the common ones.
    default_items, demo_items: those of every new organisation, and of the demo organisation.
    """

    path: str
    key: str
    name: str
    scope: str | Mapping[str, str]
    messages: Messages
    keys: Mapping[str, ValueType]
    root: str = ROOT
    methods: tuple[str, ...] = ()
    item: str = ""
    item_methods: tuple[str, ...] = ()
    single: bool = False
    since: float = LOWEST
    method_since: Mapping[str, float] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    by_module: bool = False
    params: tuple[str, ...] = ()
    paged: bool = False
    filters: Mapping[str, str | Filter] = field(default_factory=dict)
    lookup_key: str = ""
    unique: tuple[str, ...] = ()
    details: tuple[str, ...] = ("id",)
    shows_id: bool = True
    audit: tuple[str, ...] = AUDIT
    max_items: int = 100
    created: int = 201
    code: str = "SUCCESS"
    item_extras: Callable[[Organisation, Item], Item] | None = None
    envelope_extras: Callable[[Organisation], Item] | None = None
    check: Check | None = None
    check_deletion: Callable[[Organisation, Request, Item], None] | None = None
    on_change: Changed | None = None
    default_items: ItemBodies = no_items
    demo_items: ItemBodies = no_items

    @property
    def collection_path(self) -> str:
        """The full path of the collection."""
        return f"{self.root}{self.path}"

    @property
    def item_path(self) -> str:
        """The full path of one item."""
        return f"{self.root}{self.path}/{self.item}"

    @property
    def index(self) -> int:
        """The index of an item's id in its path, counted from after the version."""
        return self.path.strip("/").count("/") + 1

    def scope_of(self, method: str) -> str:
        """The scope that a method needs."""
        if isinstance(self.scope, str):
            return f"{self.scope}.{_OPERATIONS.get(method, 'UPDATE')}"
        return self.scope[method]

    def versions_of(self, method: str) -> tuple[float, float]:
        """The lowest and highest API versions that have a method."""
        return self.method_since.get(method, self.since), HIGHEST
