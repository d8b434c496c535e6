"""Build the distributions and use the wheel as a stranger would, without the checkout.

Fails when a file of the package is missing in the wheel, or when the wheel does not work alone
in an empty environment outside the tree.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent

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


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
    """Run a command and return what it printed; a failure ends the check with its output."""
    # Nothing of the caller's Python may help the new environment out.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
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


def build(into: Path) -> Path:
    """Build the sdist and, from it, the wheel, whose path is returned."""
    run(sys.executable, "-m", "build", "--outdir", into)
    (wheel,) = into.glob("*.whl")
    return wheel


def missing_from(wheel: Path) -> list[str]:
    """List the package's files under version control that the wheel lacks."""
    tracked = run("git", "ls-files", "django_zcrm").splitlines()
    with ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    return [name for name in tracked if name not in shipped and (ROOT / name).exists()]


def dead_links_in(wheel: Path) -> list[str]:
    """List the links of the description that would lead nowhere on a package index."""
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        targets: list[str] = re.findall(r"\]\(([^)]+)\)", archive.read(name).decode())
    return [target for target in targets if not target.startswith("https://")]


def try_out(wheel: Path, place: Path) -> None:
    """Install the wheel into a new environment in `place`, and use it there."""
    venv.create(place / "venv", with_pip=True)
    python = place / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", f"{wheel}[emulator]", cwd=place)
    (place / "site_settings.py").write_text(SITE)
    (place / "site_urls.py").write_text(URLS)

    def alone(*arguments: str) -> str:
        return run(
            python, "-W", "error", *arguments, cwd=place, DJANGO_SETTINGS_MODULE="site_settings"
        )

    home = Path(alone("-c", "import django_zcrm; print(django_zcrm.__file__)").strip())
    if not home.is_relative_to(place):
        sys.exit(f"django_zcrm came from {home}, not from the wheel")
    alone("-m", "django", "check")
    alone("-m", "django", "makemigrations", "--check", "--dry-run")
    alone("-m", "django", "migrate")
    alone("-c", SMOKE)
    alone("-m", "django_zcrm.emulator", "--help")
    alone("-m", "django", "zcrm_emulator", "--help")


def main() -> None:
    """Build, look into the wheel, try it out."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        wheel = build(place / "dist")
        if missing := missing_from(wheel):
            sys.exit("missing from the wheel:\n" + "\n".join(missing))
        if dead := dead_links_in(wheel):
            sys.exit("dead links in the description:\n" + "\n".join(dead))
        try_out(wheel, place)
        print(f"{wheel.name} works alone")


if __name__ == "__main__":
    main()
