"""The emulator's reference page names all its options, faults and control operations."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from django_zcrm.emulator import control
from django_zcrm.emulator.core.faults import OPERATIONS, Fault
from django_zcrm.emulator.core.options import Options

TESTS = Path(__file__).parents[1]
FACTS = (TESTS.parent / "docs/reference/emulator-facts.md").read_text("utf-8")
PAGE = (Path(__file__).parents[2] / "docs/reference/emulator.md").read_text("utf-8")


def test_every_option_is_documented() -> None:
    assert [each.name for each in fields(Options) if f"`{each.name}`" not in PAGE] == []


def test_every_key_of_a_fault_is_documented() -> None:
    keys = {each.name for each in fields(Fault)} - {"hits"}
    assert {key for key in keys if f"`{key}`" not in PAGE} == set()


def test_every_named_operation_is_documented() -> None:
    assert {name for name in OPERATIONS if f"`{name}`" not in PAGE} == set()


def test_every_control_operation_is_documented() -> None:
    operations = [f"`{route.method} {route.path}`" for route in control.routes.table]
    assert [operation for operation in operations if operation not in PAGE] == []


def test_every_test_of_a_fact_exists() -> None:
    cited = re.findall(r"`(?:tests/)?([\w/]+\.py)::(\w+)`", FACTS)
    assert len(cited) >= FACTS.count("\n| ") - FACTS.count("\n| fact |")
    for file, name in cited:
        folder = TESTS if file.startswith("clients/") else TESTS / "emulator"
        assert f"def {name}(" in (folder / file).read_text("utf-8"), f"{file}::{name}"
