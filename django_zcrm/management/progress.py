"""A progress bar for commands, shown only if standard error is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int, str], None]
"""Takes how many are done, and what is going on in words."""


@contextmanager
def progress_bar(title: str, total: int | None, *, is_shown: bool) -> Iterator[Advance]:
    """Show a bar while the block runs; `total` is None if unknown.

    The bar needs rich, from the extra [commands]. Without rich, nothing is shown.
    """
    if not is_shown:
        yield _nothing
        return
    try:
        from rich import progress  # an extra, and slow to import
        from rich.console import Console
    except ModuleNotFoundError:
        yield _nothing
        return
    columns = (
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total)

        def advance(done: int, what: str) -> None:
            words = f"{title} ({what})" if what else title
            bar.update(task, completed=done, description=words)

        yield advance


def _nothing(done: int, what: str) -> None:
    """Show nothing."""
