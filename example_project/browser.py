"""A browser, as far as the tour needs one: cookies, links, forms. No JavaScript."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

TIMEOUT = 30


class PageError(Exception):
    """A page is not what it should be."""


@dataclass
class Form:
    """A form on a page: its URL and its values."""

    action: str
    values: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(attributes.get("action", "")))
        elif not self.forms:
            return
        elif tag == "input" and "name" in attributes and _is_submitted(attributes):
            self._values[attributes["name"]] = attributes.get("value", "")
        elif tag == "textarea":
            self._textarea = attributes.get("name", "")
            self._values[self._textarea] = ""
        elif tag == "select":
            self._select = attributes.get("name", "")
        elif tag == "option" and ("selected" in attributes or self._select not in self._values):
            self._values[self._select] = attributes.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._values[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":  # the line break after its beginning is none of its text
            self._values[self._textarea] = self._values[self._textarea].removeprefix("\n")
            self._textarea = ""

    @property
    def _values(self) -> dict[str, str]:
        return self.forms[-1].values


def _is_submitted(attributes: dict[str, str]) -> bool:
    return "checked" in attributes or attributes.get("type") not in {"radio", "checkbox"}


class Browser:
    """Opens pages and sends their forms, and keeps cookies."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._http = requests.Session()

    def open(self, path: str) -> requests.Response:
        """Open a page of the site. Raises PageError for one that is not there."""
        return self._checked(self._http.get(urljoin(self._site, path), timeout=TIMEOUT))

    def submit(self, page: requests.Response, action: str, **typed: str) -> requests.Response:
        """Fill in and send the page's form that goes to `action`; return the page after it."""
        forms = _Forms()
        forms.feed(page.text)
        form = next((form for form in forms.forms if form.action == action), None)
        if form is None:
            raise PageError(f"{page.url} has no form that goes to {action!r}")
        response = self._http.post(
            urljoin(page.url, action),
            data=form.values | typed,
            headers={"Referer": page.url},
            timeout=TIMEOUT,
        )
        return self._checked(response)

    @staticmethod
    def _checked(page: requests.Response) -> requests.Response:
        if not page.ok:
            raise PageError(f"{page.url.partition('?')[0]} answered HTTP {page.status_code}")
        return page


def messages_on(page: requests.Response) -> list[str]:
    """Return the messages that the site shows on a page."""
    return [unescape(text) for text in re.findall(r'<p class="note[^>]*>(.*?)</p>', page.text)]
