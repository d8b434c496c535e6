"""Metadata that calls need: a module's fields, and the organisation's id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .auth import Plan
from .encoding import params
from .errors import ApiError, UnreadableReply, ZohoError
from .http import Request, Response
from .metadata import RELATED_MODULES, MetadataCache, ModuleFields, read_fields
from .operation import Operation
from .versions import FIELDS_MANDATORY, MAX_FIELDS, number

READ_FIELDS = "GET /crm/{version}/settings/fields"
READ_ORGANISATION = "GET /crm/{version}/org"

# Lists never contain these types (docs v2.1 change log), or they cannot be asked for by name.
_UNLISTED_TYPES = frozenset({"subform", "multiselectlookup", "multiuserlookup", "fileupload"})


class Lookups:
    """Looks up metadata for one version of the API; `send` requests what is not in `cache`."""

    def __init__(
        self, version: str, cache: MetadataCache, send: Callable[[Request], Plan[Response]]
    ) -> None:
        self.version = version
        self.cache = cache
        self._send = send

    def fill_in(self, operation: Operation, given: dict[str, Any]) -> Plan[dict[str, Any]]:
        """Fill in required arguments that were left out, from metadata; its requests may raise."""
        try:
            if operation.fields and given.get("fields") is None:
                given = yield from self._with_fields(operation, given)
            if operation.organisation and given.get(operation.organisation) is None:
                zgid = yield from self.organisation_id()
                given = {**given, operation.organisation: zgid}
        except ZohoError as error:
            error.sent = False  # the operation itself; what was asked for before changes nothing
            raise
        return given

    def _with_fields(self, operation: Operation, given: dict[str, Any]) -> Plan[dict[str, Any]]:
        """Fill in `fields` where this version requires it and the caller did not give any."""
        if number(self.version) < FIELDS_MANDATORY:
            return given
        if not isinstance(operation.fields, str):
            return {**given, "fields": operation.fields}
        listed = str(given[operation.fields])
        names = yield from self.field_names(RELATED_MODULES.get(listed, listed))
        return {**given, "fields": names}

    def field_names(self, module: str) -> Plan[Sequence[str]]:
        """Return the API names of the fields to list for a module, at most 50; cached."""
        try:
            fields = yield from self.module_fields(module)
        except ApiError as error:
            error.add_note(
                "A list was called without fields, so the module's metadata was needed: "
                "name the fields, or grant ZohoCRM.settings.fields.READ."
            )
            raise
        names = [field.api_name for field in fields if field.data_type not in _UNLISTED_TYPES]
        return tuple(names[:MAX_FIELDS]) or ("id",)

    def module_fields(self, module: str) -> Plan[ModuleFields]:
        """Return a module's fields; cached."""
        kept: ModuleFields | None = self.kept_fields(module)
        if kept is None:
            try:
                reply = yield from self._send(self._read("settings/fields", module=module))
            except ApiError as error:
                if error.code == "INVALID_MODULE":  # without saying which
                    error.say(f"{module!r} is no module; crm.modules.list() tells their API names")
                raise
            kept = read_fields(module, _rows(reply, "fields"))
            self.cache.put((self.version, "fields", module), kept)
        return kept

    def kept_fields(self, module: str) -> ModuleFields | None:
        """Return a module's fields if they are in the cache."""
        kept: ModuleFields | None = self.cache.get((self.version, "fields", module))
        return kept

    def organisation_id(self) -> Plan[str]:
        """Return the organisation's `zgid`, which some uploads need as a header; cached."""
        key = ("zgid",)
        if (kept := self.cache.get(key)) is not None:
            return str(kept)
        reply = yield from self._send(self._read("org"))
        for organisation in _rows(reply, "org"):
            if zgid := organisation.get("zgid"):
                self.cache.put(key, str(zgid))
                return str(zgid)
        raise UnreadableReply(
            "Zoho returned no organisation with a zgid", reply.status, operation=reply.operation
        )

    def _read(self, what: str, **query: str) -> Request:
        return Request(
            method="GET",
            path=f"/crm/{self.version}/{what}",
            params=params(query),
            safe=True,
            operation=f"GET /crm/{{version}}/{what}",
        )


def _rows(reply: Response, key: str) -> Sequence[Mapping[str, Any]]:
    content = reply.json
    rows = content.get(key) if isinstance(content, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
