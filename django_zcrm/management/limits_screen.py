"""Draws the limits of many organisations on one screen of a terminal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from unicodedata import east_asian_width

from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.translation import gettext as _

from ..health.limits import OrganisationLimits

FIXED_LINES = 4
"""Lines of a screen without organisations: the title, the headings, the page and the cursor."""

MIN_NAME = 12
"""Columns that a name has at least."""


def draw_screen(
    organisations: Sequence[OrganisationLimits], page: int, size: os.terminal_size
) -> list[str]:
    """Return the lines of a page with one organisation in each; none is wider than `size`."""
    limits_page = Paginator(organisations, max(size.lines - FIXED_LINES, 1)).get_page(page)
    rows = [
        [
            _("Organisation"),
            _("calls"),
            _("heavy"),
            _("waiting"),
            "429",
            _("credits"),
            _("left"),
            _("notes"),
        ],
        *(_cells(limits) for limits in limits_page),
    ]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    rest = sum(widths[1:]) + 2 * len(widths[1:])
    widths[0] = max(min(widths[0], size.columns - rest - 1), MIN_NAME)
    title = _("Zoho's limits, those that need attention first; organisations: %(count)d") % {
        "count": len(organisations)
    }
    if not all(limits.is_shared for limits in organisations):
        title += ", " + _("in this process")
    position = _("Page %(page)d of %(pages)d") % {
        "page": limits_page.number,
        "pages": limits_page.paginator.num_pages,
    }
    if limits_page.has_next():
        position += ". " + _("Next page: --page %(page)d") % {
            "page": limits_page.next_page_number()
        }
    lines = [title, *("  ".join(map(_pad, row, widths)) for row in rows), position]
    return [_cut(line, size.columns - 1).rstrip() for line in lines]


def _cells(limits: OrganisationLimits) -> list[str]:
    credits_left = "> 50 %" if limits.credits_left is None else str(limits.credits_left)
    notes = []
    if limits.is_store_away:
        notes.append(_("store away"))
    if limits.lost.slots:
        notes.append(_("lost slots: %(count)d") % {"count": limits.lost.slots})
    if limits.runs_out_at is not None:
        at = timezone.localtime(limits.runs_out_at)
        notes.append(_("none left at %(time)s") % {"time": f"{at:%H:%M}"})
    name = "".join(char if char.isprintable() else " " for char in limits.name)
    return [
        name,
        f"{limits.in_use}/{limits.concurrency}",
        f"{limits.heavy}/{limits.heavy_limit}",
        str(limits.waiting),
        str(limits.refused),
        str(limits.credits_spent),
        credits_left,
        ", ".join(notes),
    ]


def _width(text: str) -> int:
    """Return how many columns a text takes: Chinese characters take two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _cut(text: str, columns: int) -> str:
    if _width(text) <= columns:
        return text
    while text and _width(text) > columns - 1:
        text = text[:-1]
    return f"{text}…"


def _pad(text: str, columns: int) -> str:
    text = _cut(text, columns)
    return text + " " * (columns - _width(text))
