"""The workflows of GitHub test what tox.ini and the classifiers name, by make and tox only."""

from __future__ import annotations

import re
import runpy
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import yaml

import django_zcrm
from tests.contract.test_packaging import ROOT, read_ini, setup_list, tox_environments

WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text())
    for path in (ROOT / ".github" / "workflows").glob("*.yml")
}
PAIR = re.compile(r"py3(\d+)-django(\d)(\d)")


def jobs() -> list[dict[str, Any]]:
    return [job for workflow in WORKFLOWS.values() for job in workflow["jobs"].values()]


def steps() -> list[dict[str, Any]]:
    return [step for job in jobs() for step in job.get("steps", [])]


def commands() -> list[str]:
    """Return every shell command, and those that a matrix puts in the place of one."""
    found = [step["run"] for step in steps() if "run" in step]
    for job in jobs():
        found += job.get("strategy", {}).get("matrix", {}).get("command", [])
    return found


def matrix_pairs() -> set[tuple[str, str]]:
    """Return the pairs of Python and Django that the matrix tests on every database."""
    matrix = WORKFLOWS["ci"]["jobs"]["tests"]["strategy"]["matrix"]
    assert all(set(item) == {"python", "django"} for item in matrix["exclude"])
    excluded = {(item["python"], item["django"]) for item in matrix["exclude"]}
    return set(product(matrix["python"], matrix["django"])) - excluded


def test_matrix_has_exactly_the_pairs_of_tox() -> None:
    found = [match for name in tox_environments() if (match := PAIR.fullmatch(name))]
    assert matrix_pairs() == {(f"3.{match[1]}", f"{match[2]}.{match[3]}") for match in found}


def test_matrix_has_the_versions_of_the_classifiers() -> None:
    classifiers = "\n".join(setup_list("metadata", "classifiers"))
    matrix = WORKFLOWS["ci"]["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["python"] == re.findall(r"Python :: (3\.\d+)", classifiers)
    assert matrix["django"] == re.findall(r"Django :: (\d+\.\d+)", classifiers)


def test_matrix_has_sqlite_and_the_servers_of_tox() -> None:
    job = WORKFLOWS["ci"]["jobs"]["tests"]
    servers = re.findall(r"^(\w+): DATABASE_URL", read_ini("tox.ini")["testenv"]["set_env"], re.M)
    assert job["strategy"]["matrix"]["database"] == ["sqlite", *servers]
    assert set(job["services"]) == set(servers)


def test_matrix_runs_the_environment_of_its_cell(tmp_path: Path) -> None:
    """The script of the job chooses the environment: run with a `tox` that prints its arguments."""
    job = WORKFLOWS["ci"]["jobs"]["tests"]
    script = next(step["run"] for step in job["steps"] if "tox run" in step.get("run", ""))
    tox = tmp_path / "tox"
    tox.write_text('#!/bin/sh\necho "$3"\n')
    tox.chmod(0o755)
    for database, name in (("sqlite", "py314-django61"), ("postgres", "py314-django61-postgres")):
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            env={
                "PATH": f"{tmp_path}:/usr/bin:/bin",
                "PYTHON_VERSION": "3.14",
                "DJANGO_VERSION": "6.1",
                "DATABASE": database,
            },
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == f"{name}\n"


def test_make_targets_and_tox_environments_of_workflows_exist() -> None:
    listing = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^  make ([\w-]+)", listing, re.M))
    text = "\n".join(commands())
    used = set(re.findall(r"\bmake ([a-z-]+)", text))
    assert used <= targets
    assert {"lint", "test-browser", "test-services", "release-check"} <= used
    environments = set(re.findall(r"tox run -e ([\w-]+)", text))
    assert environments - {"py314-djangomain"} <= set(tox_environments())
    assert {"docs", "py311-django52-lowest", "pyright", "py314-djangomain"} <= environments


def test_workflows_have_few_permissions() -> None:
    for name, workflow in WORKFLOWS.items():
        assert workflow["permissions"] == {"contents": "read"}, name
    release = WORKFLOWS["release"]["jobs"]
    assert release["publish"]["permissions"] == {"id-token": "write"}
    assert release["publish"]["environment"]["name"] == "pypi"
    assert release["github-release"]["permissions"] == {"contents": "write"}
    granted = [job for job in jobs() if "permissions" in job]
    assert len(granted) == 2


def test_shell_commands_contain_no_value_that_others_choose() -> None:
    """Values get in by the environment; an expression in a script would be run as a part of it."""
    scripts = [step["run"] for step in steps() if "run" in step]
    assert [script for script in scripts if "${{" in script and "matrix." not in script] == []


def test_release_publishes_what_the_check_left() -> None:
    jobs = WORKFLOWS["release"]["jobs"]
    assert [jobs[name]["needs"] for name in ("build", "publish", "github-release")] == [
        "ci",
        "build",
        "publish",
    ]
    uses = [step.get("uses", step.get("run")) for step in jobs["build"]["steps"]]
    assert uses.index("make release-check") < uses.index("actions/upload-artifact@v6")
    uploads = [
        step["with"]["path"] for step in jobs["build"]["steps"] if "path" in step.get("with", {})
    ]
    assert uploads == ["dist/", "build/*.cdx.json"]


def test_changes_of_the_present_version_are_printed() -> None:
    section = runpy.run_path(str(ROOT / "tools" / "print_changes.py"))["section"]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    first = re.search(r"^## \[(.+?)\]", changelog, re.M)
    assert first
    text = section(changelog, first[1])
    assert text
    assert not text.startswith("##" + " ")
    assert section("## [2.0] - x\nnew\n\n## [1.0] - y\nold\n", "2.0") == "new"
    assert section("## [2.0] - x\nnew\n\n## [1.0] - y\nold\n", "1.0") == "old"
    assert django_zcrm.__version__ in changelog or first[1] == "Unreleased"


def test_files_of_the_host_name_the_repository_of_setup_py() -> None:
    repository = runpy.run_path(str(ROOT / "setup.py"))["REPOSITORY"]
    for path in (ROOT / ".github").rglob("*.yml"):
        for url in re.findall(r"https://github\.com/\S+", path.read_text()):
            assert url.startswith(f"{repository}/"), f"{path.name}: {url}"


def test_read_the_docs_builds_with_the_group_docs_and_pinned_versions() -> None:
    config = yaml.safe_load((ROOT / ".readthedocs.yaml").read_text())
    install = config["build"]["jobs"]["install"][-1]
    assert "--constraint constraints.txt" in install
    assert "--group docs" in install
    assert config["sphinx"] == {"configuration": "docs/conf.py", "fail_on_warning": True}
    assert f"3.{config['build']['tools']['python'].partition('.')[2]}" in dict(matrix_pairs())


def test_every_yaml_file_of_the_host_can_be_read() -> None:
    paths = [*(ROOT / ".github").rglob("*.yml"), ROOT / ".readthedocs.yaml"]
    assert len(paths) >= 8
    assert all(isinstance(yaml.safe_load(path.read_text()), dict) for path in paths)
