"""What makes a page accessible to everybody: axe's rules, the keyboard, no sideways scrolling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from playwright.sync_api import Page

# What does not fit, does not fit on a phone.
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Selects what Tab must reach: one of each group of radio buttons, and nothing hidden.
STOPS = """() => {
  const groups = new Set();
  return [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]'
  )].filter(element => {
    if (element.tabIndex < 0 || element.disabled || !element.checkVisibility(
      {visibilityProperty: true})) return false;
    if (element.type !== 'radio') return true;
    const first = !groups.has(element.name);
    groups.add(element.name);
    return first;
  });
}"""
LOOKS = """element => {
  const {outline, boxShadow, borderColor, backgroundColor, color, textDecoration, left} =
    getComputedStyle(element);
  return [outline, boxShadow, borderColor, backgroundColor, color, textDecoration, left].join();
}"""
NAMES = "element => element.outerHTML.replace(/\\s+/g, ' ').slice(0, 120)"


def set_each_size(page: Page) -> Iterator[int]:
    """Give a page each size in turn; yield its width in pixels."""
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        yield width


def assert_good(page: Page, axe: str, *, leave_out: Sequence[str] = ()) -> None:
    """Check what every page must satisfy: in each size, and once by axe's rules."""
    for _ in set_each_size(page):
        assert_fits(page)
        assert_keyboard_is_enough(page)
    assert_accessible(page, axe, leave_out=leave_out)


def assert_accessible(page: Page, axe: str, *, leave_out: Sequence[str] = ()) -> None:
    """Check a page against axe's rules, in its light and its dark theme.

    `axe` is axe's source; `leave_out` has CSS selectors of what is not ours.
    """
    page.evaluate(axe)
    # Colours in transition from one theme to the other do not count.
    page.add_style_tag(content="* { transition: none !important }")
    context = {"exclude": [[selector] for selector in leave_out]} if leave_out else {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        options = {"runOnly": RULES, "resultTypes": ["violations"]}
        result: dict[str, Any] = page.evaluate(
            "([context, options]) => axe.run({include: [document], ...context}, options)",
            [context, options],
        )
        report = "\n\n".join(_in_words(each, scheme) for each in result["violations"])
        assert not report, f"{page.url}\n{report}"


def _in_words(violation: dict[str, Any], scheme: str) -> str:
    nodes = [f"{node['html'][:160]}: {node['failureSummary']}" for node in violation["nodes"]]
    return "\n".join([f"{violation['id']} ({scheme}): {violation['help']}", *nodes])


def assert_keyboard_is_enough(page: Page) -> None:
    """Tab through a page: everything interactive gets focus, in order, and shows it."""
    stops = page.evaluate_handle(STOPS)
    names = stops.evaluate(f"stops => stops.map({NAMES})")
    page.evaluate("document.activeElement.blur()")
    before = stops.evaluate(f"stops => stops.map({LOOKS})")
    page.evaluate("getSelection().removeAllRanges(); document.body.tabIndex = -1")
    page.evaluate("document.body.focus()")
    met: list[int] = []
    for _ in range(2 * len(names) + 20):  # a date field has several stops
        if met[-1:] == [len(names) - 1]:
            break
        page.keyboard.press("Tab")
        at, looks = stops.evaluate(
            f"stops => [stops.indexOf(document.activeElement), ({LOOKS})(document.activeElement)]"
        )
        if at >= 0 and at not in met:
            met.append(at)
            assert looks != before[at], f"focus cannot be seen on {names[at]}"
    assert [names[at] for at in met] == names, page.url


def assert_fits(page: Page) -> None:
    """Check that nothing extends beyond the right edge of the screen."""
    width, needed = page.evaluate("() => [innerWidth, document.documentElement.scrollWidth]")
    assert needed <= width, page.url


def assert_fits_every_size(page: Page) -> None:
    """Check the same in each size; the page has its own size again afterwards."""
    own = page.viewport_size
    for _ in set_each_size(page):
        assert_fits(page)
    assert own
    page.set_viewport_size(own)


def press(page: Page, role: Any, name: str) -> None:
    """Tab to a control and press Enter, as users without a mouse do."""
    control = page.get_by_role(role, name=name, exact=True)
    for _ in range(80):
        page.keyboard.press("Tab")
        if control.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab does not come to the {role} {name!r} of {page.url}")
