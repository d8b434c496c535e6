"""``python -m django_zcrm.emulator``: the emulator as a server of its own, without Django.

Knows the command line; what is served is in ``app``.
"""

from __future__ import annotations

from django_zcrm.emulator.commandline import main

if __name__ == "__main__":
    main()
