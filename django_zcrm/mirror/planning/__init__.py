"""Decisions of the mirror, without Django and without I/O: what to read, and what to keep."""
