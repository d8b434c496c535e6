"""A program that forks a child by multiprocessing, which takes a slot: `forking REDIS_URL KEY`."""

from __future__ import annotations

import multiprocessing
import sys

import django

django.setup()

from django_zcrm.governor import shares  # noqa: E402 - the apps have to be loaded first
from django_zcrm.governor.ledger import Ledger  # noqa: E402
from django_zcrm.governor.registry import store_of  # noqa: E402
from django_zcrm.governor.sharing import SharedGovernor  # noqa: E402
from django_zcrm.zoho.costs import ONE  # noqa: E402
from django_zcrm.zoho.governor_options import GovernorOptions  # noqa: E402


def held(url: str, key: str) -> int:
    """Return how many processes hold slots."""
    return len(shares.load(store_of(url).read(key).state).processes)


def child(url: str, key: str) -> None:
    """Make a call, so to say."""
    governor = SharedGovernor(GovernorOptions(), "Free", Ledger(), store_of(url), key)
    slot = governor.gate.take(ONE, False, 10.0)
    assert slot is not None
    slot.release()
    print(held(url, key), flush=True)


if __name__ == "__main__":
    process = multiprocessing.get_context("fork").Process(target=child, args=sys.argv[1:])
    process.start()
    process.join()
    print(held(sys.argv[1], sys.argv[2]))
