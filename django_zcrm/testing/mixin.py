"""The emulator for Django's own test runner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.test import override_settings

from .site import SiteEmulator, emulate_site

if TYPE_CHECKING:
    from django.test import SimpleTestCase

    _Base = SimpleTestCase
else:
    _Base = object


class ZCRMEmulatorMixin(_Base):
    """Gives every test a fresh emulator, `self.zcrm_emulator`, and points the settings to it.

    Put it before the test case: `class LeadTests(ZCRMEmulatorMixin, TestCase)`. Your own `setUp`
    must call `super().setUp()` first. `zcrm_emulator_options` are those of Emulator;
    `zcrm_emulator_live` serves it on a port, for code that runs in other processes. Retries do not
    wait, unless `zcrm_emulator_sleep_on_retry` is set.
    """

    zcrm_emulator: SiteEmulator
    zcrm_emulator_options: ClassVar[Mapping[str, Any]] = {}
    zcrm_emulator_live: ClassVar[bool] = False
    zcrm_emulator_sleep_on_retry: ClassVar[bool] = False

    def setUp(self) -> None:
        super().setUp()
        self.zcrm_emulator = self.enterContext(
            emulate_site(
                live=self.zcrm_emulator_live,
                sleep_on_retry=self.zcrm_emulator_sleep_on_retry,
                **self.zcrm_emulator_options,
            )
        )
        self.enterContext(override_settings(ZCRM=self.zcrm_emulator.settings()))
