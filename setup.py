"""The metadata with the repository's address, and a reproducible sdist; setup.cfg has the rest.

The long description is the README. Its links and pictures are files of the repository, so they
become absolute here: a package index cannot resolve relative links.
"""

from __future__ import annotations

import gzip
import os
import re
import tarfile
import time
from pathlib import Path

from setuptools import setup
from setuptools.command.sdist import sdist

ROOT = Path(__file__).resolve().parent

REPOSITORY = "https://github.com/django-zcrm/django-zcrm"
"""The address of the public repository. The other project URLs and all links derive from it."""

DOCUMENTATION = "https://django-zcrm.readthedocs.io"
"""The address of the built docs, without a version."""

PROJECT_URLS = {
    "Source": REPOSITORY,
    "Documentation": f"{DOCUMENTATION}/",
    "Changelog": f"{REPOSITORY}/blob/main/CHANGELOG.md",
    "Issues": f"{REPOSITORY}/issues",
    "Security": f"{REPOSITORY}/security/policy",
}


def absolute_links(readme: str, version: str) -> str:
    """Return a README whose links and pictures lead to the repository at the tag of a version.

    A link that starts with `../../`, which GitHub resolves against the file's own address, leads to
    a page of the repository, such as its workflows.
    """

    def absolute(target: str, kind: str) -> str:
        if re.match(r"[a-z]+:", target):
            return target
        if target.startswith("../../"):
            return f"{REPOSITORY}/{target.removeprefix('../../')}"
        return f"{REPOSITORY}/{kind}/v{version}/{target}"

    def replace(match: re.Match[str]) -> str:
        return f"{match[1]}({absolute(match[2], 'raw' if match[1].startswith('!') else 'blob')})"

    # First pictures, as these can be the text of a link.
    readme = re.sub(r"(!\[[^\]]*\])\(([^)\s]+)\)", replace, readme)
    return re.sub(r"(\])\(([^)\s]+)\)", replace, readme)


def read_version() -> str:
    """Return the version without importing the package."""
    package = (ROOT / "django_zcrm" / "_version.py").read_text(encoding="utf-8")
    version = re.search(r'^__version__ = "(.+)"$', package, re.M)
    if version is None:
        raise SystemExit("django_zcrm/_version.py has no __version__")
    return version[1]


class ReproducibleSdist(sdist):  # type: ignore[misc] # setuptools has no types here
    """An sdist that depends only on the contents of its files and on SOURCE_DATE_EPOCH.

    That variable has the time of all files, in seconds since 1970; without it, that is now.
    """

    def make_archive(
        self,
        base_name: str,
        format: str,
        root_dir: str | None = None,
        base_dir: str | None = None,
        owner: str | None = None,
        group: str | None = None,
    ) -> str:
        """Write the archive, with sorted members, one time, no owner and plain permissions."""
        moment = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))

        def normalise(member: tarfile.TarInfo) -> tarfile.TarInfo:
            member.mtime = moment
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            return member

        path = Path(f"{base_name}.tar.gz")
        folder = Path(base_dir or self.distribution.get_fullname())
        with (
            path.open("wb") as file,
            gzip.GzipFile("", "wb", fileobj=file, mtime=moment) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for source in sorted([folder, *folder.rglob("*")]):
                archive.add(source, recursive=False, filter=normalise)
        return str(path)


if __name__ == "__main__":  # the name that setuptools runs this file under
    setup(
        long_description=absolute_links(
            (ROOT / "README.md").read_text(encoding="utf-8"), read_version()
        ),
        project_urls=PROJECT_URLS,
        cmdclass={"sdist": ReproducibleSdist},
    )
