"""The options of a mirrored model: its inner class `Zoho`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, cast

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from ..exceptions import ConfigurationError
from .models import MirrorModel
from .models.rows import MirroredRow

POLICIES = ("zoho_wins", "local_wins", "newest", "merge")
"""What becomes of a field that was changed on both sides."""

CONNECTIONS = ("all", "site", "owners")
"""Whose records are mirrored: of the site's default connection, of every owner's, or both."""

PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800}
"""How often fields are read whose changes Zoho does not tell, in seconds."""

API_NAME = re.compile(r"[A-Za-z]\w*")

Decide = Callable[..., Any]


@dataclass(frozen=True)
class MirrorOptions:
    """The options in a model's class `Zoho`.

    `fields` are Zoho's names by those of the model's fields; `push` the fields of the model whose
    changes are sent to Zoho; `match_on` a field by which Zoho finds duplicates, and by which a
    created record is recognised; `conflict` one of POLICIES or a function; `refresh` how often
    fields of Zoho's are read whose changes it does not tell, such as formulas (seconds, or one of
    PERIODS); `connections` one of CONNECTIONS.
    """

    model: type[MirrorModel]
    module: str
    fields: Mapping[str, str]
    push: tuple[str, ...] = ()
    match_on: str = ""
    conflict: str | Decide = "zoho_wins"
    refresh: Mapping[str, int] = field(default_factory=dict)
    connections: str = "all"

    @property
    def zoho_fields(self) -> tuple[str, ...]:
        """Zoho's names of the fields that are read."""
        # A record that was created from here is recognised by the one that it is matched on.
        more = (self.match_on,) if self.push and self.match_on else ()
        return tuple(dict.fromkeys((*self.fields.values(), *more)))

    @property
    def pushed(self) -> Mapping[str, str]:
        """The fields that are sent: Zoho's names by the model's."""
        return {name: self.fields[name] for name in self.push}


