"""A realistic session with Zoho's Python SDK, against a server in place of Zoho.

Run by a Python that has the SDK: ``python -m tests.clients.python_sdk.scenario BASE CODE HOOK``,
the server's address, a grant code for everything, and an address for callbacks. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.clients.python_sdk import companions, connecting, jobs, organisation, selling


def main(base: str, code: str, hook: str) -> None:
    """Run all parts and print the results of each."""
    connecting.stay_on_this_machine()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        answers = {
            "tokens": connecting.connect(base, code, work),
            "people": organisation.people(),
            "metadata": organisation.metadata(),
            "writing": selling.writing(),
            "listing": selling.listing(),
            "searching": selling.searching(),
            "relating": selling.relating(),
            "converting": selling.converting(),
            "overseeing": selling.overseeing(),
            "notes": companions.notes(),
            "tags": companions.tags(),
            "files": companions.files(work),
            "bulk reading": jobs.bulk_reading(hook),
            "bulk writing": jobs.bulk_writing(work),
            "notifying": jobs.notifying(hook),
        }
    json.dump(answers, sys.stdout, default=str)


if __name__ == "__main__":
    main(*sys.argv[1:])
