"""The hooks for Git: local, the same tools as `make lint`, and a limit on a commit's subject."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ".pre-commit-config.yaml"
TOOL = "tools/check_commit_message.py"
PRE_COMMIT = shutil.which("pre-commit", path=str(Path(sys.executable).parent))


def check(message: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "COMMIT_EDITMSG"
    path.write_text(message)
    return subprocess.run(
        [sys.executable, ROOT / TOOL, path], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "message",
    [
        "x" * 72,
        "é" * 72 + "\n\n" + "a body may be longer than that " * 10,
        "# a comment\n\nSubject\n",
        "fixup! " + "x" * 72,
        "squash! fixup! " + "x" * 72,
        "Subject\n\n# ------------------------ >8 ------------------------\n" + "d" * 100,
        f"Subject\n# {'c' * 100}\n",
    ],
)
def test_commit_message_with_a_good_subject_is_accepted(message: str, tmp_path: Path) -> None:
    done = check(message, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("x" * 73, "73 characters, 72 fit"),
        ("A subject that goes on\nin the next line, as Git reads it, without a blank", "72 fit"),
        ("fixup! " + "x" * 73, "73 characters"),
        ("", "no subject"),
        ("# only\n\n# comments\n", "no subject"),
    ],
)
def test_commit_message_with_a_bad_subject_is_refused(
    message: str, words: str, tmp_path: Path
) -> None:
    done = check(message, tmp_path)
    assert done.returncode == 1
    assert words in done.stderr


def test_every_hook_is_local_and_runs_a_tool_of_ours() -> None:
    config = (ROOT / CONFIG).read_text()
    assert set(re.findall(r"^  - repo: (.*)$", config, re.M)) == {"local"}
    entries = re.findall(r"^        entry: (\S+)(.*)$", config, re.M)
    assert len(entries) == len(re.findall(r"^      - id: ", config, re.M)) > 5
    for program, arguments in entries:
        assert program == "git" or program.startswith(".venv/bin/")
        for script in re.findall(r" (\S+\.py)", arguments):
            assert (ROOT / script).is_file()


@pytest.mark.slow
@pytest.mark.dev
def test_commit_runs_hooks(tmp_path: Path) -> None:
    """In a separate repository, with the configuration and the linters' settings of this one."""
    folder = tmp_path / "repo"
    (folder / "tools").mkdir(parents=True)
    for name in (CONFIG, "ruff.toml", TOOL):
        shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    (folder / ".gitignore").write_text(".venv\n")
    env = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache")}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, check=False
        )

    def git(*words: str) -> subprocess.CompletedProcess[str]:
        return run("git", "-c", "user.name=Tests", "-c", "user.email=tests@example.com", *words)

    assert git("init", "-q").returncode == 0
    done = run(str(PRE_COMMIT), "install")
    assert done.returncode == 0, done.stderr
    module = folder / "module.py"
    module.write_text('"""Nothing."""\n')
    git("add", ".")
    refused = git("commit", "-m", "x" * 73)
    assert refused.returncode == 1
    assert "73 characters" in refused.stderr
    done = git("commit", "-m", "A commit")
    assert done.returncode == 0, done.stderr
    module.write_text("import os \n")
    git("add", ".")
    refused = git("commit", "-m", "Another commit")
    assert refused.returncode == 1
    for words in ("trailing whitespace", "`os` imported but unused"):
        assert words in refused.stderr
