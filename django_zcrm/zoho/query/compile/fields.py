"""Finds the field of a name, also through lookups: `Account_Name__Industry__icontains`.

Metadata is fetched once per module. `FieldsNeeded` requests missing metadata, and the record set
then tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from ...calls.metadata import ID, FieldMetadata, ModuleFields
from ...errors import ConfigurationError, NotSupported, UnknownField

MAX_RELATIONS = 2
"""Lookups in one path (COQL limitations pages)."""

USER_TYPES = frozenset({"ownerlookup", "userlookup"})
REFERENCE_TYPES = USER_TYPES | {"lookup", "multi_module_lookup"}

_ROLE = ModuleFields("roles", [FieldMetadata("name", "text")])
_USERS = ModuleFields(
    "users",
    [
        *(FieldMetadata(name, "text") for name in ("first_name", "last_name", "full_name", "name")),
        FieldMetadata("email", "email"),
        FieldMetadata("role", "lookup", ("roles",)),
        FieldMetadata("profile", "lookup", ("roles",)),
    ],
)
"""COQL's fields of users (ZD 381). Users are not records, and have no metadata of fields."""

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
    """A field relative to a module, possibly through lookups: `Account_Name.Industry`.

    `text` is the form for SELECT, `tested` the form for comparisons. COQL compares a lookup by id
    in any case, and without `.id` the comparison uses none of the few joins. `relations` are the
    lookups in the path; `kind` is the family of the field's type.
    """

    text: str
    field: FieldMetadata
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
    """Raised when the fields of a module must be fetched first."""

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.module = module


GetFields = Callable[[str], ModuleFields]
"""Returns the fields of a module. Raises FieldsNeeded."""


def find(get_fields: GetFields, module: str, name: str) -> tuple[Path, str]:
    """Return the path at the beginning of a name, and the remaining lookup type.

    Raises ConfigurationError for an unknown name, NotSupported for too many lookups, and
    FieldsNeeded.
    """
    if name in ("pk", "id"):
        return ID_PATH, ""
    if name.startswith(("pk__", "id__")):
        return ID_PATH, name[4:]
    fields = get_fields(module)
    resolved: tuple[Path, str] | None = fields.resolved_names.get(name)
    if resolved is None:
        resolved = fields.resolved_names[name] = _find(get_fields, fields, name)
    return resolved


def _find(get_fields: GetFields, fields: ModuleFields, name: str) -> tuple[Path, str]:
    prefix, relations = "", tuple[str, ...]()
    while True:
        parts = fields.split(name)
        if parts is None:
            raise unknown_field(fields, name)
        field, rest = parts
        text = prefix + field.api_name
        if not rest or field.data_type not in REFERENCE_TYPES or _is_lookup(rest):
            return Path(text, field, relations), rest
        if rest == "id" or rest.startswith("id__"):
            return Path(f"{text}.id", field, relations, tested=text), rest[4:]
        fields, step, name = _target(get_fields, field, rest)
        relations = (*relations, text)
        prefix = f"{text}{step}."
        if len(relations) > MAX_RELATIONS:
            raise NotSupported(
                f"COQL follows {MAX_RELATIONS} lookups, and {prefix}{name} is further away: "
                "query the other module instead."
            )


def _is_lookup(rest: str) -> bool:
    return rest.partition("__")[0] in LOOKUPS


def _target(
    get_fields: GetFields, field: FieldMetadata, rest: str
) -> tuple[ModuleFields, str, str]:
    """Return the fields of a lookup's module, the arrow in COQL, and the remaining name."""
    if field.data_type in USER_TYPES:
        return _USERS, "", rest
    if field.data_type == "multi_module_lookup":
        # 'What_Id->Leads.Last_Name' (ZD 381).
        for module in sorted(field.modules, key=len, reverse=True):
            if rest.startswith(f"{module}__"):
                return get_fields(module), f"->{module}", rest[len(module) + 2 :]
        modules = ", ".join(field.modules)
        raise ConfigurationError(
            f"{field.api_name} refers to several modules: write {field.api_name}__Module__Field, "
            f"with one of {modules}."
        )
    if field.modules == ("roles",):
        return _ROLE, "", rest
    if not field.modules:
        raise ConfigurationError(f"Zoho does not report the module of the lookup {field.api_name}.")
    return get_fields(field.modules[0]), "", rest


EXTRAS = frozenset(
    {"Layout", "Owner", "Participants", "Pipeline", "Pricing_Details", "Product_Details"}
    | {"Record_Image", "Recurring_Activity", "Remind_At", "Tag", "Wizard", "id", "se_module"}
)
"""Names that Zoho accepts in records although the metadata of some modules do not list them."""


def check_names(fields: ModuleFields, names: Iterable[str]) -> None:
    """Raise UnknownField for the first name that Zoho would drop from a record."""
    for name in names:
        if name not in fields and name not in EXTRAS and not name.startswith("$"):
            raise unknown_field(fields, name)


def unknown_field(fields: ModuleFields, name: str) -> UnknownField:
    """Return the error for an unknown field, with similar names."""
    head = name.replace(".", "__").partition("__")[0]
    names = [field.api_name for field in fields]
    close = get_close_matches(head, names, n=3) or get_close_matches(
        head.lower(), [name.lower() for name in names], n=3
    )
    by_lower = {name.lower(): name for name in names}
    meant = ", ".join(by_lower.get(match.lower(), match) for match in close)
    return UnknownField(
        f"{fields.module} has no field {head!r}" + (f"; is it {meant}?" if meant else ".")
    )
