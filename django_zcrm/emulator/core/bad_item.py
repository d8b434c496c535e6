"""The fault that refuses one item of a batch request: the others are processed."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import Refusal
from .faults import Fault
from .request import Parameters, Request
from .response import JsonResponse, Response
from .versions import dialect


@dataclass(frozen=True)
class RefusedItem:
    """The refusal of the item at ``index``; ``request`` is the request without that item.

    ``key`` is the one under which the response lists the items.
    """

    refusal: Refusal
    key: str
    index: int
    request: Request
    is_only_item: bool

    def response(self) -> Response:
        """The response when there is no other item."""
        has_multi_status = dialect(self.request.version).has_multi_status
        return JsonResponse(
            {self.key: [self.refusal.body]}, self.refusal.status if has_multi_status else 202
        )

    def put_into(self, response: Response) -> Response:
        """The response to the other items, with the refusal at its position.

        v2 returns 202 with errors inside, later versions 207, or 400 if all items failed (Zoho docs
        change logs).
        """
        body = response.get_json(silent=True)
        if not isinstance(body, dict) or not isinstance(body.get(self.key), list):
            return response
        body[self.key].insert(self.index, self.refusal.body)
        status = 207 if dialect(self.request.version).has_multi_status else 202
        return JsonResponse(body, max(status, response.status_code))


def refuse_item(fault: Fault, request: Request) -> RefusedItem | None:
    """Refuse the bad item of a fault; None when the request has no item there."""
    if fault.bad_item is None:
        return None
    index = fault.bad_item
    ids = request.args.comma_separated("ids")
    if request.method == "DELETE" and len(ids) > index:
        del ids[index]
        args = Parameters([*request.args.items_without("ids"), ("ids", ",".join(ids))])
        return RefusedItem(
            fault.refusal(), "data", index, request.with_changes(args=args), is_only_item=not ids
        )
    body = _json_object(request)
    for key, items in body.items():
        if isinstance(items, list) and len(items) > index and isinstance(items[index], dict):
            others = items[:index] + items[index + 1 :]
            changed = request.with_changes(json={**body, key: others})
            return RefusedItem(fault.refusal(), key, index, changed, is_only_item=not others)
    return None


def _json_object(request: Request) -> dict[str, object]:
    """The body of a request; empty when it is not a JSON object."""
    try:
        body = request.json
    except Refusal:
        return {}
    return body if isinstance(body, dict) else {}
