"""System checks of mirrored models and `ZCRM["MIRROR"]`; tables are read with `--database` only.

Ids are never reused; docs/reference/checks.md has a row for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections, router
from django.db.models import NOT_PROVIDED, Model
from django.urls import NoReverseMatch, reverse

from ..conf import get_settings
from ..exceptions import ConfigurationError
from ..zoho.auth.scope_names import missing_scopes
from ..zoho.catalogue.scopes import find_uses, minimal_scopes
from ..zoho.http.datacenters import is_loopback
from .declared_fields import MATCH_ON
from .health import is_silent
from .models import MirroredRowQuerySet, MirrorModel, MirrorState, OutboxItem
from .options import MirrorOptions, mirror_models, options_of
from .policies import load_get_policy
from .queues import queue_of
from .values import columns_of

READS = (
    "coql.query",
    "records.list",
    "records.get",
    "records.deleted",
    "bulk_read.create",
    "bulk_read.get",
    "bulk_read.download",
    "fields.list",
    "org.get",
)
WRITES = ("records.create", "records.update", "records.upsert", "records.delete")
NOTIFICATIONS = ("notifications.create", "notifications.update", "notifications.delete")
"""The operations that a mirror calls; the mirror needs their scopes."""

PACKAGES = {"celery": ("celery",), "tasks": ("django.tasks", "django_tasks")}
"""The packages that each RUNNER needs: one of them."""


READ_COMMITTED = "read committed"

_OWN = {field.name for field in MirrorModel._meta.local_concrete_fields}


def register_all() -> None:
    """Register the checks with Django."""
    register(check_models, Tags.models)
    register(check_notify_url, Tags.urls)
    register(check_settings, "zcrm")
    register(check_isolation, "zcrm")
    register(check_runner, Tags.database)
    register(check_match_on, Tags.database)


def check_models(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check the inner `class Zoho` of the project's models."""
    messages: list[CheckMessage] = []
    model_by_module: dict[str, type[MirrorModel]] = {}
    for model in mirror_models():
        try:
            options = options_of(model)
            columns_of(model)
        except ConfigurationError as error:
            messages.append(
                Error(
                    str(error), hint="See class Zoho in the docs.", obj=model, id="zcrm_mirror.E001"
                )
            )
            continue
        first = model_by_module.setdefault(options.module, model)
        if first is not model:
            messages.append(
                Error(
                    f"{first._meta.label} and {model._meta.label} both mirror {options.module}.",
                    hint="Only one model can mirror a module: remove one, or make it a proxy of "
                    "the other.",
                    obj=model,
                    id="zcrm_mirror.E002",
                )
            )
        if options.push and not options.match_on:
            messages.append(
                Warning(
                    f"{model.__name__} has push but no match_on: if Zoho's response to a create "
                    "is lost, only its values identify the record.",
                    hint="Name a unique field of the module, or the field by which Zoho finds "
                    "the module's duplicates, such as Deal_Name. Silence this check if rows "
                    "are never created here.",
                    obj=model,
                    id="zcrm_mirror.W001",
                )
            )
        messages += [*_check_push(options), *_check_required_columns(options)]
    return messages


def _check_required_columns(options: MirrorOptions) -> list[CheckMessage]:
    """Find required columns that the mirror does not fill."""
    return [
        Warning(
            f"{options.model.__name__}.{field.name} does not allow NULL, has no default, and is "
            "not in Zoho.fields, so the database refuses every new record.",
            hint="Add null=True or a default. Silence this check if its pre_save() sets a value.",
            obj=options.model,
            id="zcrm_mirror.W007",
        )
        for field in options.model._meta.local_concrete_fields
        if not (field.name in options.fields or field.null or field.primary_key)
        and not (field.has_default() or field.empty_strings_allowed)
        and not (getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))
        and field.db_default is NOT_PROVIDED
        and not getattr(field, "generated", False)
        and field.name not in _OWN
    ]


