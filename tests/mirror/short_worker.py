"""A worker for the test that kills it: it does what is due for ever, in pages of a few rows."""

from __future__ import annotations

import django

PAGE = 20
WINDOW = 150


def main() -> None:
    django.setup()

    from django.utils import timezone

    from django_zcrm.mirror.models import MirrorState
    from django_zcrm.mirror.planning import windows
    from django_zcrm.mirror.pull import backfill, delta, files
    from django_zcrm.mirror.runners.due import run_due

    files.MAX_DIRECT = files.FIRST_POLL = 0
    windows.MAX_RECORDS = WINDOW
    backfill.PAGE = delta.PAGE = PAGE
    print("ready", flush=True)
    while True:
        MirrorState.objects.filter(module="Leads").update(due=timezone.now())
        run_due()


if __name__ == "__main__":
    main()
