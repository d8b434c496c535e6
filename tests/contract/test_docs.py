"""The docs are run: `pycon` blocks as doctests, the tutorial as a project, tables as code.

Each page has one namespace. As the pages presume, there is a site-wide connection to the
emulator's demo company, and a connected user `ines`.
"""

from __future__ import annotations

import ast
import doctest
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django import VERSION
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.http import JsonResponse
from django.test import RequestFactory
from django.views.generic import TemplateView

import django_zcrm
from django_zcrm import ConsentWithdrawn, exceptions, zcrm
from django_zcrm.conf import DEFAULT_SCOPES
from django_zcrm.oauth import connect_with_grant_token
from django_zcrm.oauth.grants import ConnectionTarget
from django_zcrm.signals import consent_withdrawn
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.sdk_tree import API
from tests.cases import check_each

if TYPE_CHECKING:
    from pytest_django import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.M | re.S)


def blocks(page: Path, language: str) -> list[str]:
    """Return a page's code blocks in one language."""
    return [
        textwrap.dedent(code)
        for _, fenced_language, code in FENCE.findall(page.read_text())
        if fenced_language == language
    ]


def pages_with(language: str) -> list[Path]:
    """Return the pages that have blocks in a language."""
    return [page for page in PAGES if "_build" not in page.parts and blocks(page, language)]


@pytest.mark.parametrize(
    "index", sorted((ROOT / "docs").glob("*/index.md")), ids=lambda index: index.parent.name
)
def test_index_links_to_every_page_of_its_folder(index: Path) -> None:
    """In the text, too: toctrees are no links where Markdown is read as it is."""
    links = set(re.findall(r"\]\(([\w-]+)\.md\)", index.read_text()))
    assert links == {page.stem for page in index.parent.glob("*.md")} - {"index"}


@check_each("page", PAGES)
def test_links_have_a_text(page: Path) -> None:
    assert "[](" not in page.read_text()


@check_each("page", pages_with("python"))
def test_python_blocks_are_python(page: Path) -> None:
    for code in blocks(page, "python"):
        ast.parse(code)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.zcrm_emulator(data="demo")
