"""Finds the field that a name means: `Account_Name__Industry__icontains`, through lookups.

Metadata is read once per module: what is not known yet is asked for by `FieldsNeeded`, and the
record set tries again once it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from ..errors import ConfigurationError, NotSupported
from ..metadata import ID, Field, ModuleFields

MAX_RELATIONS = 2
"""Lookups in one path (COQL limitations pages)."""

USER_TYPES = frozenset({"ownerlookup", "userlookup"})
REFERENCE_TYPES = USER_TYPES | {"lookup", "multi_module_lookup"}

_ROLE = ModuleFields("roles", [Field("name", "text")])
_USERS = ModuleFields(
    "users",
    [
        *(Field(name, "text") for name in ("first_name", "last_name", "full_name", "name")),
        Field("email", "email"),
        Field("role", "lookup", ("roles",)),
        Field("profile", "lookup", ("roles",)),
    ],
)
"""What COQL knows of users (ZD 381); they are no records and have no metadata of fields."""

FAMILIES = {
    **dict.fromkeys(("text", "email", "phone", "website", "picklist", "autonumber"), "text"),
    "textarea": "long text",
    "multiselectpicklist": "choices",
    **dict.fromkeys(("integer", "bigint", "double", "currency", "percent"), "number"),
    "id": "id",
    **dict.fromkeys(("lookup", "multi_module_lookup", "ownerlookup", "userlookup"), "reference"),
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "tags": "tags",
}
"""Types of fields that are compared alike; those that are not listed are compared with nothing."""

LOOKUPS = frozenset(
    "exact iexact in isnull gt gte lt lte range contains icontains startswith istartswith endswith "
    "iendswith date year".split()
)
"""What may follow a field's name."""


@dataclass(frozen=True, slots=True)
class Path:
    """A field as a module sees it, possibly through lookups: `Account_Name.Industry`.

    `text` is what COQL selects, `tested` what it compares: a lookup is compared by id anyway, and
    without `.id` it takes none of the few joins. `relations` are the lookups on the way, `kind` is
    the family of the field's type.
    """

    text: str
    field: Field
    relations: tuple[str, ...] = ()
    tested: str = ""
    kind: str = ""

    def __post_init__(self) -> None:
        family = FAMILIES.get(self.field.data_type, "other")
        object.__setattr__(self, "kind", "encrypted" if self.field.is_encrypted else family)
        if not self.tested:
            object.__setattr__(self, "tested", self.text)


ID_PATH = Path("id", ID)


class FieldsNeeded(Exception):
    """The fields of a module have to be known first."""

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.module = module


Known = Callable[[str], ModuleFields]
"""Returns the fields of a module. Raises FieldsNeeded."""


def find(known: Known, module: str, name: str) -> tuple[Path, str]:
    """Return the path that a name begins with, and the lookup that is left of it.

    Raises ConfigurationError for a name that leads nowhere, NotSupported for one that leads too
    far, FieldsNeeded.
    """
    if name in ("pk", "id"):
        return ID_PATH, ""
    if name.startswith(("pk__", "id__")):
        return ID_PATH, name[4:]
    fields = known(module)
    kept: tuple[Path, str] | None = fields.resolved_names.get(name)
    if kept is None:
        kept = fields.resolved_names[name] = _found(known, fields, name)
    return kept


def _found(known: Known, fields: ModuleFields, name: str) -> tuple[Path, str]:
    prefix, relations = "", tuple[str, ...]()
    while True:
        parts = fields.split(name)
        if parts is None:
            raise _unknown(fields, name)
        field, rest = parts
        text = prefix + field.api_name
        if not rest or field.data_type not in REFERENCE_TYPES or _is_lookup(rest):
            return Path(text, field, relations), rest
        if rest == "id" or rest.startswith("id__"):
            return Path(f"{text}.id", field, relations, tested=text), rest[4:]
        fields, step, name = _target(known, field, rest)
        relations = (*relations, text)
        prefix = f"{text}{step}."
        if len(relations) > MAX_RELATIONS:
            raise NotSupported(
                f"COQL follows {MAX_RELATIONS} lookups, and {prefix}{name} is further away: "
                "query the other module instead."
            )


def _is_lookup(rest: str) -> bool:
    return rest.partition("__")[0] in LOOKUPS


def _target(known: Known, field: Field, rest: str) -> tuple[ModuleFields, str, str]:
    """Return the fields on a lookup's other side, the arrow that leads there, and the name left."""
    if field.data_type in USER_TYPES:
        return _USERS, "", rest
    if field.data_type == "multi_module_lookup":
        # 'What_Id->Leads.Last_Name' (ZD 381).
        for module in sorted(field.modules, key=len, reverse=True):
            if rest.startswith(f"{module}__"):
                return known(module), f"->{module}", rest[len(module) + 2 :]
        modules = ", ".join(field.modules)
        raise ConfigurationError(
            f"{field.api_name} leads to several modules: write {field.api_name}__Module__Field, "
            f"with one of {modules}."
        )
    if field.modules == ("roles",):
        return _ROLE, "", rest
    if not field.modules:
        raise ConfigurationError(f"Zoho does not say where the lookup {field.api_name} leads.")
    return known(field.modules[0]), "", rest


def _unknown(fields: ModuleFields, name: str) -> ConfigurationError:
    head = name.replace(".", "__").partition("__")[0]
    names = [field.api_name for field in fields]
    close = get_close_matches(head, names, n=3) or get_close_matches(
        head.lower(), [name.lower() for name in names], n=3
    )
    by_lower = {name.lower(): name for name in names}
    meant = ", ".join(by_lower.get(match.lower(), match) for match in close)
    return ConfigurationError(
        f"{fields.module} has no field {head!r}" + (f"; is it {meant}?" if meant else ".")
    )
