"""The options of a mirrored model: its inner class `Zoho`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from itertools import chain
from typing import Any, cast

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from ..exceptions import ConfigurationError
from .models import MirrorModel
from .models.rows import MirroredRow

POLICIES = ("zoho_wins", "local_wins", "newest", "merge")
"""Policies for fields that were changed on both sides."""

CONNECTIONS = ("all", "site", "owners")
"""The mirrored connections: the site's default one, the owners' connections, or both."""

PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800}
"""Periods, in seconds, to refresh fields whose changes Zoho does not report."""

API_NAME = re.compile(r"[A-Za-z]\w*")

Decide = Callable[..., Any]


@dataclass(frozen=True)
class MirrorOptions:
    """The options in a model's class `Zoho`.

    - `fields`: Zoho's field names, by the names of the model's fields; of several possible names
      the first.
    - `aliases`: the other possible names of a field, by the first: an organisation has one of them.
    - `required`: the model's fields without which an organisation's module is blocked.
    - `extra`: the model's JSONField for all other custom fields of the organisation.
    - `push`: the model's fields whose changes are sent to Zoho.
    - `match_on`: the field of Zoho's that identifies duplicates and the records of created rows.
    - `conflict`: one of POLICIES, or a function.
    - `refresh`: seconds between reads of fields whose changes Zoho does not report, such as
      formulas; by Zoho's names.
    - `connections`: one of CONNECTIONS.
    - `poll_interval`: seconds that replace the setting `POLL_INTERVAL`; None without.
    """

    model: type[MirrorModel]
    module: str
    fields: Mapping[str, str]
    push: tuple[str, ...] = ()
    match_on: str = ""
    conflict: str | Decide = "zoho_wins"
    refresh: Mapping[str, int] = field(default_factory=dict)
    connections: str = "all"
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    extra: str = ""
    poll_interval: int | None = None

    @property
    def zoho_fields(self) -> tuple[str, ...]:
        """Zoho's names of the fields that are read."""
        # The record of a created row is found by this field.
        more = (self.match_on,) if self.push and self.match_on else ()
        return tuple(dict.fromkeys((*self.fields.values(), *more)))

    @property
    def declared(self) -> tuple[tuple[str, ...], ...]:
        """The fields that are read, each with its possible names in Zoho."""
        return tuple((name, *self.aliases.get(name, ())) for name in self.zoho_fields)

    @property
    def pushed(self) -> Mapping[str, str]:
        """The fields that are sent: Zoho's names by the model's."""
        return {name: self.fields[name] for name in self.push}


