"""Decides on fields that were changed both here and in Zoho. Pure functions.

A conflict is a field that was changed here, and in Zoho to something else. What was changed on one
side only is never in conflict: only the columns that were changed are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

Policy = str | Callable[..., Any]
"""One of `options.POLICIES`, or a function (field, base, local, zoho) -> value."""

Both = dict[str, Any]
"""Both sides of a field: base, local, zoho, and which one was kept: local, zoho, or value."""


@dataclass
class Decision:
    """The values to send, and by field both sides of each conflict in which one is lost."""

    send: dict[str, Any] = field(default_factory=dict)
    lost: dict[str, Both] = field(default_factory=dict)

    @property
    def is_zoho_kept(self) -> bool:
        """Whether the row has to take over a value from Zoho."""
        return any(both["kept"] != "local" for both in self.lost.values())


def decide(
    policy: Policy,
    changed: Mapping[str, Any],
    base: Mapping[str, Any],
    zoho: Mapping[str, Any],
    *,
    is_zoho_newer: bool,
) -> Decision:
    """Decide on a local change of a row whose record is in Zoho.

    A field without a base has none to compare with: it is sent. Raises what the function raises.
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
            # A row that is half of one side would be neither's.
            decision.lost[name] = {**both, "kept": "zoho"}
        elif name not in clashes:
            decision.send[name] = local
        elif policy == "local_wins":
            decision.send[name] = local
            decision.lost[name] = {**both, "kept": "local"}
        else:
            value = both["zoho"] if policy == "merge" else _decided(policy, name, both)
            kept = "zoho" if value == both["zoho"] else "local" if value == local else "value"
            decision.lost[name] = {**both, "kept": kept}
            if kept != "zoho":
                decision.send[name] = value
    return decision


def _decided(policy: Policy, name: str, both: Both) -> Any:
    if not callable(policy):
        raise ValueError(f"{policy!r} is no policy")
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

    Nothing if it is to be deleted. Only `fields` count, those that are sent: Zoho sets others by
    itself. A function is not asked: it decides on fields.
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
