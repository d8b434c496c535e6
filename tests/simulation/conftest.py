"""The options of a mirrored model can be set for one test."""

from __future__ import annotations

from tests.mirror.conftest import declare

__all__ = ["declare"]