def _text(model: type[models.Model], name: str, value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ConfigurationError(f"{model.__name__}.Zoho.{name} is {value!r}: use an API name.")
    return value


def _fields(
    model: type[MirrorModel], value: object
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return Zoho's names by the model's fields, and the other possible names of each."""
    home = f"{model.__name__}.Zoho.fields"
    if not isinstance(value, Mapping) or not value:
        raise ConfigurationError(f'{home} must be a dict such as {{"name": "Last_Name"}}.')
    reserved_names = {field.name for field in MirroredRow._meta.get_fields()} | {"id", "pk"}
    fields: dict[str, str] = {}
    aliases: dict[str, tuple[str, ...]] = {}
    for name, zoho_name in value.items():
        try:
            column = model._meta.get_field(name)
        except FieldDoesNotExist:
            close = get_close_matches(str(name), [field.name for field in model._meta.get_fields()])
            hint = f"; is it {', '.join(close)}?" if close else "."
            raise ConfigurationError(
                f"{home} names {name!r}, which is not a field of {model.__name__}{hint}"
            ) from None
        if name in reserved_names or not column.concrete or column.many_to_many:
            raise ConfigurationError(f"{home} cannot set {name!r}.")
        possible = zoho_name if isinstance(zoho_name, list | tuple) else [zoho_name]
        if not possible:
            raise ConfigurationError(
                f"{home}[{name!r}] is empty: use an API name, or a list of several."
            )
        names = [_text(model, f"fields[{name!r}]", text, API_NAME) for text in possible]
        fields[str(name)] = names[0]
        if len(names) > 1:
            aliases[names[0]] = tuple(names[1:])
    all_names = Counter((*fields.values(), *chain.from_iterable(aliases.values())))
    twice = [name for name, count in all_names.items() if count > 1]
    if twice:
        raise ConfigurationError(f"{home} names Zoho's field {twice[0]} twice.")
    return fields, aliases


def _read_required(
    model: type[MirrorModel], value: object, fields: Mapping[str, str]
) -> tuple[str, ...]:
    names = () if value is None else value
    if not isinstance(names, list | tuple):
        raise ConfigurationError(
            f"{model.__name__}.Zoho.required must be a list of fields of the model."
        )
    for name in names:
        if name not in fields:
            raise ConfigurationError(
                f"{model.__name__}.Zoho.required names {name!r}, which is not among its fields."
            )
    return tuple(names)


def _poll_interval(model: type[MirrorModel], value: object) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 86_400
    if value is not None and not is_number:
        raise ConfigurationError(
            f"{model.__name__}.Zoho.poll_interval is {value!r}: use seconds, from 1 to 86400."
        )
    return cast("int | None", value)


def _extra(model: type[MirrorModel], value: object, fields: Mapping[str, str]) -> str:
    if not value:
        return ""
    home = f"{model.__name__}.Zoho.extra"
    column = next((field for field in model._meta.get_fields() if field.name == value), None)
    if not isinstance(column, models.JSONField):
        raise ConfigurationError(f"{home} is {value!r}: use the name of a JSONField of the model.")
    if value in fields:
        raise ConfigurationError(f"{home} is {value!r}, which is also among its fields.")
    return str(value)


def _push(model: type[MirrorModel], value: object, fields: Mapping[str, str]) -> tuple[str, ...]:
    names = () if value is None else value
    if not isinstance(names, list | tuple):
        raise ConfigurationError(
            f"{model.__name__}.Zoho.push must be a list of fields of the model."
        )
    for name in names:
        if name not in fields:
            raise ConfigurationError(
                f"{model.__name__}.Zoho.push names {name!r}, which is not among its fields."
            )
    return tuple(names)


def _refresh(model: type[MirrorModel], value: object, fields: Mapping[str, str]) -> dict[str, int]:
    home = f"{model.__name__}.Zoho.refresh"
    if not isinstance(value or {}, Mapping):
        raise ConfigurationError(f'{home} must be a dict such as {{"Score": "daily"}}.')
    periods: dict[str, int] = {}
    for name, period in cast("Mapping[Any, Any]", value or {}).items():
        if name not in fields.values():
            raise ConfigurationError(f"{home} names {name!r}, which is not in its fields.")
        seconds = PERIODS.get(period, period) if isinstance(period, str) else period
        if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 60:
            raise ConfigurationError(
                f"{home}[{name!r}] is {period!r}: use {', '.join(PERIODS)}, or seconds from 60 on."
            )
        periods[name] = seconds
    return periods


def _one_of(model: type[MirrorModel], name: str, value: object, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ConfigurationError(
            f"{model.__name__}.Zoho.{name} is {value!r}: use one of {', '.join(choices)}."
        )
    return str(value)


_DECLARED = 'write class Zoho: module = "Leads", and its fields.'
_KEYS = (
    "module",
    "fields",
    "required",
    "extra",
    "push",
    "match_on",
    "conflict",
    "refresh",
    "connections",
    "poll_interval",
)


@lru_cache(maxsize=512)
def options_of(model: type[MirrorModel]) -> MirrorOptions:
    """Return a model's options. Raises ConfigurationError for invalid ones."""
    declared = getattr(model, "Zoho", None)
    if declared is None:
        inner = [key for key in vars(model) if key.lower() == "zoho"]
        hint = f"is it class Zoho, in place of class {inner[0]}?" if inner else _DECLARED
        raise ConfigurationError(f"{model.__name__} does not name its module: {hint}")
    if not isinstance(declared, type):
        raise ConfigurationError(f"{model.__name__}.Zoho is not a class: {_DECLARED}")
    for key in vars(declared):
        if not key.startswith("_") and key not in _KEYS:
            close = get_close_matches(key, _KEYS)
            hint = f"; is it {close[0]}?" if close else f"; there are {', '.join(_KEYS)}."
            raise ConfigurationError(f"{model.__name__}.Zoho has no option {key!r}{hint}")
    if getattr(declared, "module", None) is None:
        raise ConfigurationError(
            f'{model.__name__}.Zoho has no module: write its API name, as in module = "Leads".'
        )
    fields, aliases = _fields(model, getattr(declared, "fields", None))
    match_on = getattr(declared, "match_on", "") or ""
    if match_on in fields and match_on not in fields.values():
        raise ConfigurationError(
            f"{model.__name__}.Zoho.match_on is {match_on!r}, a field of the model: use Zoho's "
            f"name, {fields[match_on]!r}."
        )
    conflict = getattr(declared, "conflict", "zoho_wins")
    return MirrorOptions(
        model=model,
        module=_text(model, "module", getattr(declared, "module", None), API_NAME),
        fields=fields,
        aliases=aliases,
        poll_interval=_poll_interval(model, getattr(declared, "poll_interval", None)),
        required=_read_required(model, getattr(declared, "required", None), fields),
        extra=_extra(model, getattr(declared, "extra", None), fields),
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


def lookups_to(model: type[models.Model]) -> Iterator[tuple[type[MirrorModel], Any]]:
    """Yield the mirrored models with foreign keys to a model, and these keys.

    Raises as `mirrored_models` does.
    """
    for other in mirrored_models().values():
        for key in other._meta.concrete_fields:
            if key.is_relation and key.related_model is model:
                yield other, key


def mirrored_models() -> dict[str, type[MirrorModel]]:
    """Return the project's mirrored models by module.

    Raises ConfigurationError for what their options get wrong, and for two of one module.
    """
    model_by_module: dict[str, type[MirrorModel]] = {}
    for model in mirror_models():
        module = options_of(model).module
        if module in model_by_module:
            raise ConfigurationError(
                f"{model_by_module[module].__name__} and {model.__name__} both mirror {module}: "
                "only one model can mirror a module."
            )
        model_by_module[module] = model
    return model_by_module
