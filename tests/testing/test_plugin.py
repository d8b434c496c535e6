"""The pytest plugin in other people's projects, each in its own process."""

from __future__ import annotations

import re
import sys

import pytest

pytest_plugins = ["pytester"]

SETTINGS = """
SECRET_KEY = "x"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_zcrm"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ROOT_URLCONF = "site_settings"
urlpatterns = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ZCRM = {"CLIENT_ID": "theirs", "CLIENT_SECRET": "x", "DATA_CENTER": "us", "API_VERSION": "v8"}
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty folder, without the settings of this suite."""
    for name in ("DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]")  # otherwise that of a parent folder would be used
    return pytester


@pytest.fixture
def site(project: pytest.Pytester) -> pytest.Pytester:
    """A Django project with pytest-django."""
    project.makepyfile(site_settings=SETTINGS)
    project.makeini(
        """
        [pytest]
        DJANGO_SETTINGS_MODULE = site_settings
        pythonpath = .
        filterwarnings = error
        """
    )
    return project


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    # Hypothesis' plugin takes longer to load than all others.
    plugins = ("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:hypothesispytest")
    return project.runpytest_subprocess(*plugins, *options)


@pytest.mark.slow
def test_without_django_nothing_is_loaded_before_it_is_needed(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import sys

        def test_not_used():
            assert "django_zcrm.testing.plugin" in sys.modules
            assert not {"django", "requests", "werkzeug", "django_zcrm.emulator"} & set(sys.modules)

        def test_one(zcrm_emulator):
            zcrm_emulator.create("Leads", Last_Name="Wong")
            assert zcrm_emulator.client().records.count("Leads") == 1
            assert "django" not in sys.modules

        def test_two(zcrm_emulator):
            assert zcrm_emulator.records("Leads") == []

        def test_live(zcrm_live_emulator):
            assert zcrm_live_emulator.client().records.count("Leads") == 0
        """
    )
    run(project, "-p", "no:django").assert_outcomes(passed=4)


@pytest.mark.slow
def test_plugin_without_extra_names_it(project: pytest.Pytester) -> None:
    """Werkzeug is missing first: what needs it is not imported before it is there."""
    project.makepyfile(
        """
        import sys
        import pytest

        @pytest.fixture
        def no_werkzeug(monkeypatch):
            monkeypatch.setitem(sys.modules, "werkzeug", None)

        @pytest.fixture
        def no_jinja2(monkeypatch):
            monkeypatch.setitem(sys.modules, "jinja2", None)

        def test_not_used(no_werkzeug):
            pass

        def test_one(no_werkzeug, zcrm_emulator):
            pass

        def test_live(no_jinja2, zcrm_live_emulator):
            pass
        """
    )
    result = run(project)
    result.assert_outcomes(errors=2, passed=1)
    reason = "The emulator needs Werkzeug and Jinja2: pip install django-zcrm?emulator?"
    headings = [f"*ERROR at setup of {name} *" for name in ("test_one", "test_live")]
    result.stdout.fnmatch_lines([headings[0], reason, headings[1], reason])


@pytest.mark.slow
def test_the_mixin_without_werkzeug(site: pytest.Pytester) -> None:
    site.makepyfile(
        """
        import sys
        sys.modules["werkzeug"] = None
        import pytest

        def test_import():
            with pytest.raises(ImportError, match="needs Werkzeug"):
                from django_zcrm.testing import ZCRMEmulatorMixin
        """
    )
    run(site).assert_outcomes(passed=1)


USES = """
import pytest
from django.conf import settings
from django_zcrm import zcrm

@pytest.mark.parametrize("number", range(6))
def test_each_has_its_own(zcrm_emulator, db, number):
    zcrm_emulator.connect()
    assert zcrm.records.count("Leads") == 0
    zcrm_emulator.create("Leads", 5)
    assert zcrm.records.count("Leads") == 5

def test_settings_before(settings, zcrm_emulator, db):
    settings.ZCRM = {**settings.ZCRM, "API_VERSION": "v2"}
    zcrm_emulator.connect()
    zcrm.org.get()
    zcrm_emulator.assert_called("GET", "/crm/v2/org")

def test_settings_after(zcrm_emulator, settings, db):
    settings.ZCRM = {**settings.ZCRM, "API_VERSION": "v2"}
    settings.DEBUG = True
    zcrm_emulator.connect()
    zcrm.org.get()
    zcrm_emulator.assert_called("GET", "/crm/v2/org")

def test_nothing_is_left():
    assert settings.ZCRM["CLIENT_SECRET"] == "x"
    assert len(settings.ZCRM) == 4
    assert not settings.DEBUG

def test_both_at_once(zcrm_emulator, zcrm_live_emulator, db):
    zcrm_emulator.create("Leads", 1)
    zcrm_live_emulator.connect()
    assert zcrm.records.count("Leads") == 0
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [pytest.param((), id="alone"), pytest.param(("-n", "2"), id="xdist")]
)
def test_plugin_in_a_django_project_passes(site: pytest.Pytester, options: tuple[str, ...]) -> None:
    site.makepyfile(USES)
    run(site, *options).assert_outcomes(passed=10)


@pytest.mark.slow
def test_without_pytest_django_settings_are_restored_too(site: pytest.Pytester) -> None:
    site.makeini("[pytest]\npythonpath = .\nfilterwarnings = error")
    site.makeconftest(
        """
        import os, django
        os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"
        django.setup()
        """
    )
    site.makepyfile(
        """
        from django.conf import settings

        def test_one(zcrm_emulator):
            assert settings.ZCRM["API_URL"] == zcrm_emulator.url

        def test_two():
            assert settings.ZCRM["CLIENT_ID"] == "theirs"
        """
    )
    run(site, "-p", "no:django").assert_outcomes(passed=2)


@pytest.mark.slow
def test_a_django_project_without_the_app(site: pytest.Pytester) -> None:
    site.makepyfile(site_settings=SETTINGS.replace(', "django_zcrm"', ""))
    site.makepyfile("def test_one(zcrm_emulator): zcrm_emulator.client().org.get()")
    run(site).assert_outcomes(passed=1)


@pytest.mark.slow
def test_mixin_with_djangos_runner_passes(
    site: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.makepyfile(
        test_leads="""
        from django.test import TestCase
        from django_zcrm import zcrm
        from django_zcrm.testing import ZCRMEmulatorMixin

        class LeadTests(ZCRMEmulatorMixin, TestCase):
            def test_one(self):
                self.zcrm_emulator.connect()
                self.zcrm_emulator.create("Leads", 2)
                self.assertEqual(zcrm.records.count("Leads"), 2)

            def test_two(self):
                self.zcrm_emulator.connect()
                self.assertEqual(zcrm.records.count("Leads"), 0)
        """
    )
    site.path.joinpath("test_leads.py").rename(site.path / "tests.py")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "site_settings")
    monkeypatch.setenv("PYTHONPATH", str(site.path))
    result = site.run(sys.executable, "-W", "error", "-m", "django", "test", "--parallel", "2")
    assert result.ret == 0, result.stderr.str()
    result.stderr.fnmatch_lines(["OK"])


@pytest.mark.slow
def test_the_markers_are_known(project: pytest.Pytester) -> None:
    result = run(project, "--markers")
    assert any(re.match(r"@pytest.mark.zcrm_emulator\(", line) for line in result.outlines)
