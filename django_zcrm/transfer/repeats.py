"""Finds files with the same rows that were imported, or are being imported, under another name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from .part_file import MAX_STATE

RESULT = ".result.csv"
"""The end of a result's name, in place of the file's own ending."""


def result_path(file: Path) -> Path:
    """Return the path of the result of a file's import."""
    return file.parent / f"{file.stem}{RESULT}"


def find_earlier_result(file: Path, digest: str) -> Path | None:
    """Return the result, complete or not, of another file in the same folder with this digest.

    A complete result does not have the digest of its file, so that file has to be there still.
    """
    own = result_path(file)
    for result in sorted({*_results(file.parent)} - {own}):
        if _has_digest(result.with_name(f"{result.name}.part.json"), digest):
            return result
        stem = result.name.removesuffix(RESULT)
        for other in file.parent.iterdir():
            if other.stem == stem and other != result and _is_same(other, file, digest):
                return result
    return None


def _results(folder: Path) -> list[Path]:
    """Return the paths that the results in a folder have, or will have when they are complete."""
    parts = [path.with_name(path.name.removesuffix(".part")) for path in folder.glob("*.csv.part")]
    results = [*folder.glob(f"*{RESULT}"), *parts]
    return [result for result in results if result.name.endswith(RESULT)]


def _has_digest(state: Path, digest: str) -> bool:
    """Return whether the state of an unfinished import has the digest."""
    try:
        with state.open("rb") as opened:
            return digest.encode() in opened.read(MAX_STATE)
    except OSError:
        return False


def _is_same(other: Path, file: Path, digest: str) -> bool:
    try:
        if not other.is_file() or other.stat().st_size != file.stat().st_size:
            return False
        with other.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == digest
    except OSError:  # not readable, or removed in the meantime
        return False
