"""How a setting is declared: where it stands, what it holds, what may be done with it.

Knows no setting and does nothing; operations.py does what is declared here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from django_zcrm.emulator.call import Call
from django_zcrm.emulator.generic.kinds import Kind
from django_zcrm.emulator.records.values import Place
from django_zcrm.emulator.router import HIGHEST, LOWEST
from django_zcrm.emulator.settings import Item
from django_zcrm.emulator.state import Organisation

ROOT = "/crm/{version}"
#: The id under which a singleton keeps its only item.
ONLY = "only"
#: Who made and changed an item, and when.
AUDIT = ("created_by", "created_time", "modified_by", "modified_time")
_OPERATIONS = {"GET": "READ", "POST": "CREATE", "DELETE": "DELETE"}


class Check(Protocol):
    """Looks at values that were read, before they are kept.

    ``before`` is the item that they change, None for a new one. Raises Problem; may add values.
    """

    def __call__(
        self, org: Organisation, call: Call, values: Item, before: Item | None, place: Place
    ) -> None: ...


class Changed(Protocol):
    """Is told what became of an item: made (no ``before``), changed, or deleted (no ``after``)."""

    def __call__(
        self, org: Organisation, call: Call, before: Item | None, after: Item | None
    ) -> None: ...


#: Whether an item belongs to what a query parameter asks for.
Filter = Callable[[Organisation, Item, str], bool]
#: The items that an organisation begins with, as a client would send them.
Seeds = Callable[[Organisation], Iterable[Item]]


def no_seeds(org: Organisation) -> Iterable[Item]:
    """Begin with nothing."""
    return ()


@dataclass(frozen=True)
class Says:
    """The messages of success."""

    created: str
    updated: str
    deleted: str


def says(template: str) -> Says:
    """Make the messages by a pattern: ``Holidays {done} successfully``."""
    return Says(*(template.format(done=done) for done in ("created", "updated", "deleted")))


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A collection, or (``single``) one object.

    path: from the version on, as Zoho publishes it; one: its last part for a single item.
    many_methods, one_methods: what there is of GET, POST, PUT, PATCH, DELETE.
    key: the envelope of bodies and answers; name: of the collection in the state.
    scope: of the group, to which .READ, .CREATE, .UPDATE and .DELETE are added, or one a method.
    since: the first API version; later ones of some methods stand in ``method_since``.
    owners: the collections that placeholders in ``path`` lead to, by placeholder.
    by_module: items belong to the module that the parameter ``module`` must name.
    params: further query parameters that must be there. paged: lists have pages and ``info``.
    filters: which key, or what else, a query parameter compares with.
    also_by: the key by which a path may name an item beside its id.
    unique: keys whose values must not repeat among their siblings.
    details: what an answer tells of an item that was written.
    audit: which items show of who made and changed them, and when. most: items in a body.
    created, code: status and code of an answer to POST.
    derived: what answers add to an item; beside: what they add to the envelope.
    check, keep, changed: what the common rules do not know; keep may refuse a deletion.
    always, demo: seeds of every organisation, and of the demo organisation.
    """

    path: str
    key: str
    name: str
    scope: str | Mapping[str, str]
    messages: Says
    keys: Mapping[str, Kind]
    many_methods: tuple[str, ...] = ()
    one: str = ""
    one_methods: tuple[str, ...] = ()
    single: bool = False
    since: float = LOWEST
    method_since: Mapping[str, float] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    by_module: bool = False
    params: tuple[str, ...] = ()
    paged: bool = False
    filters: Mapping[str, str | Filter] = field(default_factory=dict)
    also_by: str = ""
    unique: tuple[str, ...] = ()
    details: tuple[str, ...] = ("id",)
    shows_id: bool = True
    audit: tuple[str, ...] = AUDIT
    most: int = 100
    created: int = 201
    code: str = "SUCCESS"
    derived: Callable[[Organisation, Item], Item] | None = None
    beside: Callable[[Organisation], Item] | None = None
    check: Check | None = None
    keep: Callable[[Organisation, Call, Item], None] | None = None
    changed: Changed | None = None
    always: Seeds = no_seeds
    demo: Seeds = no_seeds

    @property
    def collection_path(self) -> str:
        """The whole path of the collection."""
        return f"{ROOT}{self.path}"

    @property
    def item_path(self) -> str:
        """The whole path of one item."""
        return f"{ROOT}{self.path}/{self.one}"

    @property
    def index(self) -> int:
        """The place of an item's id in its path, counted from after the version."""
        return self.path.strip("/").count("/") + 1

    def scope_of(self, method: str) -> str:
        """The scope that a method needs."""
        if isinstance(self.scope, str):
            return f"{self.scope}.{_OPERATIONS.get(method, 'UPDATE')}"
        return self.scope[method]

    def versions_of(self, method: str) -> tuple[float, float]:
        """The API versions that know a method."""
        return self.method_since.get(method, self.since), HIGHEST
