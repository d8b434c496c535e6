"""The look of the emulator's pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --paper: #fff; --ground: #f3f5f8;
  --line: #dce1e8; --faint: #5b6776; --main: #1f6feb; --good: #1a7f37; --odd: #9a6700;
  --bad: #cf222e; --tint: #f6f8fb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --paper: #1b222c;
  --ground: #11161d; --line: #303a47; --faint: #9aa7b6; --main: #6ea8ff; --good: #57c272;
  --odd: #d8a63b; --bad: #ff7b72; --tint: #222b37; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem 1rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem; background: var(--paper);
  border: 1px solid var(--line); border-radius: .75rem; }
main.narrow { max-width: 32rem; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 2rem 0 .5rem; font-size: 1.15rem; line-height: 1.25; }
p { margin: 0 0 .75rem; } a { color: var(--main); text-underline-offset: .15em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--main); outline-offset: 2px; border-radius: .2rem; }
code { overflow-wrap: anywhere; } small, .small { color: var(--faint); font-size: .875rem; }
nav { margin-bottom: .75rem; color: var(--faint); font-size: .875rem; }
.wide { margin-bottom: 1rem; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line);
  text-align: left; vertical-align: top; } th { color: var(--faint); font-weight: 600; }
th:last-child, td:last-child { padding-right: 0; }
td { font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
.wide td { min-width: 4rem; max-width: 22rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr));
  gap: .5rem; margin: 0 0 1rem; padding: 0; list-style: none; }
.tiles a, .tiles span { display: flex; justify-content: space-between; gap: .5rem;
  padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem; color: inherit;
  text-decoration: none; background: var(--tint); }
.tiles a:hover { border-color: var(--main); } .tiles strong { font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; margin: 0; }
dt, dd { margin: 0; padding: .4rem 0; border-bottom: 1px solid var(--line); min-width: 0;
  overflow-wrap: anywhere; }
dt { padding-right: 1rem; color: var(--faint); } dd { white-space: pre-line; }
details { border-bottom: 1px solid var(--line); font-size: .9rem; }
summary { display: flex; gap: 0 .75rem; padding: .4rem 0; cursor: pointer;
  overflow-wrap: anywhere; }
td details { border: 0; } td summary { padding: 0; }
summary::before { content: "+"; width: .6rem; color: var(--faint); }
details[open] summary::before { content: "-"; }
summary > :nth-child(2) { flex: 1; min-width: 0; }
pre { margin: 0 0 .75rem; padding: .75rem; overflow: auto; max-height: 24rem; font-size: .8rem;
  background: var(--tint); border-radius: .5rem; }
.good { color: var(--good); } .odd { color: var(--odd); } .bad { color: var(--bad); }
.pages { display: flex; justify-content: space-between; gap: 1rem; }
form.find { display: flex; gap: .5rem; margin-bottom: 1rem; }
label { display: block; margin-bottom: .25rem; color: var(--faint); }
select, input[type=search] { width: 100%; padding: .55rem; border: 1px solid var(--line);
  border-radius: .5rem; background: var(--paper); color: inherit; font: inherit; }
.buttons { display: flex; gap: .75rem; }
button { padding: .6rem 1.4rem; border: 1px solid var(--line); border-radius: .5rem;
  background: transparent; color: inherit; font: inherit; cursor: pointer; }
button.main { background: #1f6feb; border-color: #1f6feb; color: #fff; }
@media (max-width: 40rem) { body { padding: 0; } main { padding: 1rem; border: 0;
  border-radius: 0; } dl { grid-template-columns: 1fr; } dt { border: 0; padding-bottom: 0; }
  dd { padding-top: 0; } summary > :nth-child(4) { display: none; } }
"""


class Html(str):
    """Text that is HTML already and must not be escaped again."""

    __slots__ = ()


def html(cell: str) -> Html:
    """Return text as HTML, escaped unless it is Html already."""
    return cell if isinstance(cell, Html) else Html(escape(cell))


def link(text: str, *path: str, base: str = "") -> Html:
    """A link to the path made of these parts below `base`; each part is encoded here."""
    target = "/".join((base, *(quote(part, safe="") for part in path)))
    return Html(f'<a href="{escape(target)}">{html(text)}</a>')


def whole_page(title: str, body: str, *, narrow: bool = False) -> str:
    """An HTML page around ``body``, which must be escaped already."""
    width = ' class="narrow"' if narrow else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{escape(title)} - Zoho CRM emulator</title><style>{_STYLE}</style></head>"
        f"<body><main{width}>{body}</main></body></html>"
    )


def trail(*steps: str) -> str:
    """The breadcrumbs of a page, from the overview down."""
    return f"<nav>{' / '.join(map(html, steps))}</nav>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], nothing: str = "None.") -> str:
    """A table; cells are escaped here."""
    lines = "".join(
        "<tr>" + "".join(f"<td>{html(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    if not lines:
        return f'<p class="small">{escape(nothing)}</p>'
    top = "".join(f'<th scope="col">{html(cell)}</th>' for cell in head)
    return (
        f'<div class="wide"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def tiles(items: Iterable[str]) -> str:
    """A grid of links or words, HTML already."""
    return f'<ul class="tiles">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def values(pairs: Iterable[tuple[str, str]]) -> str:
    """Names with their values."""
    lines = "".join(f"<dt>{html(name)}</dt><dd>{html(value)}</dd>" for name, value in pairs)
    return f"<dl>{lines}</dl>"


def folded(summary: Iterable[str], text: str) -> str:
    """A line that expands to show a text verbatim."""
    line = "".join(f"<span>{html(part)}</span>" for part in summary)
    return f"<details><summary>{line}</summary><pre>{html(text)}</pre></details>"
