"""A program that forks a child by multiprocessing, which takes a slot: `forking REDIS_URL KEY`."""

from __future__ import annotations

import multiprocessing
import sys

import django

django.setup()

from django_zcrm.limits import shares  # noqa: E402 - the apps have to be loaded first
from django_zcrm.limits.credit_counter import CreditCounter  # noqa: E402
from django_zcrm.limits.registry import store_of  # noqa: E402
from django_zcrm.limits.sharing import SharedLimiter  # noqa: E402
from django_zcrm.zoho.limits.costs import ONE  # noqa: E402
from django_zcrm.zoho.limits.options import LimitOptions  # noqa: E402


def count_holders(url: str, key: str) -> int:
    """Return how many processes hold slots."""
    return len(shares.load(store_of(url).read(key).state).processes)


def child(url: str, key: str) -> None:
    """Take a slot as a call does."""
    limiter = SharedLimiter(LimitOptions(), "Free", CreditCounter(), store_of(url), key)
    slot = limiter.pool.take(ONE, False, 10.0)
    assert slot is not None
    slot.release()
    print(count_holders(url, key), flush=True)


if __name__ == "__main__":
    process = multiprocessing.get_context("fork").Process(target=child, args=sys.argv[1:])
    process.start()
    process.join()
    print(count_holders(sys.argv[1], sys.argv[2]))
