"""Metadata that calls need: a module's fields, and the organisation's id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..auth.scope_names import name_missing_scopes
from ..errors import ApiError, UnreadableResponse, ZohoError
from ..http.encoding import params, text
from ..http.messages import ZohoRequest, ZohoResponse
from ..operations.operation import Operation
from ..operations.versions import FIELDS_MANDATORY, MAX_FIELDS, number
from .metadata import RELATED_MODULES, MetadataCache, ModuleFields, read_fields
from .steps import CallPlan

READ_FIELDS = "GET /crm/{version}/settings/fields"
READ_ORGANISATION = "GET /crm/{version}/org"

# Lists never contain these types (docs v2.1 change log), or do not accept them by name.
_UNLISTED_TYPES = frozenset({"subform", "multiselectlookup", "multiuserlookup", "fileupload"})


class Lookups:
    """Looks up metadata for one version of the API; `send` fetches what `cache` lacks."""

    def __init__(
        self,
        version: str,
        cache: MetadataCache,
        send: Callable[[ZohoRequest], CallPlan[ZohoResponse]],
    ) -> None:
        self.version = version
        self.cache = cache
        self._send = send

    def fill_in(self, operation: Operation, arguments: dict[str, Any]) -> CallPlan[dict[str, Any]]:
        """Fill in missing required arguments from metadata; requests for it may raise errors."""
        try:
            if operation.fields and arguments.get("fields") is None:
                arguments = yield from self._with_fields(operation, arguments)
            if operation.organisation and arguments.get(operation.organisation) is None:
                zgid = yield from self.organisation_id()
                arguments = {**arguments, operation.organisation: zgid}
        except ZohoError as error:
            error.sent = False  # only the operation itself; requests for metadata change nothing
            raise
        return arguments

    def _with_fields(
        self, operation: Operation, arguments: dict[str, Any]
    ) -> CallPlan[dict[str, Any]]:
        """Fill in `fields` where this version requires it and the caller did not give any."""
        if number(self.version) < FIELDS_MANDATORY:
            return arguments
        if not isinstance(operation.fields, str):
            return {**arguments, "fields": operation.fields}
        list_name = str(arguments[operation.fields])
        module = RELATED_MODULES.get(list_name, list_name)
        cached = self.get_cached_fields(module)
        if cached is not None and cached.listed_names is not None:
            return {**arguments, "fields": cached.listed_names}
        names = text((yield from self.field_names(module)))
        if (cached := self.get_cached_fields(module)) is not None:
            cached.listed_names = names
        return {**arguments, "fields": names}

    def field_names(self, module: str) -> CallPlan[Sequence[str]]:
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

    def module_fields(self, module: str) -> CallPlan[ModuleFields]:
        """Return a module's fields; cached."""
        fields: ModuleFields | None = self.get_cached_fields(module)
        if fields is None:
            try:
                response = yield from self._send(self._read("settings/fields", module=module))
            except ApiError as error:
                name_missing_scopes(error, ["ZohoCRM.settings.fields.READ"])
                if error.code == "INVALID_MODULE":  # the error does not name the fields
                    error.set_message(
                        f"{module!r} is no module; crm.modules.list() returns their API names"
                    )
                raise
            fields = read_fields(module, _rows(response, "fields"))
            self.put_cached_fields(fields)
        return fields

    def get_cached_fields(self, module: str) -> ModuleFields | None:
        """Return a module's fields if they are in the cache."""
        fields: ModuleFields | None = self.cache.get((self.version, "fields", module))
        return fields

    def put_cached_fields(self, fields: ModuleFields) -> None:
        """Put a module's fields from an earlier response into the cache."""
        self.cache.put((self.version, "fields", fields.module), fields)

    def organisation_id(self) -> CallPlan[str]:
        """Return the organisation's `zgid`, which some uploads need as a header; cached."""
        key = ("zgid",)
        if (cached := self.cache.get(key)) is not None:
            return str(cached)
        try:
            response = yield from self._send(self._read("org"))
        except ApiError as error:
            name_missing_scopes(error, ["ZohoCRM.org.READ"])
            raise
        for organisation in _rows(response, "org"):
            if zgid := organisation.get("zgid"):
                self.cache.put(key, str(zgid))
                return str(zgid)
        raise UnreadableResponse(
            "Zoho returned no organisation with a zgid",
            response.status,
            operation=response.operation,
        )

    def _read(self, what: str, **query: str) -> ZohoRequest:
        return ZohoRequest(
            method="GET",
            path=f"/crm/{self.version}/{what}",
            params=params(query),
            safe=True,
            operation=f"GET /crm/{{version}}/{what}",
        )


def _rows(response: ZohoResponse, key: str) -> Sequence[Mapping[str, Any]]:
    content = response.json
    rows = content.get(key) if isinstance(content, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
