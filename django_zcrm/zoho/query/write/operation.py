"""The operation on rows and its options, which all routes of a write share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from ...calls.batches import code_of
from ...errors import (
    ApiError,
    ConfigurationError,
    Limited,
    ServerFault,
    TransportError,
    UnreadableResponse,
    ZCRMError,
    ZohoError,
)
from ...http.encoding import dumps
from ...operations.operation import Operation
from ...operations.results import Outcome, RecordDict
from ...resources.records import Records
from ..model import Meta
from ..steps import RecordSource

WriteAction = Literal["create", "update", "upsert", "delete"]
WriteVia = Literal["auto", "records", "bulk"]

VIAS: tuple[WriteVia, ...] = get_args(WriteVia)

OPERATIONS: dict[WriteAction, Operation] = {
    "create": Records.create.operation,  # type: ignore[attr-defined]
    "update": Records.update.operation,  # type: ignore[attr-defined]
    "upsert": Records.upsert.operation,  # type: ignore[attr-defined]
    "delete": Records.delete.operation,  # type: ignore[attr-defined]
}


@dataclass(frozen=True)
class Writer:
    """Writes rows of one module in one way.

    `item` converts a row to the item for Zoho; it raises ConfigurationError. `arguments` are those
    of each request in addition to the module and the items. `on` are the fields by which
    an upsert finds records; `fields` are those that an update writes. `rows` is the number of rows
    per request.
    """

    action: WriteAction
    meta: Meta
    source: RecordSource
    item: Callable[[Any], Any]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    on: tuple[str, ...] = ()
    fields: tuple[str, ...] | None = None
    rows: int = 100
    via: WriteVia = "auto"

    def __post_init__(self) -> None:
        if self.via not in VIAS:
            raise ConfigurationError(f"via is one of {', '.join(VIAS)}, not {self.via!r}.")

    def may_repeat(self, item: Any) -> bool:
        """Return whether an item that Zoho may have received can be sent again without a duplicate.

        This is true except for plain creates, and for upserts that identify no record.
        """
        if self.action == "upsert":
            return any(item.get(name) not in (None, "") for name in (*self.on, "id"))
        return self.action != "create"

    def outcome(self, index: int, row: Any, outcome: Outcome) -> Outcome:
        """Return the outcome of a row; an instance gets its id from it."""
        if outcome.ok and self.action != "delete":
            self.meta.learn(row, outcome, self.source, self.fields)
        return replace(outcome, index=index, input=row)

    def failure(self, index: int, row: Any, reason: ZCRMError) -> Outcome:
        """Return the outcome of a row without a separate response."""
        return Outcome(index, code_of(reason), str(reason), error=_bare(reason), input=row)

    def not_sent(self, index: int, row: Any, reason: ZCRMError) -> Outcome:
        """Return the outcome of a row that was not sent."""
        return Outcome(index, "NOT_SENT", str(reason), error=_bare(reason), input=row)

    def may_send_again(self, outcome: Outcome) -> bool:
        """Return whether the row of a failed outcome can be sent again without a duplicate."""
        if outcome.code == "NOT_SENT" or not is_in_doubt(outcome.error):
            return True
        try:
            return self.may_repeat(self.item(outcome.input))
        except ConfigurationError:
            return False


def _bare(reason: ZCRMError) -> ZCRMError:
    """Return an error without its traceback, which would keep a request's rows in memory."""
    return reason.with_traceback(None)


def is_in_doubt(reason: ZCRMError | None) -> bool:
    """Return whether Zoho may have carried out a request that failed with this error.

    A request that Zoho or its limiter refused was not performed. A server error may have occurred
    after the request was performed, and a 429 without Zoho's code comes from a gateway.
    """
    if not isinstance(reason, ZohoError) or not reason.sent:
        return False
    if isinstance(reason, Limited):
        return reason.code.startswith("HTTP_")
    return isinstance(reason, ServerFault) or not isinstance(reason, ApiError)


def is_transient(reason: ZCRMError) -> bool:
    """Return whether the same request may work later."""
    return isinstance(reason, TransportError | UnreadableResponse | Limited | ServerFault)


def encoding_error(item: Any) -> ConfigurationError | None:
    """Return the error if an item cannot be encoded, else None."""
    try:
        dumps(item)
    except ConfigurationError as error:
        return error
    return None


def item_of(
    meta: Meta, action: WriteAction, fields: tuple[str, ...] | None = None
) -> Callable[[Any], RecordDict]:
    """Return a function that converts a row to the item to send; it raises ConfigurationError.

    `fields` are the Zoho names that an update writes; None for all fields of the row.
    """

    def create(row: Any) -> RecordDict:
        values = meta.values_of(row, is_new=True)
        if values.get("id"):
            raise ConfigurationError("A row with an id is in Zoho already: update or upsert it.")
        values.pop("id", None)
        return values

    def upsert(row: Any) -> RecordDict:
        return meta.values_of(row)

    def update(row: Any) -> RecordDict:
        values = meta.values_of(row, fields)
        if not values.get("id"):
            raise ConfigurationError("A row needs an id to be updated.")
        return values

    function = {"create": create, "upsert": upsert, "update": update}[action]

    def item(row: Any) -> RecordDict:
        values = function(row)
        if not values.keys() - {"id"}:
            raise ConfigurationError("A row has no values.")
        return values

    return item
