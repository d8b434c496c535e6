"""Build sdist and wheel for a release, check both, and use them without the checkout.

`make release-check` runs this. It builds both twice, in the checkout and in a copy of the files
under version control, and compares the results byte for byte. Then it checks their contents and
metadata, installs each into an empty environment outside of the tree, and runs tests in the
unpacked sdist. The checked files are left in `dist/`, and a CycloneDX SBOM in `build/`.

The first check that fails ends the program with exit code 1 and a message.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent

REQUIREMENT = "[emulator]"
"""The extra that the smoke test needs."""

SITE = """
SECRET_KEY = "only for this check, and long enough for it: 0123456789 abcdefghijklmnopqrstuvwxyz"
ALLOWED_HOSTS = ["localhost"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django_zcrm",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "site_urls"
USE_TZ = True
ZCRM = {
    "CLIENT_ID": "1000.EMULATORCLIENT",
    "CLIENT_SECRET": "emulator-secret",
    "REDIRECT_URI": "http://localhost:8000/zcrm/oauth/callback/",
    "DATA_CENTER": "eu",
}
"""

URLS = """
from django.urls import include, path

urlpatterns = [path("zcrm/", include("django_zcrm.urls"))]
"""

SMOKE = """
import django
import requests
from django.conf import settings
from django.test import override_settings

django.setup()

from django_zcrm import zcrm
from django_zcrm.emulator import Emulator

with Emulator().serve() as zoho:
    hosts = dict.fromkeys(("ACCOUNTS_URL", "API_URL", "UPLOAD_URL"), zoho.url)
    with override_settings(ZCRM={**settings.ZCRM, **hosts}):
        asked = {"scope": "ZohoCRM.modules.ALL"}
        grant = requests.post(zoho.url + "/emulator/grant-codes", json=asked, timeout=5).json()
        zcrm.generate_auth_tokens("smoke", grant["code"])
        leads = list(zcrm.for_identifier("smoke").records.list("Leads", fields=["Last_Name"]))
        assert leads and all(lead["Last_Name"] for lead in leads), leads
        page = requests.get(zoho.url, timeout=5)
        assert page.ok and "Leads <strong>" in page.text, page.text
"""


SDIST_TESTS = ["tests/contract", "tests/zoho", "tests/testing"]
"""What is run in the unpacked sdist: tests that read the repository's files, and some others."""

MARKERS = "not browser and not service and not dev and not pyright"


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
    """Run a command and return its output; a failure ends the check with the output."""
    # The new environments get nothing from the caller's Python or tox.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.startswith("TOX_")
    }
    done = subprocess.run(  # noqa: S603 - fixed commands
        [str(part) for part in command],
        cwd=cwd,
        env={**inherited, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}")
    return done.stdout


def tracked_files(*folders: str) -> list[str]:
    """List the files under version control that exist."""
    names = run("git", "ls-files", *folders).splitlines()
    return [name for name in names if (ROOT / name).exists()]


def copy_tracked_files(place: Path) -> Path:
    """Copy the files under version control, with other times and permissions; return the folder."""
    for name in tracked_files():
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
        target.chmod(0o700 if os.access(ROOT / name, os.X_OK) else 0o600)
    return place


def build(tree: Path, into: Path) -> tuple[Path, Path]:
    """Build the sdist and, from it, the wheel; return the paths of both."""
    epoch = run("git", "log", "-1", "--format=%ct").strip()
    run(sys.executable, "-m", "build", "--outdir", into, tree, SOURCE_DATE_EPOCH=epoch)
    (sdist,) = into.glob("*.tar.gz")
    (wheel,) = into.glob("*.whl")
    return sdist, wheel


def read_members(archive: Path) -> dict[str, tuple[object, ...]]:
    """Return what an archive holds: for each member its time, permissions and content."""
    if archive.suffix == ".whl":
        with ZipFile(archive) as zipped:
            return {
                info.filename: (info.date_time, info.external_attr, zipped.read(info))
                for info in zipped.infolist()
            }
    members: dict[str, tuple[object, ...]] = {}
    with tarfile.open(archive) as packed:
        for member in packed:
            file = packed.extractfile(member)
            owner = (member.uid, member.gid, member.uname, member.gname)
            members[member.name] = (member.mtime, member.mode, owner, file and file.read())
    return members


def check_reproducible(first: Path, second: Path) -> None:
    """Compare two builds of one distribution; a difference ends the check with its members."""
    if first.read_bytes() == second.read_bytes():
        return
    ours, theirs = read_members(first), read_members(second)
    names = sorted(name for name in ours.keys() | theirs if ours.get(name) != theirs.get(name))
    sys.exit(
        f"{first.name} is not the same from the checkout and from a copy of the files under "
        "version control. These members differ:\n" + "\n".join(names or ["(only their order)"])
    )


def check_version(wheel: Path) -> None:
    """Compare the version with the tag of the commit, if it has one, and with the changelog."""
    version = wheel.name.split("-")[1]
    tags = [tag for tag in run("git", "tag", "--points-at").split() if tag.startswith("v")]
    if not tags:
        return
    if tags != [f"v{version}"]:
        sys.exit(f"The version is {version}, but the commit's tag is {', '.join(tags)}.")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.M):
        sys.exit(f"CHANGELOG.md has no section with a date for {version}.")


