"""The description of the distributions; everything else is in setup.cfg.

It is the README, whose links and pictures are files of the repository. If `project_urls` in
setup.cfg has a `Source`, they lead into it, at the tag of the version; otherwise they become plain
text, since a package index would make dead links of them.
"""

from __future__ import annotations

import configparser
import re
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).resolve().parent


def description(readme: str, source: str, version: str) -> str:
    """Return a README with absolute links only; `source` is the repository's URL, or empty."""

    def lead(match: re.Match[str]) -> str:
        picture, text, target = match.groups()
        if re.match(r"[a-z]+:", target):
            return match[0]
        if not source:
            return "" if picture else text
        return f"{picture}[{text}]({source}/{'raw' if picture else 'blob'}/v{version}/{target})"

    return re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", lead, readme)


def read() -> str:
    """Read the README, the version and the repository's URL."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg")
    urls = dict(
        re.findall(
            r"^(\w+)\s*=\s*(\S+)$", config.get("metadata", "project_urls", fallback=""), re.M
        )
    )
    package = (ROOT / "django_zcrm" / "_version.py").read_text(encoding="utf-8")
    version = re.search(r'^__version__ = "(.+)"$', package, re.M)
    if version is None:
        raise SystemExit("django_zcrm/_version.py has no __version__")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return description(readme, urls.get("Source", "").rstrip("/"), version[1])


if __name__ == "__main__":  # setuptools runs it under this name, too
    setup(long_description=read())
