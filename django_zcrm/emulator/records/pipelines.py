"""Makes sure that a deal's stage belongs to its pipeline.

Knows where pipelines are kept, not how they are changed.
"""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.metadata.module import Module
from django_zcrm.emulator.problems import Problem
from django_zcrm.emulator.records.values import Place
from django_zcrm.emulator.state import Organisation


def guard(org: Organisation, module: Module, values: dict[str, Any], place: Place) -> None:
    """Raise Problem MAPPING_MISMATCH for a stage that the pipeline does not have."""
    if module.api_name != "Deals":
        return
    pipeline, stage = values.get("Pipeline"), values.get("Stage")
    if not pipeline or not stage:
        return
    for known in org.settings.items("pipeline").values():
        if known["actual_value"] == pipeline:
            choice = module.field_map["Stage"].picklist_value(stage)
            if choice is not None and choice.id not in known["stages"]:
                mapped = place.child("Pipeline")
                raise Problem(
                    "MAPPING_MISMATCH",
                    "Pipeline doesn't contain the Stage",
                    details=place.child("Stage").details(mapped_field=mapped.details()),
                )