def _text(model: type[models.Model], name: str, value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ConfigurationError(f"{model.__name__}.Zoho.{name} is {value!r}: take an API name.")
    return value


def _fields(model: type[MirrorModel], value: object) -> dict[str, str]:
    home = f"{model.__name__}.Zoho.fields"
    if not isinstance(value, Mapping) or not value:
        raise ConfigurationError(f'{home} is a dict such as {{"name": "Last_Name"}}.')
    taken = {field.name for field in MirroredRow._meta.get_fields()} | {"id", "pk"}
    fields: dict[str, str] = {}
    for name, zoho_name in value.items():
        try:
            column = model._meta.get_field(name)
        except FieldDoesNotExist:
            close = get_close_matches(str(name), [field.name for field in model._meta.get_fields()])
            hint = f"; is it {', '.join(close)}?" if close else "."
            raise ConfigurationError(
                f"{home} names {name!r}, which is no field of {model.__name__}{hint}"
            ) from None
        if name in taken or not column.concrete or column.many_to_many:
            raise ConfigurationError(f"{home} cannot set {name!r}.")
        fields[str(name)] = _text(model, f"fields[{name!r}]", zoho_name, API_NAME)
    twice = [name for name, count in Counter(fields.values()).items() if count > 1]
    if twice:
        raise ConfigurationError(f"{home} names Zoho's {twice[0]} twice.")
    return fields


def _push(model: type[MirrorModel], value: object, fields: Mapping[str, str]) -> tuple[str, ...]:
    names = () if value is None else value
    if not isinstance(names, list | tuple):
        raise ConfigurationError(f"{model.__name__}.Zoho.push is a list of fields of the model.")
    for name in names:
        if name not in fields:
            raise ConfigurationError(
                f"{model.__name__}.Zoho.push names {name!r}, which is not among its fields."
            )
    return tuple(names)


def _refresh(model: type[MirrorModel], value: object, fields: Mapping[str, str]) -> dict[str, int]:
    home = f"{model.__name__}.Zoho.refresh"
    if not isinstance(value or {}, Mapping):
        raise ConfigurationError(f'{home} is a dict such as {{"Score": "daily"}}.')
    periods: dict[str, int] = {}
    for name, period in cast("Mapping[Any, Any]", value or {}).items():
        if name not in fields.values():
            raise ConfigurationError(f"{home} names {name!r}, which its fields do not read.")
        seconds = PERIODS.get(period, period) if isinstance(period, str) else period
        if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 60:
            raise ConfigurationError(
                f"{home}[{name!r}] is {period!r}: take {', '.join(PERIODS)}, or seconds from 60 on."
            )
        periods[name] = seconds
    return periods


def _one_of(model: type[MirrorModel], name: str, value: object, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ConfigurationError(
            f"{model.__name__}.Zoho.{name} is {value!r}: take one of {', '.join(known)}."
        )
    return str(value)


_DECLARED = 'write class Zoho: module = "Leads", and its fields.'
_KEYS = ("module", "fields", "push", "match_on", "conflict", "refresh", "connections")


@lru_cache(maxsize=512)
def options_of(model: type[MirrorModel]) -> MirrorOptions:
    """Return a model's options. Raises ConfigurationError for invalid ones."""
    declared = getattr(model, "Zoho", None)
    if declared is None:
        inner = [key for key in vars(model) if key.lower() == "zoho"]
        hint = f"is it class Zoho, in place of class {inner[0]}?" if inner else _DECLARED
        raise ConfigurationError(f"{model.__name__} says nothing of its module: {hint}")
    if not isinstance(declared, type):
        raise ConfigurationError(f"{model.__name__}.Zoho is no class: {_DECLARED}")
    for key in vars(declared):
        if not key.startswith("_") and key not in _KEYS:
            close = get_close_matches(key, _KEYS)
            hint = f"; is it {close[0]}?" if close else f"; there are {', '.join(_KEYS)}."
            raise ConfigurationError(f"{model.__name__}.Zoho has no option {key!r}{hint}")
    if getattr(declared, "module", None) is None:
        raise ConfigurationError(
            f'{model.__name__}.Zoho has no module: write its API name, as in module = "Leads".'
        )
    fields = _fields(model, getattr(declared, "fields", None))
    match_on = getattr(declared, "match_on", "") or ""
    if match_on in fields and match_on not in fields.values():
        raise ConfigurationError(
            f"{model.__name__}.Zoho.match_on is {match_on!r}, a field of the model: take Zoho's "
            f"name of it, {fields[match_on]!r}."
        )
    conflict = getattr(declared, "conflict", "zoho_wins")
    return MirrorOptions(
        model=model,
        module=_text(model, "module", getattr(declared, "module", None), API_NAME),
        fields=fields,
        push=_push(model, getattr(declared, "push", None), fields),
        match_on=_text(model, "match_on", match_on, API_NAME) if match_on else "",
        conflict=conflict if callable(conflict) else _one_of(model, "conflict", conflict, POLICIES),
        refresh=_refresh(model, getattr(declared, "refresh", None), fields),
        connections=_one_of(
            model, "connections", getattr(declared, "connections", "all"), CONNECTIONS
        ),
    )


def mirror_models() -> Iterator[type[MirrorModel]]:
    """Yield the project's mirrored models, also those with invalid options; no proxies."""
    for model in apps.get_models():
        if issubclass(model, MirrorModel) and not model._meta.proxy:
            yield model


def mirrored_models() -> dict[str, type[MirrorModel]]:
    """Return the project's mirrored models by module.

    Raises ConfigurationError for what their options get wrong, and for two of one module.
    """
    known: dict[str, type[MirrorModel]] = {}
    for model in mirror_models():
        module = options_of(model).module
        if module in known:
            raise ConfigurationError(
                f"{known[module].__name__} and {model.__name__} both mirror {module}: a module has "
                "one model."
            )
        known[module] = model
    return known
