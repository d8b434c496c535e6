"""List the scopes to request."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ...exceptions import ConfigurationError
from ...zoho.catalogue.code_scopes import record_classes, used_in
from ...zoho.catalogue.scopes import find_uses, minimal_scopes
from ..base import ZCRMCommand

_SKIPPED = frozenset({".git", ".tox", ".venv", "venv", "node_modules", "site-packages"})


class Command(ZCRMCommand):
    """Print the smallest list of scopes for the named operations, or for the calls in code."""

    help = (
        "Print the smallest scope string, as ZCRM['SCOPES'] takes it, for resources or calls "
        "(records, fields.list, bulk) or for the calls that Python code makes."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("words", nargs="*", help="resources, calls, or prefixes of names")
        parser.add_argument(
            "--from-code",
            metavar="PATH",
            type=Path,
            action="append",
            default=[],
            help="a Python file, or a directory of them",
        )
        parser.add_argument(
            "--module",
            action="append",
            default=[],
            help="only for this module's records, such as Leads; may be repeated",
        )

    def handle(
        self,
        *args: Any,
        words: list[str],
        from_code: list[Path],
        module: list[str],
        **options: Any,
    ) -> None:
        """Print the scopes. Raises CommandError when nothing is named or found."""
        if not words and not from_code:
            raise CommandError("Name resources or calls, or give --from-code PATH.")
        try:
            uses = find_uses(words, module)
        except ConfigurationError as error:
            raise CommandError(str(error)) from None
        trees = [tree for path in from_code for tree in self._trees_in(path)]
        classes = {
            name: record_class
            for tree in trees
            for name, record_class in record_classes(tree).items()
        }
        for tree in trees:
            uses += used_in(tree, classes)
        if not uses:
            raise CommandError("zcrm_scopes found no calls of a client in the code.")
        scopes = minimal_scopes(uses)
        if any("{module}" in scope for scope in scopes):
            self.stderr.write("Zoho has no such scope for all modules; name them with --module.")
        self.stdout.write(",".join(scopes))

    def _trees_in(self, path: Path) -> Iterator[ast.Module]:
        """Yield the parsed files. Raises CommandError if there is no such path."""
        if not path.exists():
            raise CommandError(f"{path} does not exist.")
        for file in _python_files(path):
            try:
                yield ast.parse(file.read_bytes(), str(file))
            except (OSError, SyntaxError, ValueError) as error:  # the last: NUL
                self.stderr.write(f"{file} was left out: {error}")


def _python_files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*.py")):
        if not _SKIPPED & set(file.relative_to(path).parts):
            yield file
