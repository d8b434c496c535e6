"""Texts that come from elsewhere, made safe for logs, messages and databases."""

from __future__ import annotations


def replace_surrogates(text: str) -> str:
    """Return a text that UTF-8 can encode: lone surrogates, which JSON can hold, become `?`."""
    return text.encode("utf-8", "replace").decode()


def one_line(text: str, limit: int | None = None) -> str:
    """Return a text in one line, without control characters: it could forge lines in a log.

    White space and control characters become single spaces. A text of more than `limit` characters
    is cut off.
    """
    if not text.isprintable():
        text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def storable_text(text: str) -> str:
    """Return a text without characters that databases refuse: NUL, lone surrogates."""
    text = text.replace("\x00", "")
    return text if text.isascii() else replace_surrogates(text)
