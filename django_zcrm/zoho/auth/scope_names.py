"""The names of scopes: splitting lists, and which scopes cover others."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import ApiError

_STANDARD_MODULES = frozenset(
    "Leads Contacts Accounts Deals Campaigns Tasks Cases Events Calls Solutions Products Vendors "
    "Price_Books Quotes Sales_Orders Purchase_Orders Invoices Notes Attachments Emails Activities "
    "Appointments__s Services__s".split()
)


def split_scopes(scopes: str | Iterable[str]) -> tuple[str, ...]:
    """Split scopes from text (commas or spaces) or a list; each appears once, in order."""
    words = scopes.replace(",", " ").split() if isinstance(scopes, str) else scopes
    return tuple(dict.fromkeys(word for word in words if word))


def missing_scopes(needed: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """Return the needed scopes that the granted ones do not cover, in order.

    A broader scope covers a narrower one: `ZohoCRM.modules.ALL` covers both `ZohoCRM.modules.READ`
    and `ZohoCRM.modules.leads.READ`.
    """
    granted_scopes = {scope.lower() for scope in granted}
    return tuple(
        scope for scope in split_scopes(needed) if not granted_scopes & _covering(scope.lower())
    )


def _covering(scope: str) -> set[str]:
    """Return the scopes that cover this one: itself, and those with ALL or with fewer words."""
    words = scope.split(".")
    groups = [words[:size] for size in range(2, len(words))]
    return {scope} | {".".join([*group, last]) for group in groups for last in (words[-1], "all")}


def scope_for(scope: str, module: str) -> str:
    """Fill in a module the way scopes spell it: in lower case, without underscores, or `custom`."""
    if "{module}" not in scope:
        return scope
    if module:
        is_standard = module in _STANDARD_MODULES
        name = module.removesuffix("__s").replace("_", "").lower() if is_standard else "custom"
        return scope.replace("{module}", name)
    # Without a module, a scope covers all modules; only these two have another word in its place.
    if scope.startswith("ZohoCRM.send_mail."):
        return scope.replace("{module}", "all")
    return scope if scope.startswith("ZohoCRM.share.") else scope.replace(".{module}", "")


def name_missing_scopes(error: ApiError, scopes: Iterable[str], module: str = "") -> None:
    """Add the scopes that the call needs to the error about a missing scope."""
    names = " and ".join(dict.fromkeys(scope_for(scope, module) for scope in scopes))
    if error.code == "OAUTH_SCOPE_MISMATCH" and names:
        error.set_message(
            f"{error.message}; the call needs {names}: add what is missing to ZCRM['SCOPES'], "
            "then connect the account again"
        )
