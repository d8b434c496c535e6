"""Keep the message catalogues in step with the sources, without GNU gettext.

`python tools/messages.py` brings the .po files up to date and compiles them; with `--check` nothing
is written, and the exit code is 1 when something is unmarked, untranslated, fuzzy or out of step.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = ("django_zcrm", "example_project/leads", "example_project/mirrored_leads")
TEMPLATES = (".html", ".txt")
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
# The emulator replaces Zoho and has its own pages; `zoho` knows no Django, its texts are for code.
LEFT_OUT = {"emulator", "migrations", "zoho"}
# But the names of its data centres are shown.
DATA_CENTERS: tuple[Path, dict[str, Any]] = (
    ROOT / "django_zcrm/zoho/http/datacenters.py",
    {"_data_center": (2,)},
)

LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(?:_|n?p?gettext)\((?:\s*(?:{LITERAL}|count)\s*,?)+\)")
# Only some versions of Python tokenize an f-string's parts.
IN_F_STRING = re.compile(
    r"""\bf(?:"[^"\n]*\{[^"}\n]*\b_\('[^"\n]*"|'[^'\n]*\{[^'}\n]*\b_\("[^'\n]*')"""
)
MARKED = re.compile(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.S)
NO_TEXT = re.compile(
    r"{%\s*block bodyclass\b.*?{%\s*endblock\b.*?%}|{%\s*comment\b.*?{%\s*endcomment\s*%}"
    r"|{#.*?#}|{%.*?%}|{{.*?}}|<!--.*?-->"
    r"|<(?:style|script)\b.*?</(?:style|script)>",
    re.S,
)
READ_ALOUD = re.compile(r"""\b(?:aria-label|alt|placeholder|title)=(?:"([^"]*)"|'([^']*)')""")
TAG = re.compile(r"""<(?:"[^"]*"|'[^']*'|[^'">])*>""", re.S)
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")
# The same in every language: names, units, entities, attributes in a separate block.
NAMES = re.compile(r"""\b(?:Zoho|CRM|API|UTC|ms)\b|&\w+;|[\w-]+="[^"]*\"""")


def sources(app: Path, *suffixes: str) -> list[Path]:
    """Return an app's files with text for people, in a fixed order."""
    return sorted(
        path
        for suffix in suffixes
        for path in app.rglob(f"*{suffix}")
        if LEFT_OUT.isdisjoint(path.relative_to(app).parts)
        and (suffix not in TEMPLATES or "templates" in path.parts)
    )


def template_of(app: Path) -> Catalog:
    """Return the messages that an app's sources mark."""
    catalog = Catalog()
    read = [(path, KEYWORDS) for path in (*sources(app, ".py"), *sources(app, *TEMPLATES))]
    if DATA_CENTERS[0].is_relative_to(app):
        read.append(DATA_CENTERS)
    for path, keywords in read:
        name = path.relative_to(ROOT).as_posix()
        code = path.read_text()
        if path.suffix in TEMPLATES:
            code = "\n".join(CALL.findall(templatize(code, origin=name)))
        for _, message, comments, context in extract(
            "python", io.BytesIO(code.encode()), keywords, ("Translators:",)
        ):
            catalog.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalog


def list_unmarked(app: Path) -> Iterator[str]:
    """List words that cannot be translated: in templates, or marked where it is not seen."""
    for path in sources(app, ".py"):
        for words in IN_F_STRING.findall(path.read_text()):
            yield f"{path.relative_to(ROOT)}: marked within an f-string: {words}"
    for path in sources(app, *TEMPLATES):
        text = NO_TEXT.sub(" ", MARKED.sub(" ", path.read_text()))
        spoken = [" ".join(groups) for groups in READ_ALOUD.findall(text)]
        for words in (*TAG.sub("\n", text).splitlines(), *spoken):
            if re.search(r"[^\W\d_]{2,}", NAMES.sub("", words)):
                yield f"{path.relative_to(ROOT)}: not marked: {words.strip()}"


def texts(catalog: Catalog) -> dict[tuple[str, object], list[str]]:
    """Return a catalogue's messages, without its header."""
    return {
        (" / ".join(each.id) if each.pluralizable else str(each.id), each.context): forms(each)
        for each in catalog
        if each.id
    }


def forms(message: Message) -> list[str]:
    """Return the translation for every number; one where none is counted."""
    text = message.string
    return [str(text or "")] if isinstance(text, str | None) else list(text)


def keeps_placeholders(message: Message) -> bool:
    """Whether every form has the placeholders of the English text: compilemessages requires it."""
    english = message.id if isinstance(message.id, str) else message.id[-1]
    placeholders = set(PLACEHOLDER.findall(english))
    return all(set(PLACEHOLDER.findall(form)) == placeholders for form in forms(message))


def wrong_in(name: str, catalog: Catalog, template: Catalog) -> Iterator[str]:
    """List what a catalogue lacks, and what it has that no source uses."""
    known, current = texts(catalog), texts(template)
    for id, _ in sorted(current.keys() - known.keys(), key=str):
        yield f"{name}: missing, run make messages: {id!r}"
    for id, _ in sorted(known.keys() - current.keys(), key=str):
        yield f"{name}: no source says this, run make messages: {id!r}"
    for message in catalog:
        if not message.id:
            continue
        if not all(forms(message)):
            yield f"{name}: not translated: {message.id!r}"
            continue
        if not keeps_placeholders(message):
            yield f"{name}: other placeholders than in English: {message.id!r}"
        if message.fuzzy:
            yield f"{name}: fuzzy: {message.id!r}"
        for error in message.check(catalog):
            yield f"{name}: {error}: {message.id!r}"


def is_compiled(catalog: Catalog, path: Path) -> bool:
    """Whether a .mo file has the messages of the catalogue."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        return texts(read_mo(file)) == texts(catalog)


def main(*, check: bool) -> int:
    """Update or check every catalogue; return the exit code."""
    settings.configure()  # templatize reads the language of its errors from it
    wrong: list[str] = []
    for app in (ROOT / name for name in APPS):
        template = template_of(app)
        wrong += list_unmarked(app)
        for path in sorted(app.glob("locale/*/LC_MESSAGES/django.po")):
            name = str(path.relative_to(ROOT))
            locale, mo = path.parts[-3], path.with_suffix(".mo")
            with path.open("rb") as file:
                catalog = read_po(file, locale=locale)
            if not check:
                catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
                catalog.obsolete.clear()
                with path.open("wb") as out:
                    write_po(out, catalog, width=100, include_lineno=False, sort_by_file=True)
                with mo.open("wb") as out:
                    write_mo(out, catalog)
            wrong += wrong_in(name, catalog, template)
            if not is_compiled(catalog, mo):
                wrong.append(f"{mo.relative_to(ROOT)}: out of step, run make messages")
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(check=sys.argv[1:] == ["--check"]))
