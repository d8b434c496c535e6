"""Finds due work, and runs it."""
