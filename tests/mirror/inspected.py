"""Run by itself: a project whose app `inspected` was written by `zcrm_inspect --mirror`.

Migrates it, mirrors each of its modules on an emulator, and prints JSON: how many rows there are by
module, and what could not be stored. Arguments: the folder of the app, and its database.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import django
from django.core.management import call_command

ROWS = 3


def main(folder: str, database: str) -> None:
    """Do it."""
    sys.path.insert(0, folder)
    os.environ.update(DATABASE_URL=database, DJANGO_SETTINGS_MODULE="tests.settings")
    from tests import settings as plain

    plain.INSTALLED_APPS[-1] = "inspected"  # in place of the tests' own mirrored models
    django.setup()
    call_command("makemigrations", "inspected", verbosity=0)
    call_command("migrate", verbosity=0)
    call_command("check", fail_level="ERROR")
    print(json.dumps(count_mirrored()))


def count_mirrored() -> dict[str, object]:
    """Return rows by module, and problems."""
    from django.apps import apps
    from django.test.utils import override_settings

    from django_zcrm.mirror.mirror import Mirror
    from django_zcrm.mirror.options import options_of
    from django_zcrm.testing.site import emulate_site

    counts: dict[str, int] = {}
    problems: dict[str, str] = {}
    with emulate_site(data="demo") as zoho, override_settings(ZCRM=zoho.settings()):
        connection = zoho.connect()
        for model in apps.get_app_config("inspected").get_models():
            module = options_of(model).module
            mirror = Mirror(module, connection)
            mirror.sync()
            problems.update(mirror.state.problems)
            counts[module] = model._base_manager.count()
            str(model._base_manager.first())
    return {"rows": counts, "problems": problems}


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    main(*sys.argv[1:])
