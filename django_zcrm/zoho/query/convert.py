"""What Zoho's rows become: the keys asked for, in dicts or tuples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .query import Column, Shape

Row = dict[str, Any]
Shaping = Callable[[list[Row]], list[Any]]


def shaping(shape: Shape, columns: Sequence[Column]) -> Shaping:
    """Return the function that makes of COQL's rows what a record set hands over."""
    keys = [column.key for column in columns]
    texts = [column.path.text for column in columns]
    if shape == "flat":
        return lambda rows: [row.get(texts[0]) for row in rows]
    if shape == "tuples":
        return lambda rows: [tuple([row.get(text) for text in texts]) for row in rows]
    if keys == texts and "id" in keys:
        return lambda rows: rows  # COQL always adds the id, and nothing else
    pairs = list(zip(keys, texts, strict=True))
    return lambda rows: [{key: row.get(text) for key, text in pairs} for row in rows]
