"""A run: all probes in sequence, then the removal of the created objects."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from ...zoho.client import Client
from ...zoho.errors import ZCRMError
from ...zoho.http.datacenters import data_center_for_url
from ..core.options import EDITIONS
from ..guesses import guesses
from .answers import Unexpected, Unknown
from .journal import Journal
from .lab import BudgetReached, Lab
from .registry import Probe, all_probes
from .removal import remove_all

TEST_TYPES = ("sandbox", "developer")
"""Types of organisations in which nobody works with real customers (OpenAPI 3.1, org)."""

OVER_BUDGET = "the budget was used up"

Facts = dict[str, dict[str, str]]


class OrganisationUnread(ZCRMError):
    """The kind of the organisation is not known; nothing was written."""


class JournalOfAnother(ZCRMError):
    """The journal is of a run at another organisation; nothing was written."""


class ProductionRefused(ZCRMError):
    """The organisation is neither a sandbox nor for developers; nothing was written."""


@dataclass
class ProbeOutcome:
    """The outcome of a run: `facts` by guess, `about` the organisation, `remaining` objects."""

    facts: Facts
    about: dict[str, str]
    credits: int = 0
    remaining: list[str] = field(default_factory=list)


def run(
    client: Client,
    journal: Journal,
    *,
    budget: int,
    groups: Collection[str] = (),
    production: bool = False,
    progress: Callable[[str, dict[str, str]], None] = lambda name, fact: None,
) -> ProbeOutcome:
    """Run the probes of the groups, or all of them.

    Objects of an earlier run are removed first, and its findings are not probed again.
    `progress` is called with each guess and its fact. Raises ProductionRefused, JournalOfAnother,
    OrganisationUnread, and ZCRMError if the grant is gone. KeyboardInterrupt is raised after the
    removal.
    """
    lab = Lab(client, journal, budget)
    about = _check_organisation(lab, production=production)
    if journal.is_resumed:
        if not _remove(lab, waits=True):
            journal.things.clear()
        lab.keep_reserve()
    outcome, waits = ProbeOutcome(dict(journal.facts), about), True
    try:
        for name, function in all_probes().items():
            if (groups and guesses()[name].group not in groups) or name in journal.facts:
                continue
            fact = _fact(lab, name, function)
            progress(name, fact)
            outcome.facts[name] = fact
            if fact.get("reason") != OVER_BUDGET:
                journal.record_finding(name, fact)
    except KeyboardInterrupt:
        waits = False
        raise
    finally:
        outcome.remaining = _remove(lab, waits=waits)
        outcome.credits = journal.credits
    return outcome


def _remove(lab: Lab, *, waits: bool) -> list[str]:
    """Remove everything, as `remove_all` does; with `waits`, Ctrl-C is raised afterwards."""
    try:
        return remove_all(lab)
    except KeyboardInterrupt:
        if waits:
            remove_all(lab)
        raise


def _fact(lab: Lab, name: str, function: Probe) -> dict[str, str]:
    """Run one probe and return its fact, which has only a status and a code from Zoho."""
    try:
        behaviour = function(lab)
    except Unknown as error:
        return {"verdict": "unknown", "reason": str(error)}
    except Unexpected as error:
        return {"verdict": "different", "observed": str(error)}
    except (LookupError, TypeError, ValueError, AttributeError):
        return {"verdict": "unknown", "reason": "an answer had another shape"}
    except BudgetReached:
        return {"verdict": "unknown", "reason": OVER_BUDGET}
    verdict = "confirmed" if behaviour == guesses()[name].knob[0] else "different"
    return {"verdict": verdict, "behaviour": behaviour}


def _check_organisation(lab: Lab, *, production: bool) -> dict[str, str]:
    """Return the description of the organisation in the result.

    Raises ProductionRefused, OrganisationUnread, and JournalOfAnother.
    """
    # A run that only removes the objects of an earlier run needs this response, too.
    lab.release_reserve()
    try:
        answer = lab.ask("GET", "org")
    except Unknown as error:
        raise OrganisationUnread(f"The organisation cannot be read: {error}.") from None
    except BudgetReached:
        raise OrganisationUnread(
            f"The budget of {lab.budget} credits is used up: name more with --budget."
        ) from None
    finally:
        lab.keep_reserve()
    rows = answer.rows
    if not answer.is_ok or not rows:
        raise OrganisationUnread(f"The organisation cannot be read: {answer.observed}.")
    kind = str(rows[0].get("type"))
    if kind not in TEST_TYPES and not production:
        raise ProductionRefused(
            "The organisation is in production, and probes write to it: use a sandbox or a "
            "developer organisation, or add --production."
        )
    organisation = str(rows[0].get("id"))
    if lab.journal.organisation not in ("", organisation):
        raise JournalOfAnother(
            f"{lab.journal.path} is of another organisation: continue with that connection, or "
            "name another file with --output."
        )
    lab.journal.begin(organisation)
    edition = str((rows[0].get("license_details") or {}).get("paid_type")).capitalize()
    data_center = data_center_for_url(lab.client.session.tokens.current().api_url)
    return {
        "environment": kind if kind in TEST_TYPES else "production",
        "edition": edition if edition in EDITIONS else "",
        "data_center": data_center.code if data_center else "",
    }
