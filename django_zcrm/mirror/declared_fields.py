"""Checks the fields that a model declares against those of its module in Zoho."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from django.utils import timezone

from ..exceptions import ConfigurationError, Invalid, ZCRMError
from ..models import Connection
from ..reasons import reason
from ..zoho.calls.metadata import ModuleFields, dump_fields, load_fields
from ..zoho.query.compile.query import UNLISTED_TYPES
from .leased_mirror import METADATA_SECONDS, LeasedMirror
from .models import MirrorState, ModuleMetadata
from .options import MirrorOptions
from .planning.fields import OrganisationFields, match_fields
from .planning.schedule import FILES, is_over, without_files

T = TypeVar("T")

OWN_FIELDS = {
    "Accounts": "Account_Name",
    "Campaigns": "Campaign_Name",
    "Cases": "Subject",
    "Contacts": "Email",
    "Deals": "Deal_Name",
    "Invoices": "Subject",
    "Leads": "Email",
    "Price_Books": "Price_Book_Name",
    "Products": "Product_Name",
    "Purchase_Orders": "Subject",
    "Quotes": "Subject",
    "Sales_Orders": "Subject",
    "Services": "Service_Name",
    "Solutions": "Solution_Title",
    "Vendors": "Vendor_Name",
}
"""The field by which Zoho finds duplicates in a module even if it is not unique (docs: upsert).

Apart from that, Zoho's upsert takes unique fields.
"""

CUSTOM_FIELD = "Name"
"""The default field of modules that an organisation created."""

MATCH_ON = "Zoho.match_on"
"""The value of `waits_for` of a change that waits for a valid `match_on`."""


ROW_ID = "zoho_id"

RECENT = 600.0
"""Seconds for which metadata is recent enough to begin an initial sync, or to keep a block."""


class MissingField(ConfigurationError):
    """A model names a field that the module does not have.

    `block` is the value of `MirrorState.blocked` of a mirror that this error blocks.
    """

    block = "unknown_field"


class FieldRefused(ZCRMError):
    """Zoho refuses a field that the stored metadata has: the metadata is outdated."""

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name


def organisation_fields(mirror: LeasedMirror) -> OrganisationFields:
    """Return the fields that the organisation has, of those that the model declares.

    Raises UnknownField if it lacks one without which nothing can be synced, and the errors of
    calls.
    """
    if mirror.fields is None:
        fields = _match(mirror, known_fields(mirror))
        _forget_unread(mirror, fields)
        mirror.fields = fields
    return mirror.fields


def known_fields(mirror: LeasedMirror) -> ModuleFields:
    """Return the fields of the module, by the stored metadata; read it if it is too old."""
    metadata = metadata_of(mirror.state)
    seconds = RECENT if mirror.state.blocked == MissingField.block else METADATA_SECONDS
    if metadata is None or is_outdated(metadata, seconds):
        return _read(mirror, ())
    lookups, module = mirror.crm.session.planner.lookups, mirror.state.module
    if (fields := lookups.get_cached_fields(module)) is None:
        fields = load_fields(module, metadata.fields)
        lookups.put_cached_fields(fields)
    return fields


def is_outdated(metadata: ModuleMetadata, seconds: float) -> bool:
    """Whether metadata was read longer than some seconds ago, or is to be read again."""
    return metadata.read_at is None or is_over(metadata.read_at, seconds, timezone.now())


def metadata_of(state: MirrorState) -> ModuleMetadata | None:
    """Return the stored metadata of a mirror, if it is that of the mirror's organisation."""
    metadata: ModuleMetadata | None = getattr(state, "metadata", None)
    is_current = metadata is not None and metadata.organisation_id == state.organisation_id
    return metadata if is_current else None


def renew_metadata(mirror: LeasedMirror) -> None:
    """Read the metadata again, unless it was read lately."""
    metadata = metadata_of(mirror.state)
    if metadata is not None and is_outdated(metadata, RECENT):
        _read_again(mirror, ())