@pytest.mark.parametrize("page", pages_with("pycon"), ids=lambda page: str(page.relative_to(ROOT)))
def test_pycon_blocks_show_real_output(
    page: Path,
    zcrm_emulator: SiteEmulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ines = User.objects.create_user("ines")
    connect_with_grant_token(zcrm_emulator.grant_code(DEFAULT_SCOPES), ConnectionTarget(owner=ines))
    zcrm.generate_auth_tokens("docs@example.com", zcrm_emulator.grant_code(DEFAULT_SCOPES))
    (tmp_path / "offer.pdf").write_bytes(b"%PDF" + bytes(29_996))
    (tmp_path / "downloads").mkdir()
    monkeypatch.chdir(tmp_path)
    code = "\n".join(blocks(page, "pycon"))
    doc_test = doctest.DocTestParser().get_doctest(
        code, {"grant_token": zcrm_emulator.grant_code(DEFAULT_SCOPES)}, page.name, str(page), 0
    )
    report: list[str] = []

    doctest.DocTestRunner(verbose=False).run(doc_test, out=report.append)

    assert doc_test.examples
    assert not report, "".join(report)


def write_project(page: Path, folder: Path) -> None:
    """Write the blocks whose first line names a file; settings are appended."""
    for language in ("python", "html", "ini"):
        for code in blocks(page, language):
            if name := re.match(r"(?:# |<!-- )(\S+/\S+|\S+\.(?:py|ini))(?: -->)?\n", code):
                path = folder / name[1]
                path.parent.mkdir(parents=True, exist_ok=True)
                mode = "a" if path.name == "settings.py" else "w"
                with path.open(mode) as out:
                    out.write(code)


@pytest.fixture(scope="module")
def first_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the project of the tutorial's first page."""
    folder = tmp_path_factory.mktemp("tutorial")
    call_command("startproject", "shop", str(folder))
    write_project(ROOT / "docs/tutorial/first-steps.md", folder)
    with (folder / "shop" / "settings.py").open("a") as settings:
        # As in the suite's own: fast, and no test depends on it.
        settings.write('PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]\n')
    return folder


@pytest.fixture(scope="module")
def shop(first_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the tutorial's project, with its tests and those from the page about testing."""
    folder = tmp_path_factory.mktemp("tutorial") / "project"
    shutil.copytree(first_shop, folder)
    write_project(ROOT / "docs/tutorial/query-sets.md", folder)
    write_project(ROOT / "docs/howto/test-your-project.md", folder)
    return folder


@pytest.fixture(scope="module")
def mirrored_shop(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the same with the tutorial's last page, which mirrors leads."""
    folder = tmp_path_factory.mktemp("tutorial") / "project"
    shutil.copytree(shop, folder)
    write_project(ROOT / "docs/tutorial/mirror.md", folder)
    python(folder, "manage.py", "makemigrations", "shop")
    return folder


def python(folder: Path, *command: str) -> str:
    """Run Python in a folder; return what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO_", "ZCRM_"))}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_tutorial_project_passes_its_checks(
    first_shop: Path, shop: Path, mirrored_shop: Path
) -> None:
    for folder in (first_shop, shop, mirrored_shop):
        assert "no issues" in python(folder, "manage.py", "check")


@pytest.mark.slow
def test_tutorial_starts_the_emulator_with_a_state_that_outlives_it() -> None:
    pages = [ROOT / "docs/tutorial" / name for name in ("first-steps.md", "mirror.md")]
    for page in pages:
        commands = re.findall(r"manage\.py zcrm_emulator *([^\n#]*)", page.read_text("utf-8"))
        assert {command.strip() for command in commands} == {"--state zoho.json"}, page


def test_tutorial_and_testing_page_pass_their_tests(mirrored_shop: Path) -> None:
    output = python(mirrored_shop, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    files = mirrored_shop.glob("test_*.py")
    written = sum(path.read_text().count("\ndef test_") for path in files)
    assert f"{written} passed" in output
    python(mirrored_shop, "manage.py", "test")


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.zcrm_emulator(data="demo")
def test_views_of_the_saas_page_work_with_its_scopes(
    zcrm_emulator: SiteEmulator, settings: Settings, rf: RequestFactory
) -> None:
    written = blocks(ROOT / "docs/howto/saas.md", "python")
    scopes = re.search(r'"SCOPES": (\[.*?\])', written[0], re.S)
    assert scopes is not None
    settings.ZCRM = {**settings.ZCRM, "SCOPES": ast.literal_eval(scopes[1])}
    ines = User.objects.create_user("ines")
    code = zcrm_emulator.grant_code(settings.ZCRM["SCOPES"])
    connect_with_grant_token(code, ConnectionTarget(owner=ines))
    shown_context: dict[str, Any] = {}
    names: dict[str, Any] = {
        "render": lambda request, template, context: shown_context.update(context),
        "TemplateView": TemplateView,
        "JsonResponse": JsonResponse,
    }
    exec(next(block for block in written if block.startswith("# views.py")), names)  # noqa: S102 - the page's own code
    request = rf.get("/")
    request.user = ines

    names["leads"](request)
    deals = names["Deals"].as_view()(request).context_data["deals"]

    assert len(list(shown_context["leads"])) == 20
    assert len(list(deals)) > 0


@pytest.mark.django_db
@pytest.mark.parametrize("owned", [True, False])
def test_receiver_of_the_saas_page_mails_the_owner_of_a_withdrawn_consent(
    owned: bool,
    zcrm_emulator: SiteEmulator,
    settings: Settings,
    mailoutbox: list[EmailMessage],
) -> None:
    settings.SITE_URL = "https://example.com"
    settings.MANAGERS = [("Boss", "boss@example.com")] if VERSION < (6, 0) else ["boss@example.com"]
    if VERSION >= (6, 1):
        settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    written = blocks(ROOT / "docs/howto/saas.md", "python")
    names: dict[str, Any] = {}
    exec(next(block for block in written if block.startswith("# crm/receivers.py")), names)  # noqa: S102 - the page's own code
    owner = User.objects.create_user("ines", "ines@example.com") if owned else None
    connection = connect_with_grant_token(
        zcrm_emulator.grant_code(DEFAULT_SCOPES), ConnectionTarget(owner=owner)
    )
    zcrm_emulator.revoke()
    try:
        for _ in range(2):
            with pytest.raises(ConsentWithdrawn):
                zcrm.for_connection(connection).org.get()
    finally:
        consent_withdrawn.disconnect(names["mail_the_owner"])

    (mail,) = mailoutbox
    assert mail.to == ["ines@example.com" if owned else "boss@example.com"]
    assert connection.organisation_name in mail.body
    address = "https://example.com/zcrm/connect/" + ("" if owned else "?site=1")
    assert mail.body.endswith(f": {address}")


def test_every_error_is_in_the_reference() -> None:
    page = (ROOT / "docs/reference/errors.md").read_text()

    table, _, _ = page.partition("## Attributes")
    documented = re.findall(r"^\| `(\w+)` \| ", table, re.M)
    tree = re.search(r"```text\n(.*?)```", page, re.S)
    assert sorted(documented) == sorted(exceptions.__all__)
    assert tree is not None
    assert sorted(re.findall(r"\w+", tree[1])) == sorted(exceptions.__all__)
    assert set(exceptions.__all__) <= set(django_zcrm.__all__)


def test_sdk_table_has_every_function_and_existing_native_calls() -> None:
    page = (ROOT / "docs/howto/migrate-from-node-sdk.md").read_text()

    rows = [
        (match["group"], match["function"], match["native"])
        for match in re.finditer(
            r"^\| `(?P<group>[A-Z]+)\.\w+`[^|]*"
            r"\| `(?P=group)\.(?P<function>\w+)\(.*?"
            r"\| `crm\.(?P<native>.+?)\(",
            page,
            re.M,
        )
    ]
    groups = vars(API(None))  # type: ignore[arg-type]
    functions = {
        (name, function)
        for name, group in groups.items()
        for function in vars(type(group))
        if not function.startswith("_")
    }
    assert {(group, function) for group, function, _ in rows} == functions
    client = Client(None)  # type: ignore[arg-type]
    for _, _, native in rows:
        target: Any = client
        for name in native.split("."):
            target = getattr(target, name)
        assert callable(target), native