def dead_links_in(wheel: Path) -> list[str]:
    """List the links of the description that would lead nowhere on a package index."""
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        targets: list[str] = re.findall(r"\]\(([^)]+)\)", archive.read(name).decode())
    return [target for target in targets if not re.match(r"https://[^./]+\.[^.]", target)]


def check_contents(sdist: Path, wheel: Path, tree: Path) -> None:
    """Check metadata, description and files; `tree` is the unpacked sdist."""
    run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)
    # W004 is about names that no import statement can have, as those of migrations.
    run(sys.executable, "-m", "check_wheel_contents", "--ignore", "W004", wheel)
    with ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    if missing := [name for name in tracked_files("django_zcrm") if name not in shipped]:
        sys.exit("missing from the wheel:\n" + "\n".join(missing))
    if missing := [name for name in tracked_files() if not (tree / name).exists()]:
        sys.exit("missing from the sdist:\n" + "\n".join(missing))
    if dead := dead_links_in(wheel):
        sys.exit("dead links in the description:\n" + "\n".join(dead))


def install(distribution: Path, place: Path) -> Path:
    """Install a distribution into a new environment in `place`; return its Python."""
    venv.create(place / "venv", with_pip=False)
    python = place / "venv" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    run(*pip, "install", "--quiet", f"{distribution}{REQUIREMENT}", cwd=place)
    return python


def try_out(python: Path, place: Path) -> None:
    """Use an installed distribution in `place`: a new site, and the emulator."""
    (place / "site_settings.py").write_text(SITE)
    (place / "site_urls.py").write_text(URLS)

    def alone(*arguments: str) -> str:
        return run(
            python, "-W", "error", *arguments, cwd=place, DJANGO_SETTINGS_MODULE="site_settings"
        )

    home = Path(alone("-c", "import django_zcrm; print(django_zcrm.__file__)").strip())
    if not home.is_relative_to(place):
        sys.exit(f"django_zcrm came from {home}, not from the distribution")
    alone("-m", "django", "check")
    alone("-m", "django", "makemigrations", "--check", "--dry-run")
    alone("-m", "django", "migrate")
    alone("-c", SMOKE)
    alone("-m", "django", "zcrm_emulator", "--help")
    run(python.with_name("zcrm-emulator"), "--help", cwd=place)


def write_sbom(python: Path, wheel: Path) -> Path:
    """Write the components of an environment with the wheel as CycloneDX; return the file."""
    name, version = wheel.name.split("-")[:2]
    # Where pip installed it from; published files have no such place.
    for origin in python.parents[1].rglob(f"{name}-*.dist-info/direct_url.json"):
        origin.unlink()
    path = ROOT / "build" / f"{name}-{version}.cdx.json"
    path.parent.mkdir(exist_ok=True)
    run(
        *(sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"),
        *("--mc-type", "library", "--output-format", "JSON", "--output-file", path, python),
    )
    return path


def unpack(sdist: Path, place: Path) -> Path:
    """Unpack the sdist; return its folder."""
    with tarfile.open(sdist) as archive:
        archive.extractall(place, filter="data")
    return place / sdist.name.removesuffix(".tar.gz")


def run_tests_of(tree: Path) -> str:
    """Run tests in the unpacked sdist, as its tox.ini does; return pytest's last line."""
    options = ["-q", "-n", "2", "-p", "no:cacheprovider", "-m", MARKERS, *SDIST_TESTS]
    tox = (sys.executable, "-m", "tox", "run", "--root", tree, "--conf", tree / "tox.ini")
    output = run(*tox, "-e", "py", "--", *options, cwd=tree)
    passed: list[str] = re.findall(r"^.*\b\d+ passed.*$", output, re.M)
    return passed[-1].strip("= ")


def main() -> None:
    """Build, compare, check, try out, and leave what was checked in `dist/`."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        first = build(ROOT, place / "first")
        second = build(copy_tracked_files(place / "copy"), place / "second")
        for ours, theirs in zip(first, second, strict=True):
            check_reproducible(ours, theirs)
            print(f"{ours.name} is the same when built again")
        sdist, wheel = first
        check_version(wheel)
        tree = unpack(sdist, place)
        check_contents(sdist, wheel, tree)
        for distribution in first:
            home = place / distribution.suffix.removeprefix(".")
            home.mkdir()
            python = install(distribution, home)
            if distribution == wheel:
                print(f"{write_sbom(python, wheel).name} lists what it installs")
            try_out(python, home)
            print(f"{distribution.name} works alone")
        print(f"the sdist's own tests: {run_tests_of(tree)}")
        shutil.rmtree(ROOT / "dist", ignore_errors=True)
        (ROOT / "dist").mkdir()
        for distribution in first:
            digest = hashlib.sha256(distribution.read_bytes()).hexdigest()
            shutil.copy(distribution, ROOT / "dist")
            print(f"{digest}  dist/{distribution.name}")


if __name__ == "__main__":
    main()
