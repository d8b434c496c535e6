"""Splits lists into pages: by number, or by tokens valid for one user, query and day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from ..core import Refusal, Request, dialect, invalid_data
from ..core.errors import ambiguous
from ..guesses import behaves
from ..state import Organisation, StoredRecord

MAX_PER_PAGE = 200
DISCRETE_REACH = 2_000
TOKEN_REACH = 100_000
TOKEN_LIFE = 24 * 3600
LAST_PAGE = 10**9
"""v2 has no last page; this bound keeps numbers within what any parser accepts."""

#: A record's position in an order: comparable, unique for each record.
PositionOf = Callable[[StoredRecord], Any]


@dataclass(frozen=True, slots=True)
class PageToken:
    """Where a page begins: after the position `after`, `offset` rows from the start."""

    user_id: str
    bound_to: tuple[Any, ...]
    expires_at: float
    offset: int
    after: tuple[Any, ...] | str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list and its `info`."""

    rows: list[StoredRecord]
    info: dict[str, Any]


def _position(record: StoredRecord) -> Any:
    return record["id"]


def position_of_token(org: Organisation, request: Request) -> Any:
    """Return the position after which the call's page token continues, if it has one."""
    if not dialect(request.version).has_page_tokens:
        return None
    token = org.records.page_tokens.get(request.args.get("page_token", ""))
    # The position of another list is in another order; `paginate` refuses such a token.
    return None if token is None or token.bound_to != _bound_to(request) else token.after


def paginate(
    org: Organisation,
    request: Request,
    rows: Iterable[StoredRecord],
    *,
    sort_by: str = "id",
    sort_order: str = "desc",
    position: PositionOf = _position,
    tokens: bool = True,
) -> Page:
    """Return the requested page.

    `rows` must be in the order that `sort_by`, `sort_order` and `position` describe. Raises
    Refusal when the page is out of range or the token is not valid for this call.
    """
    traits = dialect(request.version)
    with_tokens = tokens and (
        traits.has_page_tokens
        or ("page_token" in request.args and behaves("records.v2-page-token", "refused"))
    )
    per_page = request.args.integer("per_page", MAX_PER_PAGE, maximum=MAX_PER_PAGE)
    token_text = request.args.get("page_token") if with_tokens else None
    if token_text is None:
        token, number = None, _get_page_param(request, per_page, tokens=tokens)
        offset = (number - 1) * per_page
        window = list(islice(rows, max(offset - 1, 0), offset + per_page + 1))
        before = position(window.pop(0)) if offset and window else None
    else:
        token, before = _get_token_param(org, request, token_text, per_page), None
        offset = token.offset
        number = offset // per_page + 1
        window = list(islice(_skip_to(rows, token.after, position, sort_order), per_page + 1))
    page, more = window[:per_page], len(window) > per_page
    info: dict[str, Any] = {
        "per_page": per_page,
        "count": len(page),
        "page": number,
        "sort_by": sort_by,
        "sort_order": sort_order,
        "more_records": more,
    }
    if with_tokens:
        info.update(next_page_token=None, previous_page_token=None, page_token_expiry=None)
        if token is not None:
            info["previous_page_token"] = token.previous
        if more:
            current = token_text or _store_page_token(org, request, offset, before, None)
            info["next_page_token"] = _store_page_token(
                org, request, offset + per_page, position(page[-1]), current
            )
            expiry = org.clock.now() + timedelta(seconds=TOKEN_LIFE)
            info["page_token_expiry"] = org.clock.iso(request.user.time_zone, at=expiry)
    return Page(page, info)


def _get_page_param(request: Request, per_page: int, *, tokens: bool) -> int:
    """Return the number of a page requested by number. Raises Refusal out of reach."""
    has_tokens = dialect(request.version).has_page_tokens
    # The manual of Zoho's Node SDK, which uses v2, starts with page 0.
    lowest = 1 if has_tokens or behaves("records.page-zero", "refused") else 0
    stops = has_tokens or behaves("records.deep-pages", "refused")
    number = request.args.integer("page", 1, minimum=lowest, maximum=LAST_PAGE) or 1
    if (stops or not tokens) and number * per_page > DISCRETE_REACH:
        raise _out_of_reach(tokens and has_tokens)
    return number


def _get_token_param(org: Organisation, request: Request, text: str, per_page: int) -> PageToken:
    """Return the token of a page requested by token. Raises Refusal if it is not valid."""
    if "page" in request.args:
        raise ambiguous({"param_name": "page"}, {"param_name": "page_token"})
    token = _find_token(org, request, text)
    if token.offset + per_page > TOKEN_REACH:
        raise Refusal(
            "PAGINATION_LIMIT_EXCEEDED",
            "You can only get the first 100000 records using page_token param",
            details={"limit": TOKEN_REACH},
        )
    return token


def drop_keys(info: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return `info` without some keys, as a few lists have it (OpenAPI)."""
    return {key: value for key, value in info.items() if key not in keys}


def _out_of_reach(with_tokens: bool) -> Refusal:
    details = {"limit": DISCRETE_REACH}
    if not with_tokens:
        return Refusal("LIMIT_REACHED", "maximum response iteration limit reached", details=details)
    return Refusal(
        "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
        f"You can only get the first {DISCRETE_REACH} records without using page_token param",
        details=details,
    )


def _skip_to(
    rows: Iterable[StoredRecord], after: Any, position: PositionOf, sort_order: str
) -> Iterator[StoredRecord]:
    iterator = iter(rows)
    if after is None:
        return iterator
    descending = sort_order == "desc"

    def iterate_rest() -> Iterator[StoredRecord]:
        for record in iterator:
            record_position = position(record)
            if (record_position < after) if descending else (record_position > after):
                yield record
                break
        yield from iterator

    return iterate_rest()


def _bound_to(request: Request) -> tuple[Any, ...]:
    return (
        request.path,
        *sorted(request.args.items_without("page", "page_token")),
    )


def _find_token(org: Organisation, request: Request, text: str) -> PageToken:
    token: PageToken | None = org.records.page_tokens.get(text)
    if token is None or token.user_id != request.user.id:
        raise invalid_data(param_name="page_token")
    if token.expires_at <= org.clock.time():
        raise Refusal(
            "EXPIRED_VALUE", "the given page_token is expired", details={"param_name": "page_token"}
        )
    if token.bound_to != _bound_to(request):
        raise Refusal(
            "TOKEN_BOUND_DATA_MISMATCH",
            "the parameters do not match those that the page_token was made for",
            details={"param_name": "page_token"},
        )
    return token


def _store_page_token(
    org: Organisation, request: Request, offset: int, after: Any, previous: str | None
) -> str:
    now = org.clock.time()
    tokens = org.records.page_tokens
    if len(tokens) > 5_000:
        for text in [text for text, token in tokens.items() if token.expires_at <= now]:
            del tokens[text]
    text = org.ids.hex(64)
    tokens[text] = PageToken(
        request.user.id, _bound_to(request), now + TOKEN_LIFE, offset, after, previous
    )
    return text
