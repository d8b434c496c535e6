"""Decides on conflicts: fields that were changed both here and in Zoho. Pure functions.

A field is in conflict if it was changed here, and in Zoho to another value. A field that was
changed on one side only is never in conflict, because only changed columns are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

Policy = str | Callable[..., Any]
"""One of `options.POLICIES`, or a function (field, base, local, zoho) -> value."""

Both = dict[str, Any]
"""The values base, local and zoho of a field, and which was kept: local, zoho, value or HELD."""

HELD = "held"
"""Undecided: the row keeps its value, and Zoho the other value, until a person decides."""


def is_held(conflict: Mapping[str, Both]) -> bool:
    """Whether a conflict waits for a person's decision."""
    return any(both.get("kept") == HELD for both in conflict.values())


def is_zoho_kept(conflict: Mapping[str, Both]) -> bool:
    """Whether a conflict has values of the site's that are not sent as they were saved."""
    return any(both["kept"] != "local" for both in conflict.values())


@dataclass
class Decision:
    """The values to send, and by field both sides of each conflict that one side lost."""

    send: dict[str, Any] = field(default_factory=dict)
    lost: dict[str, Both] = field(default_factory=dict)

    @property
    def is_zoho_kept(self) -> bool:
        """Whether the row has to take over a value from Zoho."""
        return is_zoho_kept(self.lost)


def decide(
    policy: Policy,
    changed: Mapping[str, Any],
    base: Mapping[str, Any],
    zoho: Mapping[str, Any],
    *,
    is_zoho_newer: bool,
) -> Decision:
    """Decide on a local change of a row whose record is in Zoho.

    A field without a base value cannot be compared, so it is sent. Raises the errors of a policy
    that is a function.
    """
    decision = Decision()
    clashes = [
        name
        for name, local in changed.items()
        if name in base and name in zoho and zoho[name] not in (base[name], local)
    ]
    if policy == "newest":
        policy = "zoho_wins" if is_zoho_newer else "local_wins"
    for name, local in changed.items():
        if name in zoho and zoho[name] == local:
            continue
        both = {"base": base.get(name), "local": local, "zoho": zoho.get(name)}
        if clashes and policy == "zoho_wins":
            # A row with values of both sides would match neither.
            decision.lost[name] = {**both, "kept": "zoho"}
        elif name not in clashes:
            decision.send[name] = local
        elif policy == "local_wins":
            decision.send[name] = local
            decision.lost[name] = {**both, "kept": "local"}
        else:
            value = both["zoho"] if policy == "merge" else _call_policy(policy, name, both)
            winner = "zoho" if value == both["zoho"] else "local" if value == local else "value"
            decision.lost[name] = {**both, "kept": winner}
            if winner != "zoho":
                decision.send[name] = value
    return decision


def _call_policy(policy: Policy, name: str, both: Both) -> Any:
    if not callable(policy):
        raise ValueError(f"{policy!r} is not a policy")
    return policy(name, both["base"], both["local"], both["zoho"])


def decide_deletion(
    policy: Policy,
    base: Mapping[str, Any],
    zoho: Mapping[str, Any],
    *,
    is_zoho_newer: bool,
    fields: Collection[str],
) -> dict[str, Both]:
    """Return the fields changed in Zoho that keep a record from being deleted; empty for none.

    Only the pushed `fields` count, because Zoho sets others itself. A policy that is a function is
    not called, because it decides on single fields; then Zoho's changes keep the record.
    """
    changed = {
        name: zoho[name]
        for name in base
        if name in fields and name in zoho and zoho[name] != base[name]
    }
    if policy == "local_wins" or (policy == "newest" and not is_zoho_newer):
        return {}
    return {
        name: {"base": base[name], "local": None, "zoho": value, "kept": "zoho"}
        for name, value in changed.items()
    }
