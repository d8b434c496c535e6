"""Which granted scopes cover which required ones."""

from __future__ import annotations

from functools import lru_cache

_STANDARD_MODULES = frozenset(
    "accounts activities appointments appointmentsrescheduledhistory attachments calls campaigns "
    "cases contacts deals emails events feeds forecasts invoices leads notes pricebooks products "
    "purchaseorders quotes salesorders services solutions tasks vendors".split()
)


def module_scope_name(module: str) -> str:
    """A module's API name as scopes spell it: lower case, no underscores, ``custom`` if custom."""
    name = module.removesuffix("__s").replace("_", "").lower()
    return name if name in _STANDARD_MODULES else "custom"


def parse(text: str) -> tuple[str, ...]:
    """The scopes of a request: comma-separated as documented, or separated by spaces."""
    return tuple(text.replace(",", " ").split())


def fill(scope: str, placeholders: dict[str, str]) -> str:
    """A route's scope with ``{module}`` filled in."""
    if "{module}" not in scope:
        return scope
    return scope.replace("{module}", module_scope_name(placeholders.get("module", "")))


@lru_cache(maxsize=4096)
def covers(granted: tuple[str, ...], needed: str) -> bool:
    """Return whether one of the granted scopes covers the required one, ignoring case.

    ``ZohoCRM.modules.leads.READ`` is covered by itself, by ``.ALL`` in place of its operation,
    and by the same two on a higher level (``ZohoCRM.modules.ALL``). WRITE covers CREATE,
    UPDATE and DELETE of the same name.
    """
    covering = _list_covering(needed.lower())
    return any(
        scope.lower().replace("_", "") in covering or scope.lower() in covering for scope in granted
    )


@lru_cache(maxsize=1024)
def _list_covering(scope: str) -> frozenset[str]:
    """The scopes that cover a required one, in lower case."""
    *names, operation = scope.split(".")
    operations = {operation, "all"}
    if operation in ("create", "update", "delete"):
        operations.add("write")
    return frozenset(
        ".".join([*names[:length], op]) for length in range(2, len(names) + 1) for op in operations
    )


_CRM_GROUPS = frozenset(
    "apis automation bulk change_owner composite_requests coql crmapis emails extensions features "
    "files functions graphql mass_convert mass_delete mass_update modules notifications org "
    "send_mail settings share signals templates users zia".split()
)
_OTHER_SERVICES = frozenset(
    "aaaserver zohofiles zohosearch zohosign zohowriter workdrive zohobookings zohopc".split()
)


def is_known(scope: str) -> bool:
    """Return whether the accounts server knows a scope's service, group and operation."""
    service, _, rest = scope.lower().partition(".")
    group, _, operation = rest.partition(".")
    if not operation or not scope.replace(".", "").replace("_", "").isalnum():
        return False
    return service in _OTHER_SERVICES or (service == "zohocrm" and group in _CRM_GROUPS)