def _check_push(options: MirrorOptions) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    name = options.model.__name__
    if manager := _find_manager_without_push(options):
        messages.append(
            Warning(
                f"{name}.{manager} has no push(), so bulk changes cannot be sent to Zoho.",
                hint="Create the manager from a subclass of MirroredRowQuerySet.",
                obj=options.model,
                id="zcrm_mirror.W005",
            )
        )
    messages += [
        Warning(
            f"{name} sends the lookup {lookup!r} to a model without push: a row that refers to a "
            "row created here cannot be sent.",
            hint="Add push to that model. Silence this check if its rows are never created here.",
            obj=options.model,
            id="zcrm_mirror.W006",
        )
        for lookup in _find_lookups_never_sent(options)
    ]
    return messages


def _find_manager_without_push(options: MirrorOptions) -> str:
    """Return the name of the model's default manager if it has no `push()`; empty otherwise.

    `update()` sends nothing, so rows of such a manager cannot be changed in bulk.
    """
    manager: Any = options.model._default_manager
    if not options.push or isinstance(manager.get_queryset(), MirroredRowQuerySet):
        return ""
    return str(manager.name)


def _find_lookups_never_sent(options: MirrorOptions) -> list[str]:
    """Return the pushed lookups to models that are not pushed.

    A change with such a lookup to a row that was created here fails.
    """
    return [
        column.attribute
        for column in columns_of(options.model)
        if column.to is not None
        and column.zoho_name in options.pushed.values()
        and not options_of(column.to).push
    ]


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Check `GET_POLICY`, the packages that `RUNNER` needs, the scopes, and `USE_TZ`."""
    messages: list[CheckMessage] = []
    if not settings.USE_TZ:
        messages.append(
            Error(
                "settings.USE_TZ is False, but the mirror stores times with their time zone.",
                hint="Set USE_TZ = True, or remove django_zcrm.mirror from INSTALLED_APPS: "
                "everything else works with either value.",
                id="zcrm_mirror.E005",
            )
        )
    try:
        config = get_settings()
    except ConfigurationError:  # the app's own checks say so
        return messages
    messages += _check_get_policy(config.mirror.get_policy)
    packages = PACKAGES.get(config.mirror.runner, ())
    if packages and not any(map(_is_there, packages)):
        extra = "django-zcrm[celery]" if config.mirror.runner == "celery" else "django-tasks"
        messages.append(
            Error(
                f"ZCRM['MIRROR'] has the RUNNER {config.mirror.runner!r}, which is not installed.",
                hint=f"pip install '{extra}', or remove RUNNER and run zcrm_sync --watch.",
                id="zcrm_mirror.E003",
            )
        )
    elif packages and queue_of(config.mirror.runner).runs_at_once():
        is_celery = config.mirror.runner == "celery"
        setting = "Celery's task_always_eager" if is_celery else "The backend of settings.TASKS"
        messages.append(
            Warning(
                f"{setting} runs tasks in the process that enqueues them. The mirror therefore "
                "enqueues none in a request, and changes wait for the next poll.",
                hint="Unset it, and start a worker."
                if is_celery
                else "Set a backend with a worker, such as that of django-tasks-db; or leave "
                "RUNNER out and run zcrm_sync --watch.",
                id="zcrm_mirror.W009",
            )
        )
    if missing := missing_scopes(find_needed_scopes(), config.scopes):
        messages.append(
            Warning(
                f"ZCRM['SCOPES'] lacks scopes that the mirror needs: {', '.join(missing)}.",
                hint="Add them, and connect each account again.",
                id="zcrm_mirror.W002",
            )
        )
    return messages


def _check_get_policy(path: str) -> list[CheckMessage]:
    try:
        if path:
            load_get_policy(path)
    except ConfigurationError as error:
        return [
            Error(
                str(error),
                hint="Name a function that takes a connection and a module's name, and returns a "
                "MirrorPolicy of django_zcrm.mirror, or remove GET_POLICY.",
                id="zcrm_mirror.E007",
            )
        ]
    return []


def check_isolation(**kwargs: Any) -> list[CheckMessage]:
    """Check that transactions see what other transactions committed in the meantime."""
    using = router.db_for_write(MirrorState)
    database = connections[using]
    options = database.settings_dict["OPTIONS"]
    if database.vendor == "mysql":
        # None is the server's own, which is REPEATABLE READ unless somebody changed it.
        level = options.get("isolation_level", READ_COMMITTED)
        is_right = level is not None and level.lower() == READ_COMMITTED
    elif database.vendor == "postgresql":
        # It needs psycopg, an extra.
        from django.db.backends.postgresql.psycopg_any import IsolationLevel

        level = options.get("isolation_level", IsolationLevel.READ_COMMITTED)
        is_right = level in (IsolationLevel.READ_COMMITTED, IsolationLevel.READ_COMMITTED.value)
    else:
        return []
    if is_right:
        return []
    return [
        Error(
            f"The isolation_level of DATABASES[{using!r}] is not READ COMMITTED: workers and "
            "pages would not see each other's commits.",
            hint="Remove it from OPTIONS: Django's default is READ COMMITTED.",
            id="zcrm_mirror.E006",
        )
    ]


def check_notify_url(**kwargs: Any) -> list[CheckMessage]:
    """Check that Zoho can, and should, post to `NOTIFY_URL`."""
    try:
        url = get_settings().mirror.notify_url
    except ConfigurationError:
        return []
    if not url:
        return []
    messages: list[CheckMessage] = []
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(url):
        messages.append(
            Error(
                "ZCRM['MIRROR'] has a NOTIFY_URL that is plain http, so its token could be "
                "intercepted.",
                hint="Use https; plain http is for this machine's own emulator.",
                id="zcrm_mirror.E004",
            )
        )
    try:
        path = reverse("zcrm:notify")
    except NoReverseMatch:
        path = ""
    if not path or not parts.path.endswith(path):
        leads = f" ({path})" if path else ": the app's URLs are not included"
        messages.append(
            Warning(
                f"ZCRM['MIRROR'] has the NOTIFY_URL {url}, which is not the URL of "
                f"zcrm:notify{leads}.",
                hint="Add path('zcrm/', include('django_zcrm.urls')), and use the same path in "
                "NOTIFY_URL. Silence this check if a proxy rewrites paths.",
                id="zcrm_mirror.W003",
            )
        )
    return messages


def check_runner(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that a runner is at work if mirrors are due: `manage.py check --database default`."""
    if not _is_read(MirrorState, databases) or not is_silent():
        return []
    return [
        Warning(
            "Mirrors are overdue, and no runner has worked on any.",
            hint="Start manage.py zcrm_sync --watch, or the runner of ZCRM['MIRROR']['RUNNER'].",
            id="zcrm_mirror.W004",
        )
    ]


