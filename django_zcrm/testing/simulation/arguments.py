"""Checks the arguments of `simulate` and `replay`. The messages name the argument."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

from django_zcrm.exceptions import ConfigurationError
from django_zcrm.mirror.models import MirrorModel
from django_zcrm.mirror.options import POLICIES, options_of

from .actions import Player
from .history import WEIGHTS, History
from .values import Shape


def check_models(models: Any) -> list[type[MirrorModel]]:
    """Return the models, each once. Raises TypeError and ValueError."""
    if isinstance(models, str) or not isinstance(models, Sequence):
        raise TypeError(f"models is {models!r}: pass a list of mirrored models")
    unique_models = list(dict.fromkeys(models))
    if not unique_models:
        raise ValueError("models is empty: pass the mirrored models to simulate")
    for model in unique_models:
        if not (isinstance(model, type) and issubclass(model, MirrorModel)):
            raise TypeError(f"models has {model!r}, which is not a subclass of MirrorModel")
        if model._meta.abstract or model._meta.proxy:
            raise TypeError(f"models has {model.__name__}, an abstract or proxy model without rows")
    selected = {options_of(model).connections for model in unique_models}
    if {"site", "owners"} <= selected:
        raise ConfigurationError(
            "models has some with the option connections = 'site' and some with 'owners': "
            "simulate them in separate calls"
        )
    return unique_models


def check_shapes(shapes: Iterable[Shape]) -> None:
    """Raise LookupError for a missing target of a lookup, TypeError for a column to fill."""
    shapes = list(shapes)
    models = {shape.model for shape in shapes}
    for shape in shapes:
        for column in shape.columns:
            name = f"{shape.model.__name__}.{column.field.name}"
            if column.to is not None and column.to not in models:
                raise LookupError(
                    f"{name} refers to {column.to.__name__}: add this model to models"
                )
            if problem := column.find_problem():
                raise TypeError(f"{name} cannot be simulated: {problem}")


def check_policy(conflict: Any) -> None:
    """Raise ValueError for an unknown policy, TypeError for an unusable function."""
    if conflict is None:
        return
    if isinstance(conflict, str):
        if conflict not in POLICIES:
            names = ", ".join(POLICIES)
            raise ValueError(f"conflict is {conflict!r}: use one of {names}, or a function")
        return
    if not callable(conflict):
        raise TypeError(
            f"conflict is {conflict!r}: use one of {', '.join(POLICIES)}, or a function"
        )
    try:
        signature = inspect.signature(conflict)
    except ValueError:  # of some functions in C
        return
    try:
        signature.bind("field", None, None, None)
    except TypeError as error:
        raise TypeError(
            f"conflict cannot be called with (field, base, local, zoho): {error}"
        ) from None


def check_number(name: str, value: Any) -> None:
    """Raise TypeError for a value that is no integer, ValueError for one below 1."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, not {value}")


def check_history(history: History, count: int) -> None:
    """Raise ValueError if a history does not fit `count` models, or has unknown steps."""
    if not history.models or not all(0 <= position < count for position in history.models):
        raise ValueError(
            f"the history has the models at positions {history.models}, and models has {count}: "
            "pass the models of the call that found the history, in the same order"
        )
    for step in history.steps:
        for kind in (step.kind, *(kind for kind, _ in step.args.get("meanwhile") or ())):
            if not hasattr(Player, f"do_{kind}"):
                raise ValueError(
                    f"step {step.number} is of the unknown kind {kind!r}: use one of "
                    f"{', '.join(sorted(WEIGHTS))}"
                )
