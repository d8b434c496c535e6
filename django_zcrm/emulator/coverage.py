"""The coverage of Zoho's published API: ``python -m django_zcrm.emulator coverage``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .app import TABLES
from .core.published import load_published_operations, load_sdk_operations
from .core.routing import HIGHEST, Route
from .metadata.catalogue import standard_catalogue

STATEFUL, GENERIC, STORED, MISSING = "stateful", "generic", "stored only", "not emulated"
KINDS = (STATEFUL, GENERIC, STORED, MISSING)

#: Paths of objects that are only stored, validated and shown.
INERT = (
    "/crm/email/{version}/settings/compose/email_signatures",
    "/crm/{version}/settings/automation/cadences",
    "/crm/{version}/settings/webforms",
    "/crm/{version}/settings/wizards",
    "/crm/{version}/signals",
)

#: Published operations that are served under another path.
ELSEWHERE = {
    # The response to a bulk write contains the URL of its result, which may have any path.
    ("GET", "/{download_url}"): ("GET", "/v2/crm/{org_id}/bulk-write/{job_id}/{file}"),
}


@dataclass(frozen=True)
class Covered:
    """A published operation and the route that serves it."""

    method: str
    path: str
    kind: str

    @property
    def group(self) -> str:
        """The subject of an operation, by its path."""
        parts = [part for part in self.path.split("/")[2:] if part != "{version}"]
        if not parts:
            return "downloads"
        if parts[0] == "settings":
            words = [part for part in parts[1:] if not part.startswith("{")]
            return "/".join(["settings", *words[: 2 if words[0] in _DEEPER else 1]])
        if parts[0] in ("bulk", "email"):
            return "/".join(part for part in parts[:3] if not part.startswith("{"))
        if not parts[0].startswith("{"):
            return parts[0]
        names = [part for part in parts[1:] if not part.startswith("{")]
        return f"{{module}}/{'/'.join(names)}" if names else "{module}"


_DEEPER = ("automation", "business_hours", "data_sharing", "zia")


def coverage() -> list[Covered]:
    """Every operation of the newest version that Zoho publishes or its SDKs have, and its route."""
    served: dict[tuple[str, int], list[Route]] = {}
    for route in _routes():
        if not route.is_versioned or route.versions[1] >= HIGHEST:
            served.setdefault((route.method, len(route.segments)), []).append(route)
    modules = set(standard_catalogue().modules)
    return [
        Covered(
            operation.method,
            operation.path,
            _kind(operation, served.get((operation.method, len(operation.segments)), []), modules),
        )
        for operation in (*load_published_operations(), *_newest_of_sdks())
    ]


def _newest_of_sdks() -> Iterator[Route]:
    return (route for route in load_sdk_operations() if route.versions[1] >= HIGHEST)


def _routes() -> Iterator[Route]:
    for table in TABLES:
        yield from table.table


def _kind(published: Route, routes: Iterable[Route], modules: set[str]) -> str:
    elsewhere = ELSEWHERE.get((published.method, published.path))
    if elsewhere is not None:
        is_served = any((route.method, route.path) == elsewhere for route in _routes())
        return STATEFUL if is_served else MISSING
    serving = [route for route in routes if _serves(route, published, modules)]
    if not serving:
        return MISSING
    # Literal segments win, as in the router.
    best = max(serving, key=lambda route: sum(part[0] != "{" for part in route.segments))
    if published.path.startswith(INERT):
        return STORED
    return GENERIC if best.is_generic else STATEFUL


def _serves(route: Route, published: Route, modules: set[str]) -> bool:
    """Return whether every request that a published path describes reaches this route.

    A placeholder takes the name of a module or a related list, but no other word.
    """
    for own, theirs in zip(route.segments, published.segments, strict=True):
        if own.startswith("{"):
            if theirs[0] not in "{" and not (theirs in modules or theirs in _LISTS):
                return False
        elif own != theirs:
            return False
    return True


#: Related lists that published paths name although they are served like any other.
_LISTS = frozenset({"Notes", "Attachments", "Contact_Roles"})


def report(*, missing: bool = False) -> str:
    """The counts by group, or (``missing``) the operations that are not emulated."""
    rows = coverage()
    if missing:
        return "\n".join(f"{row.method:6} {row.path}" for row in rows if row.kind == MISSING)
    totals = Counter(row.kind for row in rows)
    groups: dict[str, Counter[str]] = {}
    for row in rows:
        groups.setdefault(row.group, Counter())[row.kind] += 1
    width = max(map(len, groups))
    lines = [f"{'':{width}}  {'  '.join(KINDS)}"]
    for name, counts in sorted(groups.items()):
        numbers = "  ".join(f"{counts[kind] or '':>{len(kind)}}" for kind in KINDS)
        lines.append(f"{name:{width}}  {numbers}")
    behave = totals[STATEFUL] + totals[GENERIC]
    lines.append("")
    lines.append(
        f"{behave} of {len(rows)} published operations behave "
        f"({sum(1 for _ in _newest_of_sdks())} of them are in Zoho's SDKs only): "
        f"{totals[STATEFUL]} stateful, {totals[GENERIC]} generic; "
        f"{totals[STORED]} are stored without effect, {totals[MISSING]} not emulated"
    )
    return "\n".join(lines)