def check_match_on(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that no created rows wait since Zoho does not find duplicates by `match_on`."""
    if not _is_read(OutboxItem, databases):
        return []
    models = {options.module: options.model for options in _valid_options()}
    waiting = OutboxItem.objects.open().filter(waits_for=MATCH_ON).order_by("module", "error")
    return [
        Warning(
            words,
            hint="The rows are sent automatically after that.",
            obj=models.get(module),
            id="zcrm_mirror.W008",
        )
        for module, words in waiting.values_list("module", "error").distinct()
    ]


def _is_read(model: type[Model], databases: Sequence[str] | None) -> bool:
    """Whether a model's table may be read: its database was named, and is migrated."""
    using = router.db_for_read(model)
    if using not in (databases or ()):
        return False
    return model._meta.db_table in connections[using].introspection.table_names()


def find_needed_scopes() -> list[str]:
    """Return the scopes that the mirrored models need; models with errors are skipped."""
    uses = []
    for options in _valid_options():
        operations = [*READS, *(WRITES if options.push else ())]
        uses += find_uses(operations, [options.module])
    if uses and get_settings().mirror.notify_url:
        uses += find_uses(NOTIFICATIONS)
    return minimal_scopes(uses)


def _valid_options() -> Iterator[MirrorOptions]:
    for model in mirror_models():
        try:
            yield options_of(model)
        except ConfigurationError:
            continue


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False
