"""`zcrm.mirror(Lead)`: the mirror of one module, for one connection."""

from __future__ import annotations

from django.utils import timezone

from ..models import Connection
from .models import MirrorModel, MirrorState
from .options import options_of
from .runners.due import run


class Mirror:
    """The mirror of a module for a connection; nothing is read until it is asked for something."""

    def __init__(self, model: type[MirrorModel] | str, connection: Connection) -> None:
        self.module = model if isinstance(model, str) else options_of(model).module
        self.connection = connection

    @property
    def state(self) -> MirrorState:
        """Its row, made when there is none."""
        state, _ = MirrorState.objects.get_or_create(connection=self.connection, module=self.module)
        return state

    def sync(self) -> None:
        """Bring it in step now."""
        MirrorState.objects.filter(pk=self.state.pk).update(due=timezone.now())
        run(self.state)

    def pause(self) -> None:
        """Let it rest until `resume()`."""
        MirrorState.objects.filter(pk=self.state.pk).update(is_paused=True)

    def resume(self) -> None:
        """Let it go on."""
        MirrorState.objects.filter(pk=self.state.pk).update(is_paused=False, due=timezone.now())
