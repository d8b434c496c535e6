"""``python -m django_zcrm.emulator.probe``: a run without a site."""

from __future__ import annotations

import sys

from .commandline import main

if __name__ == "__main__":
    sys.exit(main())