def retry_with_new_metadata(mirror: LeasedMirror, call: Callable[[], T]) -> T:
    """Call a function; if Zoho refuses a field, read the metadata, and call it again.

    A field that is refused although metadata has it counts as missing until the next day.
    """
    while True:
        try:
            return call()
        except FieldRefused as error:
            metadata = metadata_of(mirror.state)
            refused_names = () if metadata is None else metadata.refused
            _read_again(mirror, (*refused_names, error.name))


def raise_if_field_is_refused(error: Exception, mirror: LeasedMirror) -> None:
    """Raise FieldRefused if an error of a query is about a field that it reads."""
    details = error.details if isinstance(error, Invalid) else {}
    name = details.get("column_name") or details.get("api_name")  # by COQL, and by bulk read
    if name and name in organisation_fields(mirror).all_names:
        words = f"Zoho refuses the field {name} of {mirror.state.module}."
        raise FieldRefused(words, str(name)) from error


def raise_if_field_is_gone(
    rows: Sequence[Mapping[str, object]], names: Sequence[str], mirror: LeasedMirror
) -> None:
    """Raise FieldRefused if the rows of a list lack a field that the organisation has no longer.

    Lists leave such a field out instead of refusing it.
    """
    absent = [name for name in names if not any(name in row for row in rows)] if rows else ()
    if not absent:
        return
    metadata = metadata_of(mirror.state)
    _read_again(mirror, () if metadata is None else metadata.refused)
    remaining = organisation_fields(mirror).all_names
    for name in absent:
        if name not in remaining:
            raise FieldRefused(f"{mirror.state.module} no longer has the field {name}.", name)


def _read_again(mirror: LeasedMirror, refused_names: Sequence[str]) -> None:
    mirror.fields = None
    mirror.crm.session.metadata.clear()
    _read(mirror, refused_names)


def _read(mirror: LeasedMirror, refused_names: Sequence[str]) -> ModuleFields:
    """Read the metadata, and store it.

    If the connection got another grant in the meantime, it is to be read again.
    """
    state, grants = mirror.state, mirror.connection.grants
    fields = mirror.crm.session.module_fields(state.module)
    before = getattr(state, "metadata", None)
    still_refused = sorted({name for name in refused_names if name in fields})
    metadata = ModuleMetadata(
        mirror=state,
        organisation_id=state.organisation_id,
        read_at=timezone.now(),
        fields=dump_fields(fields),
        refused=still_refused,
        missing=before.missing if before is not None else {},
    )
    rows = Connection.objects.using(mirror.lease.using).filter(pk=state.connection_id)
    with mirror.commit():
        if not rows.filter(grants=grants).exists():
            metadata.read_at = None  # its user may see other fields
            mirror.crm.session.metadata.clear()
        metadata.save(force_insert=before is None, force_update=before is not None)
    return fields


def _match(mirror: LeasedMirror, module_fields: ModuleFields) -> OrganisationFields:
    options, metadata = mirror.target.options, mirror.state.metadata
    names = {
        field.api_name: None for field in module_fields if field.api_name not in metadata.refused
    }
    if options is None:
        return OrganisationFields({name: name for name in names if name != "id"})
    custom = None
    if options.extra:
        custom = [
            field.api_name
            for field in module_fields
            if field.is_custom and field.api_name in names and field.data_type not in UNLISTED_TYPES
        ]
    fields = match_fields(options.declared, names, custom)
    if metadata.missing != fields.missing:
        metadata.missing = dict(fields.missing)
        with mirror.commit():
            metadata.save(update_fields=["missing"])
    _check_required(options, fields)
    return fields


