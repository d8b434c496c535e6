"""The operation on rows and its options, which all routes of a write share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from ..batches import code_of
from ..encoding import dumps
from ..errors import (
    ApiError,
    ConfigurationError,
    Limited,
    ServerFault,
    TransportError,
    UnreadableReply,
    ZCRMError,
    ZohoError,
)
from ..operation import Operation
from ..resources.records import Records
from ..results import Outcome, Record
from .model import Meta
from .steps import RecordSource

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

    `item` makes of a row what Zoho gets; it raises ConfigurationError. `given` are the arguments of
    each request beside the module and the items. `on` are the fields by which an upsert finds
    records, `fields` those that an update writes. `rows` is how many go into one request.
    """

    action: WriteAction
    meta: Meta
    source: RecordSource
    item: Callable[[Any], Any]
    given: Mapping[str, Any] = field(default_factory=dict)
    on: tuple[str, ...] = ()
    fields: tuple[str, ...] | None = None
    rows: int = 100
    via: WriteVia = "auto"

    def __post_init__(self) -> None:
        if self.via not in VIAS:
            raise ConfigurationError(f"via is one of {', '.join(VIAS)}, not {self.via!r}.")

    def may_repeat(self, item: Any) -> bool:
        """Whether an item that Zoho may have received can be sent again without a duplicate.

        That is so but for plain creates, and for upserts that name no record.
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
        """Return the outcome of a row for which there is no reply of its own."""
        return Outcome(index, code_of(reason), str(reason), error=_bare(reason), input=row)

    def not_sent(self, index: int, row: Any, reason: ZCRMError) -> Outcome:
        """Return the outcome of a row that was not sent."""
        return Outcome(index, "NOT_SENT", str(reason), error=_bare(reason), input=row)

    def may_send_again(self, outcome: Outcome) -> bool:
        """Whether the row of a failed outcome can be sent again without a duplicate."""
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
    """Whether Zoho may have carried out a request that failed with this error.

    A refusal was not carried out, and neither was what the limit refused; a fault of the server may
    have come afterwards, and a 429 without Zoho's code comes from a gateway.
    """
    if not isinstance(reason, ZohoError) or not reason.sent:
        return False
    if isinstance(reason, Limited):
        return reason.code.startswith("HTTP_")
    return isinstance(reason, ServerFault) or not isinstance(reason, ApiError)


def is_transient(reason: ZCRMError) -> bool:
    """Whether the same request may work later."""
    return isinstance(reason, TransportError | UnreadableReply | Limited | ServerFault)


def encoding_error(item: Any) -> ConfigurationError | None:
    """Return the error if an item cannot be encoded, else None."""
    try:
        dumps(item)
    except ConfigurationError as error:
        return error
    return None


def item_of(
    meta: Meta, action: WriteAction, fields: tuple[str, ...] | None = None
) -> Callable[[Any], Record]:
    """Return a function that converts a row to the item to send; it raises ConfigurationError.

    `fields` are those that an update writes, in Zoho's words; None for all that the row has.
    """

    def create(row: Any) -> Record:
        values = meta.values_of(row, is_new=True)
        if values.get("id"):
            raise ConfigurationError("A row with an id is in Zoho already: update or upsert it.")
        values.pop("id", None)
        return values

    def upsert(row: Any) -> Record:
        return meta.values_of(row)

    def update(row: Any) -> Record:
        values = meta.values_of(row, fields)
        if not values.get("id"):
            raise ConfigurationError("A row needs an id to be updated.")
        return values

    chosen = {"create": create, "upsert": upsert, "update": update}[action]

    def item(row: Any) -> Record:
        values = chosen(row)
        if not values.keys() - {"id"}:
            raise ConfigurationError("A row has no values.")
        return values

    return item
