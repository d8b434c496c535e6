"""Decisions of the mirror as pure functions, without Django and I/O."""
