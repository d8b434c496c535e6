"""The scores that scoring rules give to records (docs v8 entity-scores)."""

from __future__ import annotations

from collections.abc import Iterator

from ..core import Request, Routes
from ..engine.access import require_param
from ..engine.criteria import record_test
from ..engine.rendering import display_name
from ..engine.settings import module_of, page_of
from ..state import Item, Module, Organisation, StoredRecord

routes = Routes(scope="ZohoCRM.modules", versions=(3, 8))

_SCORES = "/crm/{version}/Entity_Scores__s"


def _score_record(org: Organisation, rule: Item, module: Module, record: StoredRecord) -> Item:
    points = [
        part["score"]
        for part in (rule.get("manual_scoring_rule") or {}).get("field_rules") or ()
        if record_test(part.get("criteria") or {})(record)
    ]
    positive = sum(point for point in points if point > 0)
    negative = -sum(point for point in points if point < 0)
    return {
        "id": record["id"],
        "Entity": {
            "name": display_name(org, record),
            "id": record["id"],
            "module": {"api_name": module.api_name, "id": module.id},
        },
        "Scoring_Rule": {"name": rule["name"], "id": rule["id"]},
        "Score": positive - negative,
        "Positive_Score": positive,
        "Negative_Score": negative,
        "Touch_Point_Score": 0,
        "Touch_Point_Positive_Score": 0,
        "Touch_Point_Negative_Score": 0,
        "$field_states": None,
        "$zia_visions": None,
    }


def _scores(org: Organisation) -> Iterator[Item]:
    """Yield the scores of all records, rule by rule, the newest records first."""
    for rule in org.settings.items("scoring_rules").values():
        if rule["active"]:
            module = module_of(org, rule["module"])
            for record in org.records.table(module.api_name).newest_first():
                yield _score_record(org, rule, module, record)


def _select_keys(request: Request, scores: Iterator[Item]) -> list[Item]:
    names = {*require_param(request, "fields").split(","), "id"}
    return [{name: score[name] for name in score if name in names} for score in scores]


@routes.route("GET", _SCORES)
def list_scores(org: Organisation, request: Request) -> Item | None:
    """Return the scores of records, or of those in `ids` only."""
    ids = request.args.comma_separated("ids")
    rows = _select_keys(request, (score for score in _scores(org) if not ids or score["id"] in ids))
    return page_of(request, "data", rows)


@routes.route("GET", f"{_SCORES}/{{record}}", versions=(6, 8))
def get_score(org: Organisation, request: Request, record: str) -> Item | None:
    """Return the scores of one record."""
    rows = _select_keys(request, (score for score in _scores(org) if score["id"] == record))
    return page_of(request, "data", rows)
