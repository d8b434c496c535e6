"""The packaging keeps its promises: its files agree with each other, and imports stay light."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path

import pytest

import django_zcrm

ROOT = Path(__file__).resolve().parents[2]


def read_ini(name: str) -> configparser.ConfigParser:
    """Read a configuration file at the project's root, values as they stand."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / name)
    return parser


def expand(pattern: str) -> list[str]:
    """Expand tox's braces: `a{1,2}` is a1 and a2."""
    parts = [part.split(",") for part in re.split(r"[{}]", pattern)]
    return ["".join(choice) for choice in product(*parts)]


def tox_environments() -> list[str]:
    lines = read_ini("tox.ini")["tox"]["env_list"].split()
    return [name for line in lines for name in expand(line)]


def setup_list(section: str, option: str) -> list[str]:
    return [line for line in read_ini("setup.cfg")[section][option].splitlines() if line]


def test_every_tox_section_is_an_environment_and_no_name_is_listed_twice() -> None:
    names = tox_environments()
    sections = {
        section.removeprefix("testenv:")
        for section in read_ini("tox.ini").sections()
        if section.startswith("testenv:")
    }
    assert len(names) == len(set(names))
    assert sections <= set(names), "a section that no environment reads"


def test_every_tox_environment_has_a_section_or_only_factors_that_mean_something() -> None:
    tox = read_ini("tox.ini")
    factors = set(re.findall(r"^\s*(\w+):", tox["testenv"]["deps"], re.MULTILINE))
    for name in tox_environments():
        if not tox.has_section(f"testenv:{name}"):
            python, *rest = name.split("-")
            assert re.fullmatch(r"py3\d+", python)
            assert set(rest) <= factors, f"{name} has a factor without dependencies"


def test_classifiers_name_what_tox_tries() -> None:
    tried = "\n".join(tox_environments())
    pythons = {f"3.{minor}" for minor in re.findall(r"py3(\d+)", tried)}
    djangos = {f"{version[0]}.{version[1:]}" for version in re.findall(r"django(\d+)", tried)}
    classifiers = "\n".join(setup_list("metadata", "classifiers"))
    assert pythons == set(re.findall(r"Python :: (3\.\d+)", classifiers))
    assert djangos == set(re.findall(r"Django :: (\d+\.\d+)", classifiers))


def test_ci_tries_the_oldest_and_the_newest_pair_on_every_database() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    oldest, newest = tox_environments()[:2]
    assert f"for pair in {oldest} {newest}; do" in script
    for database in ("mariadb", "postgres"):
        assert f'suite_on_server "$pair-{database}"' in script


def test_pyproject_holds_the_build_system_only() -> None:
    assert list(tomllib.loads((ROOT / "pyproject.toml").read_text())) == ["build-system"]


def test_pytest_is_configured_in_one_place() -> None:
    assert read_ini("setup.cfg").has_section("tool:pytest")
    assert not [name for name in ("pytest.ini", ".pytest.ini") if (ROOT / name).exists()]
    assert not read_ini("tox.ini").has_section("pytest")


@pytest.mark.parametrize(
    "target",
    [
        "install",
        "hooks",
        "demo",
        "test",
        "test-fast",
        "coverage",
        "clients",
        "lint",
        "messages",
        "screenshots",
        "docs",
        "bench",
        "clean",
    ],
)
def test_make_without_a_target_lists_every_target(target: str) -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.search(rf"^  make {target} +\S", shown.stdout, re.MULTILINE)


def test_the_changelog_starts_with_unreleased_or_this_version() -> None:
    first = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first
    assert first[1] in {"Unreleased", django_zcrm.__version__}


def test_changelog_entries_start_with_their_area() -> None:
    entries = re.findall(r"^- .*", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert entries
    assert [entry for entry in entries if not re.match(r"- \*\*[^*]+\*\*: ", entry)] == []


@pytest.mark.slow
@pytest.mark.parametrize("module", ["django_zcrm", "django_zcrm.zoho", "django_zcrm.emulator"])
def test_imports_without_django(module: str) -> None:
    """Neither Django nor its settings are needed, and Django is not loaded."""
    code = f"import sys, {module}; sys.exit('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("apps", "loaded", "unneeded"),
    [
        (
            "admin auth contenttypes messages sessions",
            "django_zcrm.admin.pages",
            "requests urllib3 cryptography aiohttp opentelemetry",
        ),
        ("auth contenttypes", "django_zcrm.models", "django_zcrm.zoho.http django_zcrm.tokens"),
    ],
)
def test_a_project_starts_without_what_only_calls_need(
    apps: str, loaded: str, unneeded: str
) -> None:
    """What only calls need is loaded with the first client; with the admin, all but libraries."""
    code = (
        "import sys; from django.conf import settings; settings.configure(SECRET_KEY='x', "
        f"INSTALLED_APPS=['django_zcrm', *(f'django.contrib.{{a}}' for a in {apps.split()})]); "
        f"import django; django.setup(); assert {loaded!r} in sys.modules; "
        f"print(set({unneeded.split()}) & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False, text=True
    )
    assert done.stdout == "set()\n", done.stderr


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(django_zcrm.__file__).parent / "py.typed").is_file()
