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
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import django_zcrm
from tests.cases import check_each

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


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
    # Plain `tox run` must not write files of the repository.
    assert sections <= {*names, "lock"}, "a section that no environment reads"


def test_every_tox_environment_has_a_section_or_only_factors_that_mean_something() -> None:
    tox = read_ini("tox.ini")
    options = "\n".join(tox["testenv"].values())
    factors = set(re.findall(r"^\s*(\w+): ", options, re.MULTILINE))
    for name in tox_environments():
        if not tox.has_section(f"testenv:{name}"):
            python, *rest = name.split("-")
            assert re.fullmatch(r"py3\d+", python)
            assert set(rest) <= factors, f"{name} has a factor without effect"


def test_classifiers_match_tox_environments() -> None:
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


def test_pyproject_has_no_metadata_next_to_those_of_setup_cfg() -> None:
    assert set(PYPROJECT) == {"build-system", "dependency-groups"}


def test_tox_and_make_install_the_same_extras() -> None:
    published = set(read_ini("setup.cfg")["options.extras_require"])
    makefile = (ROOT / "Makefile").read_text()
    made = re.search(r"^EXTRAS = (.+)$", makefile, re.MULTILINE)
    assert made
    assert set(made[1].split(",")) == published - {"mysql"}
    lines = read_ini("tox.ini")["testenv"]["extras"].split("\n")
    assert {line.removeprefix("lowest: ") for line in lines if line} == published


def get_name(requirement: str) -> str:
    """Return the normalised name of a requirement."""
    return canonicalize_name(Requirement(requirement).name)


def listed_versions(file: str) -> dict[str, set[Version]]:
    """Return the versions of each package in a constraints file."""
    versions: dict[str, set[Version]] = {}
    for line in (ROOT / file).read_text().splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            (pin,) = requirement.specifier
            versions.setdefault(get_name(line), set()).add(Version(pin.version))
    return versions


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group and the groups in it."""
    found: list[str] = []
    for item in PYPROJECT["dependency-groups"][name]:
        found += [item] if isinstance(item, str) else group(item["include-group"])
    return found


def published_requirements() -> list[str]:
    """Return the requirements of the package and of all its extras."""
    sections = [setup_list("options", "install_requires")]
    sections += [
        setup_list("options.extras_require", extra)
        for extra in read_ini("setup.cfg")["options.extras_require"]
    ]
    return [line for lines in sections for line in lines if not line.startswith(("#", "%"))]


def test_every_published_and_test_requirement_has_a_lower_bound_that_the_lowest_job_uses() -> None:
    versions = listed_versions("tests/contract/lowest.txt")
    for line in {*published_requirements(), *group("test")}:
        bounds = [item for item in Requirement(line).specifier if item.operator == ">="]
        assert bounds, f"{line} has no lower bound"
        (version,) = versions[get_name(line)]
        # The first release of the bound: 2.2.0 for 2.2, or 0.11.2 if there is no 0.11.
        lowest = Version(bounds[0].version)
        assert version >= lowest
        assert version.release[: len(lowest.release)] == lowest.release, line


def test_constraints_have_every_requirement_of_a_checkout_in_an_allowed_version() -> None:
    versions = listed_versions("constraints.txt")
    groups = [line for name in PYPROJECT["dependency-groups"] for line in group(name)]
    for line in [*published_requirements(), *groups]:
        assert versions[get_name(line)], line
        for version in versions[get_name(line)]:
            assert version in Requirement(line).specifier, line


def test_pytest_is_configured_in_one_place() -> None:
    assert read_ini("setup.cfg").has_section("tool:pytest")
    assert not [name for name in ("pytest.ini", ".pytest.ini") if (ROOT / name).exists()]
    assert not read_ini("tox.ini").has_section("pytest")


@check_each(
    "target",
    [
        "install",
        "hooks",
        "demo",
        "test",
        "test-fast",
        "test-browser",
        "coverage",
        "clients",
        "lint",
        "messages",
        "screenshots",
        "docs",
        "bench",
        "lock",
        "release-check",
        "clean",
    ],
)
def test_make_without_a_target_lists_every_target(target: str) -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.search(rf"^  make {target} +\S", done.stdout, re.MULTILINE)


def test_the_celery_extra_brings_what_a_broker_in_redis_needs() -> None:
    """Kombu's Redis transport imports packages that only kombu[redis] requires."""
    extra = setup_list("options.extras_require", "celery")
    assert any(line.startswith("kombu[redis]") for line in extra)


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
        (
            "auth contenttypes",
            "django_zcrm.models",
            "django_zcrm.zoho.http.messages django_zcrm.tokens",
        ),
    ],
)
def test_project_start_imports_no_call_modules(apps: str, loaded: str, unneeded: str) -> None:
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


def test_package_has_py_typed() -> None:
    assert (Path(django_zcrm.__file__).parent / "py.typed").is_file()
