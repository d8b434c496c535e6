"""The look of the emulator's pages.

Knows nothing about what stands on them.
"""

from __future__ import annotations

from html import escape

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --paper: #fff; --ground: #f3f5f8;
  --line: #dce1e8; --faint: #5b6776; --main: #1f6feb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --paper: #1b222c;
  --ground: #11161d; --line: #303a47; --faint: #9aa7b6; --main: #4c8dff; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem 1rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1.5rem; background: var(--paper);
  border: 1px solid var(--line); border-radius: .75rem; }
main.narrow { max-width: 32rem; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.15rem; }
code { overflow-wrap: anywhere; } small, .small { color: var(--faint); font-size: .875rem; }
.wide { margin-bottom: 1rem; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line);
  text-align: left; vertical-align: top; } th { color: var(--faint); font-weight: 600; }
label { display: block; margin-bottom: .25rem; color: var(--faint); }
select { width: 100%; padding: .55rem; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--paper); color: inherit; font: inherit; }
.buttons { display: flex; gap: .75rem; }
button { padding: .6rem 1.4rem; border: 1px solid var(--line); border-radius: .5rem;
  background: transparent; color: inherit; font: inherit; cursor: pointer; }
button.main { background: var(--main); border-color: var(--main); color: #fff; }
"""


def whole_page(title: str, body: str, *, narrow: bool = False) -> str:
    """An HTML page around ``body``, which must be escaped already."""
    width = ' class="narrow"' if narrow else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} - Zoho CRM emulator</title><style>{_STYLE}</style></head>"
        f"<body><main{width}>{body}</main></body></html>"
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table; cells are escaped here."""
    if not rows:
        return '<p class="small">None.</p>'
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<div class="wide"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )
