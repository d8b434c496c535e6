"""Pipelines of deals and their stages (docs v8 pipeline)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from ..core import Refusal, Request, Response, Routes, invalid_data, success
from ..engine.access import bad_path_id, require_param
from ..engine.batch import batch
from ..engine.bodies import require_item
from ..engine.settings import SETTINGS, Messages, collection, keys
from ..engine.values import JSONPath
from ..guesses import behaves
from ..state import Item, Module, Organisation, PickListValue

routes = Routes(scope="ZohoCRM.settings.pipeline", versions=(2.1, 8))

_PIPELINE = "/crm/{version}/settings/pipeline"
_SCOPE = f"{SETTINGS}.pipeline"
_NAME = keys.Text(120)


def _standard(org: Organisation) -> Iterable[Item]:
    """The pipeline that every organisation has: all stages."""
    deals = org.metadata.modules["Deals"]
    name = deals.field_map["Pipeline"].values[0].actual_value
    stages = [stage.id for stage in deals.field_map["Stage"].values]
    return [{"display_value": name, "actual_value": name, "default": True, "stages": stages}]


PIPELINES = collection(
    routes,
    "/settings/pipeline",
    methods="",
    scope=_SCOPE,
    messages=Messages("Pipeline created", "Pipeline updated", "Pipeline deleted"),
    keys={
        "display_value": _NAME,
        "actual_value": _NAME,
        "default": keys.Flag(default=False),
        "stages": keys.ListOf(keys.Text(19)),
    },
    default_items=_standard,
)


def _deals(org: Organisation, request: Request) -> Module:
    """Return Deals; the parameter `layout_id` must name its layout. Raises Refusal."""
    deals = org.metadata.modules["Deals"]
    if require_param(request, "layout_id") != deals.layout_id:
        raise invalid_data("the id given seems to be invalid", param_name="layout_id")
    return deals


def _require_pipeline(org: Organisation, request: Request, id: str) -> Item:
    pipeline = org.settings.items("pipeline").get(id)
    if pipeline is None:
        raise bad_path_id(request, 2)
    return pipeline


def _render_pipeline(deals: Module, pipeline: Item) -> Item:
    stages = {stage.id: stage for stage in deals.field_map["Stage"].values}
    return {
        "id": pipeline["id"],
        "display_value": pipeline["display_value"],
        "actual_value": pipeline["actual_value"],
        "default": pipeline["default"],
        "maps": [
            {
                "id": stage.id,
                "display_value": stage.display_value,
                "actual_value": stage.actual_value,
                "sequence_number": number,
                "colour_code": None,
                "forecast_category": stage.extra.get("forecast_category"),
                "forecast_type": stage.extra.get("forecast_type"),
            }
            for number, stage_id in enumerate(pipeline["stages"], start=1)
            if (stage := stages.get(stage_id)) is not None
        ],
    }


@routes.route("GET", _PIPELINE)
def list_pipelines(org: Organisation, request: Request) -> Item | None:
    """Return the pipelines of a layout."""
    deals = _deals(org, request)
    return {
        "pipeline": [
            _render_pipeline(deals, item) for item in org.settings.items("pipeline").values()
        ]
    }


@routes.route("GET", f"{_PIPELINE}/{{id}}")
def get_pipeline(org: Organisation, request: Request, id: str) -> Item | None:
    """Return one pipeline."""
    deals = _deals(org, request)
    if not id.isdigit():
        raise bad_path_id(request, 2)
    pipeline = org.settings.items("pipeline").get(id)
    return {"pipeline": [_render_pipeline(deals, pipeline)]} if pipeline else None


@routes.route("POST", _PIPELINE)
def create_pipelines(org: Organisation, request: Request) -> Response:
    """Create pipelines; deals can use them at once."""
    _deals(org, request)

    def create(body: Item, path: JSONPath) -> Item:
        for name in ("display_value", "maps"):
            if body.get(name) is None:
                raise path.child(name).missing()
        name = _name(org, body["display_value"], path.child("display_value"), None)
        stages = _stages(org, [], body["maps"], path.child("maps"))
        pipeline = {
            "id": org.ids.next(),
            "display_value": name,
            "actual_value": name,
            "default": body.get("default") is True,
            "stages": stages,
        }
        _keep(org, pipeline)
        return success(PIPELINES.messages.created, {"id": pipeline["id"]})

    return batch(request, create, status=201, key="pipeline")


def _update_pipelines(org: Organisation, request: Request, id: str = "") -> Response:
    """Change pipelines, each named by its `id`, or the one that the path names."""
    _deals(org, request)
    pipeline = _require_pipeline(org, request, id) if id else None

    def update(body: Item, path: JSONPath) -> Item:
        found = pipeline or require_item(body, path, org.settings.items("pipeline"))
        return _update(org, found, body, path)

    return batch(request, update, key="pipeline", limit=1 if id else 100)


for _method, _since in (("PUT", 2.1), ("PATCH", 5)):
    # Zoho publishes both methods for both paths without saying how they differ.
    routes.route(_method, _PIPELINE, versions=(_since, 8))(_update_pipelines)
    routes.route(_method, f"{_PIPELINE}/{{id}}", versions=(_since, 8))(_update_pipelines)


def _update(org: Organisation, pipeline: Item, body: Item, path: JSONPath) -> Item:
    items = org.settings.items("pipeline")
    if "_delete" in body:
        if pipeline["default"] or len(items) == 1:
            raise Refusal(
                "CANNOT_DELETE",
                "the default pipeline cannot be deleted",
                details=path.child("_delete").details(),
            )
        if org.records.table("Deals").find("Pipeline", pipeline["actual_value"]):
            raise Refusal(
                "CANNOT_DELETE",
                "the pipeline has deals",
                details=path.child("_delete").details(),
            )
        _drop(org, pipeline)
        return success(PIPELINES.messages.deleted, {"id": pipeline["id"]})
    changed = dict(pipeline)
    if body.get("display_value") is not None:
        child = path.child("display_value")
        changed["display_value"] = _name(org, body["display_value"], child, pipeline)
    if body.get("maps") is not None:
        changed["stages"] = _stages(org, pipeline["stages"], body["maps"], path.child("maps"))
    if body.get("default") is True:
        changed["default"] = True
    _keep(org, changed)
    return success(PIPELINES.messages.updated, {"id": pipeline["id"]})


def _name(org: Organisation, value: Any, path: JSONPath, own: Item | None) -> str:
    name = _NAME.read(org, value, path)
    for other in org.settings.items("pipeline").values():
        if other["display_value"] == name and other is not own:
            raise Refusal("DUPLICATE_DATA", "duplicate data", details=path.details(id=other["id"]))
    return name


def _stages(org: Organisation, before: list[str], items: Any, path: JSONPath) -> list[str]:
    """Return the ids of a pipeline's stages, in order. Raises Refusal if none would be left."""
    if not isinstance(items, list) or not (items or before):
        raise path.invalid(expected_data_type="jsonarray")
    stage_ids = {stage.id for stage in org.metadata.modules["Deals"].field_map["Stage"].values}
    numbers = {stage_id: float(number) for number, stage_id in enumerate(before, start=1)}
    for index, stage in enumerate(items):
        child = path.child(index)
        if not isinstance(stage, dict) or stage.get("id") is None:
            raise child.child("id").missing()
        stage_id = str(stage["id"])
        if stage_id not in stage_ids:
            raise child.child("id").unknown_id()
        if "_delete" in stage:
            numbers.pop(stage_id, None)
            continue
        number = stage.get("sequence_number", numbers.get(stage_id, len(numbers) + 1))
        # A moved stage goes before the one that had its number.
        numbers[stage_id] = keys.Number(1).read(org, number, child.child("sequence_number")) - 0.5
    if not numbers:
        raise Refusal(
            "CANNOT_DELETE",
            "the last stage of a pipeline cannot be deleted",
            details=path.details(),
        )
    return sorted(numbers, key=lambda stage_id: numbers[stage_id])


def _keep(org: Organisation, pipeline: Item) -> None:
    items = org.settings.items("pipeline")
    if pipeline["default"]:
        for other in list(items.values()):
            items[other["id"]] = other | {"default": False}
    items[pipeline["id"]] = pipeline
    _update_choices(org)


def _drop(org: Organisation, pipeline: Item) -> None:
    del org.settings.items("pipeline")[pipeline["id"]]
    _update_choices(org)


def _update_choices(org: Organisation) -> None:
    """Make the existing pipelines the choices of the deals' field Pipeline."""
    deals = org.metadata.modules["Deals"]
    choices = tuple(
        PickListValue(item["actual_value"], item["display_value"], item["id"])
        for item in org.settings.items("pipeline").values()
    )
    org.metadata.replace(
        deals.with_fields(
            replace(field, values=choices) if field.api_name == "Pipeline" else field
            for field in deals.fields
        )
    )


@routes.route("POST", f"{_PIPELINE}/actions/transfer")
def transfer(org: Organisation, request: Request) -> Response:
    """Move the deals of pipelines into others, stage by stage, and delete the empty ones."""
    deals = _deals(org, request)

    def move(body: Item, path: JSONPath) -> Item:
        source, target = _pair(org.settings.items("pipeline").get, body, "pipeline", path)
        stages = {stage.id: stage for stage in deals.field_map["Stage"].values}
        transfers = _stage_transfers(stages, body.get("stages"), path.child("stages"))
        if source["default"]:
            child = path.child("pipeline").child("from")
            raise child.invalid("the default pipeline cannot be transferred")
        for deal in org.records.table("Deals").find("Pipeline", source["actual_value"]):
            stage = deal.get("Stage") or ""
            new_deal = {
                **deal,
                "Pipeline": target["actual_value"],
                "Stage": transfers.get(stage, stage),
            }
            org.records.put("Deals", new_deal)
        _drop(org, source)
        job_id = org.settings.start(org.ids.next(), "pipeline_transfer")
        return success("Pipeline transferred", {"job_id": job_id})

    return batch(request, move, key="transfer_pipeline")


def _pair(find: Callable[[str], Any], body: Item, name: str, path: JSONPath) -> tuple[Any, Any]:
    """Return the objects of `from` and `to` under a key. Raises Refusal."""
    reference = body.get(name) if name else body
    child = path.child(name) if name else path
    if not isinstance(reference, dict):
        raise child.missing()
    results = []
    for end in ("from", "to"):
        if reference.get(end) is None:
            raise child.child(end).missing()
        thing = find(str(reference[end]))
        if thing is None:
            raise child.child(end).unknown_id()
        results.append(thing)
    return results[0], results[1]


def _stage_transfers(
    stages: dict[str, PickListValue], items: Any, path: JSONPath
) -> dict[str, str]:
    if not isinstance(items, list):
        raise path.missing()
    transfers = {}
    for index, item in enumerate(items):
        source, target = _pair(stages.get, item, "", path.child(index))
        transfers[source.actual_value] = target.actual_value
    return transfers


def guard(org: Organisation, module: Module, values: dict[str, Any], path: JSONPath) -> None:
    """Raise Refusal MAPPING_MISMATCH for a stage that the pipeline does not have."""
    if module.api_name != "Deals":
        return
    pipeline, stage = values.get("Pipeline"), values.get("Stage")
    if not pipeline and behaves("records.deal-pipeline", "mandatory"):
        raise path.child("Pipeline").missing()
    if not pipeline or not stage:
        return
    for stored_pipeline in org.settings.items("pipeline").values():
        if stored_pipeline["actual_value"] == pipeline:
            choice = module.field_map["Stage"].picklist_value(stage)
            if choice is not None and choice.id not in stored_pipeline["stages"]:
                mapped = path.child("Pipeline")
                raise Refusal(
                    "MAPPING_MISMATCH",
                    "Pipeline doesn't contain the Stage",
                    details=path.child("Stage").details(mapped_field=mapped.details()),
                )