def _forget_unread(mirror: LeasedMirror, fields: OrganisationFields) -> None:
    """Store that a field's values will be old, before any record is read without it.

    The rows get the times of such records, so no poll finds these values when the field returns. A
    refresh under way that reads such a field begins again.
    """
    options, before = mirror.target.options, mirror.state.fields
    if options is None or not before:
        return
    names = _names_in(options, fields)
    kept = {name: known if names.get(name) == known else None for name, known in before.items()}
    refreshed = mirror.state.refreshed
    under_way = refreshed.get(FILES)
    is_stopped = under_way is not None and not {*under_way["names"]} <= {*fields.all_names}
    if kept != before or is_stopped:
        with mirror.commit() as columns:
            columns["fields"] = kept
            if is_stopped:
                columns["refreshed"] = without_files(refreshed)


def _check_required(options: MirrorOptions, fields: OrganisationFields) -> None:
    """Raise UnknownField if a field is missing without which nothing can be synced."""
    home = f"{options.model.__name__}.Zoho"
    option_by_field = {options.fields[name]: f"{home}.required" for name in options.required}
    if options.push and options.match_on:
        option_by_field[options.match_on] = f"{home}.match_on"
    missing = [name for name in option_by_field if name in fields.missing]
    if missing:
        raise MissingField(
            reason(
                "unknown_field",
                module=options.module,
                field=describe_missing({name: fields.missing[name] for name in missing}),
                option=option_by_field[missing[0]],
            )
        )


def synced_names(mirror: LeasedMirror) -> dict[str, str]:
    """Return the names in the organisation of the model's fields that it has; empty without model.

    The names of the fields that `extra` holds are joined. A model none of whose fields the
    organisation has is told from no model by its id.
    """
    options = mirror.target.options
    if options is None:
        return {}
    return _names_in(options, organisation_fields(mirror))


def _names_in(options: MirrorOptions, fields: OrganisationFields) -> dict[str, str]:
    names = {
        name: fields.names[first] for name, first in options.fields.items() if first in fields.names
    }
    if options.extra:
        names[options.extra] = ",".join(fields.extra)
    return names or {ROW_ID: "id"}


def describe_missing(missing: Mapping[str, str]) -> str:
    """Return the names of missing fields, each with the closest existing name, if any."""
    return ", ".join(
        f"{name} (is it {close}?)" if close else name for name, close in missing.items()
    )


def find_match_field(options: MirrorOptions, names: ModuleFields | Mapping[str, object]) -> str:
    """Return the name of `match_on` in an organisation with these names; empty if it lacks it."""
    possible = (options.match_on, *options.aliases.get(options.match_on, ()))
    return next((name for name in possible if name in names), "")


def match_problem(options: MirrorOptions, *, name: str, is_unique: bool) -> str:
    """Return why Zoho does not find duplicates by `match_on`; empty if it does, or without one.

    `name` and `is_unique` describe that field, by Zoho's metadata. The sync reports a field that
    Zoho does not have.
    """
    if not (options.push and options.match_on and name) or is_unique:
        return ""
    own = OWN_FIELDS.get(options.module, CUSTOM_FIELD)
    if name == own:
        return ""
    option = f"{options.model.__name__}.Zoho.match_on"
    if options.module not in OWN_FIELDS:
        return reason(
            "no_duplicates_by", module=options.module, field=options.match_on, option=option
        )
    return reason(
        "no_duplicates_by_own",
        module=options.module,
        field=options.match_on,
        own=own,
        option=option,
    )


def match_problem_of(mirror: LeasedMirror) -> str:
    """Return `match_problem` by the metadata of a mirror's module. Raises what calls raise."""
    options = mirror.target.options
    if options is None or not (options.push and options.match_on):
        return ""
    fields = known_fields(mirror)
    name = find_match_field(options, fields)
    is_unique = bool(name) and fields[name].is_unique
    return match_problem(options, name=name, is_unique=is_unique)


def check_match_on(mirror: LeasedMirror) -> None:
    """Raise ConfigurationError if Zoho does not find duplicates by `match_on`."""
    if problem := match_problem_of(mirror):
        raise ConfigurationError(problem)
